"""A writer in a process of its own, in the test databases: ``python -m tests.worker TASK SEED``."""

from __future__ import annotations

import os
import random
import sys
import time

import django

SAVES = 500
ISSUES = 120


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


def issue(seed: int) -> None:
    """Issue drafts that other workers issue as well, and write new rows; 20 % is rolled back."""
    import datetime

    from django.db import OperationalError, transaction

    from gapless_fields import ScopeChanged
    from tests.testapp.models import Bill, CreditNote

    chance = random.Random(seed)
    drafts = {model: list(model.objects.order_by("pk")) for model in (Bill, CreditNote)}
    turn = 0
    while turn < ISSUES:
        model = chance.choice([Bill, CreditNote])
        day = datetime.date(chance.choice([2026, 2027]), 1, 1)
        draft = chance.choice(drafts[model])
        try:
            with transaction.atomic():
                if chance.random() < 0.2:
                    model.objects.create(company_id=draft.company_id, issued_on=day)
                elif chance.random() < 0.2:
                    model.objects.bulk_create(
                        [
                            model(company_id=other.company_id, issued_on=day)
                            for other in drafts[model][:5]
                        ]
                    )
                else:
                    draft.issued_on = draft.issued_on or day
                    draft.save(update_fields=["issued_on"] if chance.random() < 0.5 else None)
                if chance.random() < 0.2:
                    raise Planned
            turn += 1
        except Planned:
            pass
        except ScopeChanged:  # another worker has issued it in the other year
            draft.refresh_from_db()
        except OperationalError as error:  # a deadlock's victim, which the database rolled back
            if "eadlock" not in str(error):
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
    {"save": save, "issue": issue, "hold": hold}[sys.argv[1]](int(sys.argv[2]))
