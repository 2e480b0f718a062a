"""A writer in a process of its own, in the test databases: ``python -m tests.worker TASK SEED``."""

from __future__ import annotations

import os
import random
import sys
import time

import django

SAVES = 500


class Planned(Exception):
    """A failure that the worker makes on purpose."""


def save(seed: int) -> None:
    """500 committed invoices, and a good many that fail, each in its own way."""
    from django.db import IntegrityError, OperationalError, transaction

    from tests.testapp.models import Invoice

    chance = random.Random(seed)
    done = 0
    while done < SAVES:
        try:
            with transaction.atomic():
                fate = chance.random()
                if fate < 0.1:
                    Invoice.objects.create(reference="taken")  # a failed INSERT
                elif fate < 0.2:
                    Invoice.objects.create()
                    raise Planned
                elif fate < 0.3:
                    try:
                        with transaction.atomic():
                            Invoice.objects.create()
                            raise Planned
                    except Planned:
                        pass
                    Invoice.objects.create()
                    made = 1
                elif fate < 0.4:
                    made = len(Invoice.objects.bulk_create([Invoice() for _ in range(3)]))
                else:
                    Invoice.objects.create()
                    made = 1
            done += made
        except (Planned, IntegrityError):
            pass
        except OperationalError as error:  # a deadlock's victim, which the database rolled back
            if error.args[0] != 1213:
                raise


def hold(seed: int) -> None:
    """Take a number, say so, and be killed before the COMMIT."""
    from django.db import transaction

    from tests.testapp.models import Invoice

    with transaction.atomic():
        invoice = Invoice.objects.create()
        print(invoice.number, flush=True)
        time.sleep(60)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    {"save": save, "hold": hold}[sys.argv[1]](int(sys.argv[2]))
