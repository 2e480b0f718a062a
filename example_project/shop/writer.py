"""One process of the demo: issues documents, and fails on purpose about half of the time."""

import datetime
import multiprocessing.connection
import os
import random
import signal
import time
from collections import Counter
from decimal import Decimal

from django.db import IntegrityError, OperationalError, connection, transaction

from comparison.models import CountedApart, MaxNumbered
from comparison.numbers import count_apart, max_plus_one
from gapless_fields import ScopeChanged
from shop.models import Company, Invoice
from shop.services import credit, draft_invoice, issue

YEARS_END = [datetime.date(2026, 12, 31), datetime.date(2027, 1, 1)]


class Cancelled(Exception):
    """The customer changed their mind in the middle of the step."""


def write(name: str, seconds: float) -> Counter[str]:
    """Write and issue documents for so many seconds, and return how often each outcome occurred.

    Each transaction also writes a row that ``MAX()+1`` numbers, and one that a counter apart does.
    """
    chance = random.Random(name)
    companies = list(Company.objects.order_by("code"))
    outcome: Counter[str] = Counter()
    end = time.monotonic() + seconds
    attempt = 0
    while time.monotonic() < end:
        attempt += 1
        order = f"{name}-{attempt}"
        fate = chance.choice(["committed"] * 3 + ["exceptions", "failed INSERTs", "savepoints"])
        highest, apart = max_plus_one(), count_apart("demo")
        try:
            with transaction.atomic():
                step(chance, chance.choice(companies), order)
                CountedApart.objects.create(number=apart)
                MaxNumbered.objects.create(number=highest)
                if fate == "exceptions":
                    raise Cancelled
                if fate == "failed INSERTs":
                    again = Invoice.objects.order_by("?").values_list("order", flat=True).first()
                    draft_invoice(companies[0], again or order, Decimal(1))  # not unique
                if fate == "savepoints":
                    roll_back_to_a_savepoint(companies[0], order)
        except (Cancelled, IntegrityError):
            pass
        except OperationalError as error:  # the victim of a deadlock: rolled back like any failure
            if "eadlock" not in str(error):
                raise
            fate = "deadlocks"
        outcome[fate] += 1
        if connection.vendor == "sqlite":
            time.sleep(0.04 * chance.random())  # SQLite does not let those who wait take turns
    return outcome


def step(chance: random.Random, company: Company, order: str) -> None:
    """Do one step at the turn of the year: issue a draft of any process, or credit an invoice."""
    day = chance.choice(YEARS_END)
    invoice = draft_invoice(company, order, Decimal(1))
    task = chance.random()
    if task < 0.3:
        return  # stays a draft, for another process to issue
    if task < 0.6:
        drafts = Invoice.objects.filter(issued_on=None).order_by("?")
        invoice = drafts.first() or invoice
    try:
        with transaction.atomic():
            issue(invoice, day)
    except ScopeChanged:
        return  # another process was first, and has issued it in the other year
    if task > 0.9:
        credit(invoice, day)


def roll_back_to_a_savepoint(company: Company, order: str) -> None:
    try:
        with transaction.atomic():
            issue(draft_invoice(company, f"{order}-copy", Decimal(1)), YEARS_END[0])
            raise Cancelled
    except Cancelled:
        pass


def take_a_number_and_die(pipe: multiprocessing.connection.Connection) -> None:
    """Be killed in the middle of a transaction: the number is taken, and COMMIT never comes.

    Args:
        pipe: is told which numbers were taken.
    """
    apart = count_apart("demo")
    with transaction.atomic():
        company = Company.objects.earliest("code")
        invoice = issue(draft_invoice(company, f"killed-{os.getpid()}", Decimal(0)), YEARS_END[0])
        CountedApart.objects.create(number=apart)
        pipe.send((invoice.reference, apart))
        os.kill(os.getpid(), signal.SIGKILL)
