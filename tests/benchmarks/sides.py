"""What is compared: one way of saving a numbered row each, as the package's documentation says."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from django.db import connection, transaction
from enumeration.manager import get_number
from enumeration.models import Sequence
from sequences import get_next_value

from gapless_fields import deferred_numbering
from tests.benchmarks import models

COMPANIES = 16


@dataclass(frozen=True)
class Side:
    """A way of saving a row.

    Args:
        name: as the tables call it.
        create: saves a row of the one series.
        by_company: saves a row of a company's own series; None: the package has no such thing.
        needs_atomic: whether its documentation demands a transaction.
        databases: the vendors that it runs on; empty: all.
        around: a context manager around the work of a transaction.
        early: whether the setting ``EARLY_LOCK_RELEASE`` is on.
    """

    name: str
    create: Callable[[], object]
    by_company: Callable[[int], object] | None
    needs_atomic: bool = True
    databases: tuple[str, ...] = ()
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    early: bool = False

    def save(self, company: int | None) -> None:
        """Save one row."""
        if company is None:
            self.create()
        else:
            assert self.by_company is not None
            self.by_company(company)


def number_of(sequence: Sequence) -> str:
    return get_number(sequence, fill_gap=False).number


def enumerated() -> object:
    return models.Enumerated.objects.create(number=number_of(sequences()[COMPANIES]))


def enumerated_by_company(company: int) -> object:
    number = number_of(sequences()[company])
    return models.EnumeratedByCompany.objects.create(company=company, number=number)


_sequences: list[Sequence] = []


def sequences() -> list[Sequence]:
    """django-enumeration's: one for each company, and another one."""
    if not _sequences:
        _sequences.extend(Sequence.objects.order_by("pk"))
    return _sequences


def prepare() -> None:
    """Make what the sides need, and use every series once."""
    Sequence.objects.bulk_create([Sequence(format="#", reset_period="never")] * (COMPANIES + 1))
    with transaction.atomic():
        PROTECTED.create()
        for side in sides():
            side.create()
            if side.by_company is not None:
                for company in range(COMPANIES):
                    side.by_company(company)


UNNUMBERED = Side(
    "unnumbered",
    lambda: models.Unnumbered.objects.create(),
    lambda company: models.Unnumbered.objects.create(company=company),
    needs_atomic=False,
)
GAPLESS = Side(
    "gapless_fields",
    lambda: models.Gapless.objects.create(),
    lambda company: models.GaplessByCompany.objects.create(company=company),
    needs_atomic=False,
)
DEFERRED = Side(
    "gapless_fields, deferred", GAPLESS.create, None, needs_atomic=True, around=deferred_numbering
)
PROTECTED = Side(
    "gapless_fields, protected",
    lambda: models.Protected.objects.create(),
    None,
    needs_atomic=False,
)
EARLY = Side("gapless_fields, early release", GAPLESS.create, None, needs_atomic=False, early=True)
# Each process counts from a place of its own, so that no two of them meet.
filled_in = itertools.count(random.getrandbits(62))
FILLED_IN = Side(
    "filled in",
    lambda: models.FilledIn.objects.create(number=next(filled_in)),
    None,
    needs_atomic=False,
)
SEQUENCES = Side(
    "django-sequences",
    lambda: models.Called.objects.create(number=get_next_value("called")),
    lambda company: models.CalledByCompany.objects.create(
        company=company, number=get_next_value(f"called-{company}")
    ),
)
OTHERS = (
    Side(
        "django-seq",
        lambda: models.Seq.objects.create(),
        lambda company: models.SeqByCompany.objects.create(company=company),
    ),
    Side(
        "django-formatted-autofield",
        lambda: models.Formatted.objects.create(),
        None,
        needs_atomic=False,
    ),
    Side("django-enumeration", enumerated, enumerated_by_company, databases=("postgresql",)),
)
SIDES = (UNNUMBERED, FILLED_IN, GAPLESS, SEQUENCES, *OTHERS)


def sides() -> list[Side]:
    """Those that this database can run."""
    return [side for side in SIDES if not side.databases or connection.vendor in side.databases]


def side_named(name: str) -> Side:
    return next(side for side in (*SIDES, DEFERRED, EARLY, PROTECTED) if side.name == name)
