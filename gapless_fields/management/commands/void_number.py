"""``manage.py void_number``: say why numbers are missing."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from gapless_fields.management.commands._errors import as_command_errors
from gapless_fields.sequences import Sequence


def number_or_range(text: str) -> range:
    """Return ``3`` or ``5-9`` as a range."""
    first, _dash, last = text.partition("-")
    try:
        return range(int(first), int(last or first) + 1)
    except ValueError:
        raise ArgumentTypeError(f"{text} is neither a number nor a range such as 5-9") from None


class Command(BaseCommand):
    help = (
        "Writes into the register that numbers of a sequence are void, with the reason. A number "
        "that a row carries is refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sequence", help="The name of the sequence.")
        parser.add_argument(
            "numbers",
            nargs="+",
            type=number_or_range,
            metavar="NUMBER",
            help="The numbers, each alone or as a range: 3 5-9.",
        )
        parser.add_argument("--reason", required=True, help="Why the numbers are void.")
        parser.add_argument("--by", default="", help="Who voids them.")
        parser.add_argument(
            "--scope",
            nargs="+",
            default=[],
            metavar="VALUE",
            help="The values of the scope, in the order of the field's scope: 7 2026.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='The database of the sequence. Defaults to "default".',
        )

    def handle(
        self,
        *,
        sequence: str,
        numbers: list[range],
        reason: str,
        by: str,
        scope: list[str],
        database: str,
        verbosity: int,
        **options: Any,
    ) -> None:
        with as_command_errors():
            Sequence(sequence, scope=scope, using=database).void(numbers, reason=reason, by=by)
        if verbosity > 0:
            count = sum(map(len, numbers))
            self.stdout.write(f"Void: {count} {'number' if count == 1 else 'numbers'}.")
