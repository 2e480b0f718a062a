"""Named in SOCIAL_AUTH_PIPELINE."""

from modernrpc.core import rpc_method
from shop.models import Invoice


def store(backend, user, **kwargs):
    Invoice.objects.create()  # -> outside: step of the social-auth pipeline without atomic()


def connect(strategy, details, **kwargs):
    Invoice.objects.create()  # -> outside: step of the social-auth pipeline without atomic()


def helper(user, backend):
    Invoice.objects.create()  # -> unknown: helper() leaves the transaction to its callers


@rpc_method(name="Invoice.create")
def create(values):
    Invoice.objects.create(**values)  # -> outside: view (@rpc_method) without atomic()
