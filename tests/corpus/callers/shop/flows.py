"""Names no model."""

from django.db import transaction

from . import services


class Flow:
    """A base class that leaves a step to its subclasses."""

    def run(self):
        self.prepare()
        self.step()

    def run_safely(self):
        with transaction.atomic():
            self.safe_step()

    def prepare(self):
        pass


def checkout():
    services.inside_and_outside()


@transaction.atomic
def careful_checkout():
    services.inside_and_outside()
    services.inside_by_all()
    services.circle(3)
    list(map(services.by_map, [1, 2]))
    issuer = services.Issuer()
    issuer.issue_safely()
    services.Issuer.of_class()
    services.handed_to_stranger  # not called


def hand_over(stranger):
    services.in_transaction(services.handed_to_runner)
    services.retry(services.handed_to_retry)
    stranger.run(services.handed_to_stranger)
