"""``manage.py sync_sequences``: move the counters forward to the highest numbers in use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from gapless_fields.management.commands._errors import as_command_errors
from gapless_fields.management.commands._texts import compared, counted
from gapless_fields.rows.in_series import series_in_use
from gapless_fields.rows.summary import summarize
from gapless_fields.series.registry import all_numbered_fields
from gapless_fields.writing.syncing import sync


class Command(BaseCommand):
    help = (
        "Moves the counter of every sequence forward to the highest number that its rows carry. "
        "For each series, it reports how many rows there are, and how many of its numbers are "
        "missing or double. Run it once before the first save if rows were numbered by other "
        "means. Counters never move back. Writers wait while their sequence is examined."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='The database to synchronize. Defaults to "default".',
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="Show what would be done, without writing anything.",
        )

    def handle(self, *, database: str, dry_run: bool, verbosity: int, **options: Any) -> None:
        with as_command_errors():
            connection = connections[database]
            sequences = sorted({field.sequence for field in all_numbered_fields(database)})
        for name in sequences:
            with as_command_errors(name):
                found = list(series_in_use(name, connection))
                if verbosity > 0 and not found:
                    self.stdout.write(f"{name}: no rows with a number")
                for series in found:
                    with transaction.atomic(using=database):
                        before, after = sync(series, connection, dry_run=dry_run)
                    if verbosity > 0:
                        rows = counted(series, summarize(series, connection))
                        what = compared(before, after, dry_run)
                        title = f"{series.name} {series.scope_text}".rstrip()
                        self.stdout.write(f"{title}: {rows}; {what}")
        if not sequences:
            self.stdout.write(f'No model in the database "{database}" has a GaplessSequenceField.')
            if hasattr(settings, "TENANT_APPS"):
                self.stdout.write("For every tenant: manage.py all_tenants_command sync_sequences")
