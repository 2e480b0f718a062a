"""Named in SOCIAL_AUTH_PIPELINE."""

from modernrpc.core import rpc_method
from shop.models import Invoice


def store(backend, user, **kwargs):
    Invoice.objects.create()  # -> outside


def connect(strategy, details, **kwargs):
    Invoice.objects.create()  # -> outside


def helper(user, backend):
    Invoice.objects.create()  # -> unknown


@rpc_method(name="Invoice.create")
def create(values):
    Invoice.objects.create(**values)  # -> outside
