"""``manage.py assign_numbers``: number existing rows."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from gapless_fields.management.commands._errors import as_command_errors
from gapless_fields.rows.reading import all_rows
from gapless_fields.writing.backfill import assign_in_batches, numbered_field, pending
from gapless_fields.writing.missing_texts import BATCH_SIZE, make_texts


class Command(BaseCommand):
    help = (
        "Numbers the rows of a model that are due and have no number, in order and in batches. "
        "It can be stopped at any time, and continues where it stopped when it is run again. "
        "Other writers wait for one batch at most."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "model", metavar="app.Model[.field]", help="The model, and which of its fields to use."
        )
        parser.add_argument(
            "--order-by",
            metavar="issued_on,id",
            help="The order in which rows are numbered. Defaults to that of the primary key.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='The database. Defaults to "default".',
        )
        parser.add_argument(
            "--batch-size",
            type=int,
            default=BATCH_SIZE,
            help=f"How many rows to number per transaction. Defaults to {BATCH_SIZE}.",
        )

    def handle(
        self,
        *,
        model: str,
        order_by: str | None,
        database: str,
        batch_size: int,
        verbosity: int,
        **options: Any,
    ) -> None:
        label, _dot, name = model.partition(".")
        name, _dot, field_name = name.partition(".")
        if batch_size < 1:
            raise CommandError("--batch-size must be at least 1.")
        with as_command_errors():
            found = apps.get_model(label, name)
            field = numbered_field(found, field_name or None)
            order = order_by.split(",") if order_by else None
            rows = pending(all_rows(found, database), field, order)
            total = rows.count()
        shows_progress = verbosity > 0 and self.stdout.isatty()
        done = texts = 0
        try:
            with as_command_errors():
                for count in assign_in_batches(rows, field, batch_size):
                    done += count
                    if shows_progress:
                        share = done / max(total, done)
                        self.stdout.write(f"\r{done} of {total} ({share:.0%})", ending="")
                        self.stdout.flush()
                texts = make_texts(all_rows(found, database), field, batch_size)
        finally:
            if shows_progress:
                self.stdout.write("\r", ending="")
            if verbosity > 0:
                self.stdout.write(
                    f"{done} rows of {found._meta.label} were numbered ({field.name})."
                )
                if texts:
                    self.stdout.write(f"{texts} of them, or of others, got their missing texts.")
