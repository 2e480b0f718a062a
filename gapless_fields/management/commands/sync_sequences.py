"""``manage.py sync_sequences``: move the counters forward to the highest numbers in use."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from gapless_fields.adoption import sync
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
        fields = {field.sequence: field for field in all_numbered_fields(database)}
        connection = connections[database]
        for sequence, field in sorted(fields.items()):
            with transaction.atomic(using=database):
                before, after = sync(field.series_for(field.model()), connection, dry_run=dry_run)
            if before == after:
                if verbosity > 1:
                    self.stdout.write(f"{sequence}: {_shown(before)}, nothing to do")
            else:
                moved = "would move" if dry_run else "moved"
                self.stdout.write(f"{sequence}: {moved} from {_shown(before)} to {after}")
        if not fields:
            self.stdout.write(f'No model in the database "{database}" has a GaplessSequenceField.')


def _shown(last: int | None) -> str:
    return "unused" if last is None else str(last)
