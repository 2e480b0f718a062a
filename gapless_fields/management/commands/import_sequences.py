"""``manage.py import_sequences``: go on where another package has stopped counting."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from gapless_fields.audit.descriptions import describe
from gapless_fields.audit.targets import SharedSequence
from gapless_fields.management.commands._errors import as_command_errors
from gapless_fields.management.commands._texts import compared, counted
from gapless_fields.moving.imports import import_sequences, patterns_of
from gapless_fields.moving.sources import SOURCES
from gapless_fields.rows.summary import summarize

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.moving.imports import Imported


def pattern_and_field(text: str) -> tuple[str, str]:
    """Return ``PATTERN=app.Model.field`` as a pair."""
    pattern, equals, field = text.rpartition("=")
    if not (pattern and equals and field):
        raise ArgumentTypeError(f"{text} is not of the form PATTERN=app.Model.field")
    return pattern, field


class Command(BaseCommand):
    help = (
        "Moves sequences forward to where the table of another package has them: django-sequences "
        "or django-seq, which need not be installed. It waits for transactions that have taken "
        "numbers from that table. Sequences never move back. It can be run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from",
            dest="source",
            required=True,
            choices=tuple(SOURCES),
            help="The application of the other package.",
        )
        parser.add_argument(
            "--map",
            dest="maps",
            action="append",
            default=[],
            type=pattern_and_field,
            metavar="PATTERN=app.Model.field",
            help="Which names become series of a field with a scope, with a placeholder for each "
            "part of the scope: 'invoices-{company}-{issued_on__year}=shop.Invoice.number'. It "
            "can be given several times. Other names become sequences of the same name.",
        )
        parser.add_argument(
            "--close",
            action="store_true",
            help="Rename the old table first, so that processes that still take numbers from it "
            "get an error.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='The database that has both tables. Defaults to "default".',
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Show what would be done, without writing or locking anything.",
        )

    def handle(
        self,
        *,
        source: str,
        maps: list[tuple[str, str]],
        close: bool,
        database: str,
        dry_run: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        with as_command_errors():
            connection = connections[database]
            patterns = patterns_of(maps)
            found = import_sequences(
                SOURCES[source], patterns, connection, closing=close, dry_run=dry_run
            )
            if verbosity < 1:
                return
            for one, target in zip(found, _targets(found, connection), strict=True):
                what = _moved(one, connection, dry_run=dry_run)
                self.stdout.write(f"{one.name} at {one.last} -> {target}: {what}")
        for pattern in patterns:
            if not any(pattern.series_of(one.name) for one in found):
                self.stdout.write(f"No sequence fits {pattern}.")
        if not found:
            self.stdout.write("The old table has no sequences.")


def _targets(found: list[Imported], connection: BaseDatabaseWrapper) -> list[str]:
    """Return the series in words. The related objects of a field are read together."""
    texts: dict[str, str] = {}
    for field in {one.field for one in found if one.field is not None}:
        series = [one.series for one in found if one.field is field]
        shared = SharedSequence(field.sequence, (field,))
        keys = [one.key for one in series]
        texts |= dict(zip(keys, describe(shared, series, connection), strict=True))
    return [texts.get(one.series.key, one.series.name) for one in found]


def _moved(one: Imported, connection: BaseDatabaseWrapper, *, dry_run: bool) -> str:
    text = compared(one.before, one.after, dry_run)
    if one.after not in (one.before, one.last):
        text += ", the highest number in use"
    if one.field is None:
        return text
    return f"{counted(one.series, summarize(one.series, connection))}; {text}"
