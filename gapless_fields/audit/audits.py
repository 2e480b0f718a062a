"""An audit: what is read, in which transaction, and what comes out of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import django
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from gapless_fields.audit.reading import read_series
from gapless_fields.audit.targets import find_sequences, refuse_without_date
from gapless_fields.audit.texts import as_dict, in_words
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.exceptions import AuditFailed
from gapless_fields.rows.in_series import fields_of_series

if TYPE_CHECKING:
    from gapless_fields.audit.reports import Finding, SeriesReport
    from gapless_fields.audit.targets import Target
    from gapless_fields.series.ranges import NumberRange
    from gapless_fields.series.series import Series

MOST_FAULTS = 20
"""How many faults the message of ``raise_for_faults()`` lists."""


def audit(
    *targets: Target, using: str | None = None, since: datetime.date | None = None
) -> AuditReport:
    """Return an audit of the series of numbered fields. It reads rows, and writes nothing.

    Nothing is read before the report is used. Then everything is read in one transaction of its
    own, in which all queries see the same rows. In a transaction that is open, that one is used.

    Args:
        targets: models, numbered fields, or texts such as ``"shop.Invoice"`` and
            ``"shop.Invoice.number"``. A sequence is audited in all models that share it. None of
            them means every numbered field.
        using: the alias of the database; "default" without it.
        since: audit only the series that have a row with this date or a later one. Each of them is
            audited as a whole. Every field must have a date in its scope, or be chronological.

    Raises:
        LookupError: there is no such model.
        ValueError: a target has no numbers in the database, or ``since`` is given and nothing says
            when its rows were numbered.
    """
    return AuditReport(*targets, using=using or DEFAULT_DB_ALIAS, since=since)


def audit_series(series: Series, using: str) -> AuditReport:
    """Return an audit of one series, in all tables that share it. See ``audit()``.

    Args:
        series: the series. Its sequence has numbered fields with as many values in their scopes.
        using: the alias of the database.

    Raises:
        ValueError: there are no such fields.
    """
    fields = fields_of_series(series, connections[using])
    if not fields:
        raise ValueError(f"no table of the database {using!r} has numbers of {series}")
    report = AuditReport(fields[0], using=using)
    report._only = series
    report._sequences = [one for one in report._sequences if one.depth == len(series.scope)]
    return report


class AuditReport:
    """What an audit has found: an iterable of ``SeriesReport``. See ``audit()``."""

    def __init__(
        self, *targets: Target, using: str = DEFAULT_DB_ALIAS, since: datetime.date | None = None
    ) -> None:
        self.database = using
        """The alias of the database."""
        self.since = since
        self.started_at: datetime.datetime | None = None
        """When the rows were read; None before that."""
        self._sequences = find_sequences(targets, using)
        if since is not None:
            refuse_without_date(self._sequences)
        self._only: Series | None = None
        self._series: tuple[SeriesReport, ...] | None = None

    def run(self, progress: Callable[[str], None] | None = None) -> AuditReport:
        """Read the rows now, unless they have been read, and return this report.

        Args:
            progress: is called with a line of text now and then.

        Raises:
            DatabaseError: a table is missing, for example.
            TimeZonesMissing: the database cannot tell which rows are in a series.
        """
        if self._series is not None:
            return self
        connection = connections[self.database]
        is_open = connection.in_atomic_block or not connection.get_autocommit()
        self.started_at = timezone.now()
        with nullcontext() if is_open else dialect_for(connection).snapshot():
            found = read_series(
                self._sequences, connection, self.since, progress, is_open, self._only
            )
            self._series = tuple(found)
        return self

    @property
    def series(self) -> tuple[SeriesReport, ...]:
        """The reports of all series, in the order of their sequences and scopes."""
        return self.run()._series or ()

    def __iter__(self) -> Iterator[SeriesReport]:
        return iter(self.series)

    def __len__(self) -> int:
        return len(self.series)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is wrong with any series."""
        return all(report.is_complete for report in self)

    @property
    def missing(self) -> list[tuple[SeriesReport, tuple[NumberRange, ...]]]:
        """The series that lack numbers, each with the numbers."""
        return [(report, report.missing) for report in self if report.missing]

    @property
    def faults(self) -> list[tuple[SeriesReport, Finding]]:
        """Every fault, with its series."""
        return [(report, finding) for report in self for finding in report.faults]

    def raise_for_faults(self) -> None:
        """Do nothing if all is right.

        Raises:
            AuditFailed: something is wrong. The message says what.
        """
        faults = self.faults
        if not faults:
            return
        lines = [f"{report.description}: {in_words(finding)}" for report, finding in faults]
        if len(lines) > MOST_FAULTS:
            lines[MOST_FAULTS:] = [f"… and {len(lines) - MOST_FAULTS} more"]
        many = f"{len(faults)} {'fault' if len(faults) == 1 else 'faults'}:"
        raise AuditFailed("\n".join([many, *lines]))

    @property
    def metadata(self) -> dict[str, Any]:
        """Where, when and by which versions the rows were read."""
        self.run()
        connection = connections[self.database]
        try:
            own = version("gapless-fields")
        except PackageNotFoundError:  # run from a source tree
            own = ""
        return {
            "started_at": self.started_at,
            "database": self.database,
            "vendor": connection.display_name,
            "vendor_version": ".".join(map(str, connection.get_database_version())),
            "package_version": own,
            "django_version": django.get_version(),
            "since": self.since,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return everything as what ``json.dumps()`` accepts."""
        metadata = {
            name: value.isoformat() if isinstance(value, datetime.date) else value
            for name, value in self.metadata.items()
        }
        return {
            **metadata,
            "is_complete": self.is_complete,
            "series": [as_dict(report) for report in self],
        }
