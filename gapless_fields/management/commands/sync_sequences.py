"""``manage.py sync_sequences``: move the counters forward to the highest numbers in use."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from gapless_fields.adoption import series_in_use, sync
from gapless_fields.registry import all_numbered_fields


class Command(BaseCommand):
    help = (
        "Moves the counter of every sequence forward to the highest number that its rows carry. "
        "Run it once before the first save where rows were numbered by other means. Counters "
        "never move back; writers wait while their sequence is looked at."
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
            help="Show what would be done; write nothing.",
        )

    def handle(self, *, database: str, dry_run: bool, verbosity: int, **options: Any) -> None:
        sequences = sorted({field.sequence for field in all_numbered_fields(database)})
        connection = connections[database]
        every = (series for name in sequences for series in series_in_use(name, connection))
        for series in every:
            with transaction.atomic(using=database):
                before, after = sync(series, connection, dry_run=dry_run)
            name = f"{series.name} {series.scope_text}".rstrip()
            if before == after:
                if verbosity > 1:
                    self.stdout.write(f"{name}: {_shown(before)}, nothing to do")
            else:
                moved = "would move" if dry_run else "moved"
                self.stdout.write(f"{name}: {moved} from {_shown(before)} to {after}")
        if not sequences:
            self.stdout.write(f'No model in the database "{database}" has a GaplessSequenceField.')


def _shown(last: int | None) -> str:
    return "unused" if last is None else str(last)
