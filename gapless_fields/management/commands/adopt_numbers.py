"""``manage.py adopt_numbers``: look at a table that was numbered by hand, and make it right."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from gapless_fields.adoption.changes import Wanted, adopt
from gapless_fields.adoption.columns import as_text, column_of, column_to_adopt, is_declared
from gapless_fields.adoption.examination import MOST_KEYS, Examination, examine
from gapless_fields.audit.reports import Kind
from gapless_fields.audit.texts import in_words
from gapless_fields.management.commands._errors import as_command_errors

if TYPE_CHECKING:
    from gapless_fields.audit.reports import Finding, SeriesReport
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText

MOST_FINDINGS = 20
"""How many findings of a series are listed."""


class Command(BaseCommand):
    help = (
        "Looks at a column of numbers that were given by hand: rows, missing and double numbers, "
        "rows without a number, dates out of order, and texts. It says what to do about each. It "
        "writes nothing without --apply, and then only what other options ask for, in one "
        "transaction. The counters are then moved to the highest numbers as well."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("column", metavar="app.Model.field", help="The column of the numbers.")
        parser.add_argument(
            "--scope",
            nargs="+",
            default=[],
            metavar="PART",
            help="What divides the numbers into series, as for a GaplessSequenceField: company "
            "issued_on__year. Only for a column that is not a GaplessSequenceField yet.",
        )
        parser.add_argument(
            "--chronological",
            metavar="COLUMN",
            help="The date that the numbers should follow. Only for such a column.",
        )
        parser.add_argument(
            "--from-text",
            metavar="FORMAT",
            help='How a column of texts shows the numbers: "INV-{issued_on:%%Y}-{number}". Rows '
            "without a number get the one in their text.",
        )
        parser.add_argument("--text-column", help="The column of the texts.")
        parser.add_argument(
            "--renumber-doubles",
            action="store_true",
            help="Give all rows but the first with a number the next numbers of their series.",
        )
        parser.add_argument(
            "--void-gaps",
            action="store_true",
            help="Write the missing numbers into the register, with the reason.",
        )
        parser.add_argument("--reason", default="", help="Why: for the register.")
        parser.add_argument("--by", default="", help="Who does it: for the register.")
        parser.add_argument("--apply", action="store_true", help="Write what was asked for.")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='The database. Defaults to "default".',
        )

    def handle(
        self,
        *,
        column: str,
        scope: list[str],
        chronological: str | None,
        from_text: str | None,
        text_column: str | None,
        renumber_doubles: bool,
        void_gaps: bool,
        reason: str,
        by: str,
        apply: bool,
        database: str,
        **options: Any,
    ) -> None:
        if (from_text is None) != (text_column is None):
            raise CommandError("--from-text and --text-column go together.")
        if (renumber_doubles or void_gaps) and not reason.strip():
            raise CommandError("--renumber-doubles and --void-gaps need a --reason.")
        with as_command_errors():
            connection = connections[database]
            field = column_to_adopt(column, scope, chronological)
            text: NumberedText | None = None
            if from_text is not None and text_column is not None:
                text = as_text(from_text, column_of(field.model, text_column), field)
            if apply:
                if not is_declared(field):
                    raise CommandError(
                        f"{column} is not a GaplessSequenceField yet. Declare it as one with "
                        f"null=True, migrate, and run the command again."
                    )
                wanted = Wanted(text, renumber_doubles, void_gaps, reason, by)
                changed = adopt(field, connection, wanted)
                self.stdout.write(
                    f"Numbers from texts: {changed.parsed}. Doubles with new numbers: "
                    f"{changed.renumbered}. Void: {changed.voided}."
                )
            found = examine(field, connection, text)
        self.stdout.write("\n".join(_lines(field, found, text)))
        if not apply:
            self.stdout.write("Nothing was written.")


def _lines(field: NumberedField, found: Examination, text: NumberedText | None) -> Iterator[str]:
    yield f"{field.model._meta.label}.{field.name}: {found.rows:,} rows"
    if found.unreadable:
        yield f"  texts that are not like {text.format!r}: {len(found.unreadable):,}"  # type: ignore[union-attr]
        for one in found.unreadable[:MOST_KEYS]:
            yield f"    primary key {one.row.pk}: {one.text!r}"
        yield "    Correct the texts or the rows, or number these rows as those without a text."
    if found.doubled:
        yield f"  texts with a number that another row has, or that is void: {len(found.doubled):,}"
        for one in found.doubled[:MOST_KEYS]:
            yield f"    primary key {one.row.pk}: {one.text!r}"
        yield f"    They get new numbers: {_WAYS[Kind.DOUBLE].rpartition(': ')[2]}"
    if found.readable:
        yield f"  numbers in texts, to be written: {len(found.readable):,}"
        yield "    Write them: --apply"
    if found.unnumbered:
        keys = ", ".join(map(str, found.unnumbered_keys))
        more = ", …" if found.unnumbered > len(found.unnumbered_keys) else ""
        yield f"  without a number: {found.unnumbered:,} (primary keys {keys}{more})"
        yield f'    Number them: AssignNumbers("{field.model.__name__}") in a migration, or'
        yield f"    manage.py assign_numbers {field.model._meta.label}.{field.name}"
    kinds = _WAYS if is_declared(field) else _WAYS.keys() - {Kind.NO_COUNTER, Kind.ABOVE_COUNTER}
    for report in found.series:
        yield from _of_series(report, kinds)


def _of_series(report: SeriesReport, kinds: Collection[Kind]) -> Iterator[str]:
    span = "no numbers" if report.first is None else f"{report.first} to {report.last}"
    yield f"  {report.description}: {span}, {report.rows:,} {'row' if report.rows == 1 else 'rows'}"
    shown = [one for one in report.findings if one.kind in kinds]
    for finding in shown[:MOST_FINDINGS]:
        yield f"    {in_words(finding)}"
    if len(shown) > MOST_FINDINGS:
        yield f"    … and {len(shown) - MOST_FINDINGS} more: manage.py audit_sequences lists all"
    for kind in dict.fromkeys(finding.kind for finding in shown):
        yield f"    {_way(kind, report)}"


_WAYS = {
    Kind.MISSING: 'Explain them: --void-gaps --reason "…"',
    Kind.DOUBLE: 'All but the first get new numbers: --renumber-doubles --reason "…"',
    Kind.NOT_CHRONOLOGICAL: "Correct the dates, or leave the rows: the audit will report them.",
    Kind.ABOVE_COUNTER: "Move the counter: --apply",
    Kind.NO_COUNTER: "Move the counter: --apply",
    Kind.WRONG_TEXT: "Make those that are missing: --apply",
    Kind.BELOW_START: "Declare a lower initial_value, or give these rows other numbers.",
}


def _way(kind: Kind, report: SeriesReport) -> str:
    first = report.first
    if kind is Kind.MISSING and first is not None and first > report.initial_value:
        head: Finding | None = next((f for f in report.findings if f.kind is kind), None)
        if head is not None and head.numbers and head.numbers.first == report.initial_value:
            return f"{_WAYS[kind]}, or declare initial_value={first}"
    return _WAYS[kind]
