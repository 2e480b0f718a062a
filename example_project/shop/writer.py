"""One of the demonstration's processes: issues invoices, and fails on purpose as often as not."""

import os
import random
import signal
import time
from collections import Counter
from decimal import Decimal

from django.db import IntegrityError, transaction

from shop.models import Invoice
from shop.services import issue_invoice


class Cancelled(Exception):
    """The customer changed their mind in the middle of it."""


def write(name: str, seconds: float) -> Counter[str]:
    """Issue invoices for so many seconds, and return how often what happened."""
    chance = random.Random(name)
    outcome: Counter[str] = Counter()
    end = time.monotonic() + seconds
    attempt = 0
    while time.monotonic() < end:
        attempt += 1
        order = f"{name}-{attempt}"
        fate = chance.choice(["committed"] * 3 + ["exceptions", "failed INSERTs", "savepoints"])
        try:
            with transaction.atomic():
                issue_invoice(order, Decimal(attempt))
                if fate == "exceptions":
                    raise Cancelled
                if fate == "failed INSERTs":
                    issue_invoice(order, Decimal(attempt))  # the same order again: not unique
                if fate == "savepoints":
                    roll_back_to_a_savepoint(order)
        except (Cancelled, IntegrityError):
            pass
        outcome[fate] += 1
    return outcome


def roll_back_to_a_savepoint(order: str) -> None:
    try:
        with transaction.atomic():
            issue_invoice(f"{order}-copy", Decimal(1))
            raise Cancelled
    except Cancelled:
        pass


def take_a_number_and_die() -> None:
    """Be killed in mid-transaction: the number is taken, and COMMIT never comes."""
    with transaction.atomic():
        Invoice.objects.create(order=f"killed-{os.getpid()}", total=0)
        os.kill(os.getpid(), signal.SIGKILL)
