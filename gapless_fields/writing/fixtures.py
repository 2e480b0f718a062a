"""Fixtures: keep rows that ``loaddata`` writes from causing duplicate numbers later."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import connections

from gapless_fields.counters import writer
from gapless_fields.exceptions import NumberTextInvalid, ScopeIncomplete
from gapless_fields.rows.in_series import carried_numbers, fields_of_series, highest_number
from gapless_fields.rows.memory import in_memory
from gapless_fields.rows.reading import plain, read, row_of
from gapless_fields.rows.texts import Texts
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.series.series import Series
from gapless_fields.writing.changes import check_kept, number_changed
from gapless_fields.writing.imported_numbers import number_in_use, refuse_void
from gapless_fields.writing.kept_texts import text_changed
from gapless_fields.writing.new_numbers import NewNumbers

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.models import Counter
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


def number_loaded(
    rows: Sequence[Model],
    fields: Sequence[NumberedField],
    connection: BaseDatabaseWrapper,
    on_taking: Callable[[NumberedField], None],
) -> None:
    """Prepare the INSERT of rows that are being loaded (a raw save).

    A row with a number keeps it, unless another row has it. If the number is ahead of the counter,
    the series becomes unused. Nothing is lost by that, because the row has the higher number: the
    next use of the series looks at its rows, and raises ``SequenceNotSynced``. A row without a
    number that is due gets the next one. A row keeps its text, and gets one if it has none.

    Args:
        rows: the rows of the statement.
        fields: the numbered fields of the table.
        connection: the database.
        on_taking: called before a number is taken.

    Raises:
        NumberInUse: another row of the series has the number.
        SequenceNotSynced: a row without a number is the first to use its series, and others have
            one.
    """
    for field in fields:
        numbers = [field.get_prep_value(in_memory(row, field.attname)) for row in rows]
        without = [row for row, number in zip(rows, numbers, strict=True) if number is None]
        if without:
            new = NewNumbers(without, [field])
            if new.due:
                on_taking(field)
            new.assign(connection)
        _make_texts(field, [row for row in rows if row not in without], connection)
        for row, number in zip(rows, numbers, strict=True):
            if number is None or field.reset_value is not None:
                continue
            try:
                series = field.series_for(row)
            except ScopeIncomplete:
                continue
            if carried_numbers(series, [number], connection, row._meta.apps):
                raise number_in_use(field, number, series)
            refuse_void(series, [number], connection)
            last = writer.peek(series, connection)
            if last is not None and last < number:
                writer.drop(series, connection)


def _make_texts(
    field: NumberedField, rows: Sequence[Model], connection: BaseDatabaseWrapper
) -> None:
    """Make the texts of rows that come with a number alone, from before there were texts."""
    texts = Texts(connection.alias)
    for row in rows:
        for text in texts_of(field):
            if in_memory(row, text.attname):
                continue
            try:
                texts.prepare(field, row, field.series_for(row).key, [text])
            except (NumberTextInvalid, ObjectDoesNotExist):
                if not text.null:  # what it refers to comes later: assign_numbers() can make it
                    raise
    texts.write()


def missing_texts(
    rows: QuerySet[Model],
    texts: Sequence[tuple[NumberedText, Any]],
    connection: BaseDatabaseWrapper,
) -> list[Any]:
    """Return the texts of a fixture's row that the row in the database does not have yet.

    Raises:
        NumberChanged: the row has another text.
    """
    missing = []
    names = [text.attname for text, value in texts if value]
    names += [text.numbers.attname for text, _value in texts if text.numbers is not None]
    for key, before in read(plain(rows), names, connection.alias).items() if names else ():
        for text, value in texts:
            actual = before.__dict__.get(text.attname)
            numbers: Any = text.numbers
            is_new = value and not actual and before.__dict__[numbers.attname] is None
            if is_new or (value and actual and actual != value):
                raise text_changed(text, key, actual, value)
            if value and not actual:
                missing.append((text, None, value))
    return missing


def check_loaded_update(
    rows: QuerySet[Model],
    numbers: Sequence[tuple[NumberedField, Any]],
    written: dict[str, Any],
    connection: BaseDatabaseWrapper,
) -> None:
    """Refuse a fixture's row that would change a row's number, or its series.

    A row without a number in the fixture is accepted: the row in the database keeps its number.

    Args:
        rows: the queryset that selects the row.
        numbers: the numbers for the row in the fixture.
        written: the other values for the row in the fixture, by attname.
        connection: the database.

    Raises:
        NumberChanged: the row has another number, or none.
        ScopeChanged: the row would move to another series, or to none.
    """
    for field, number in numbers:
        changes = {name: written[name] for name in field.kept_attnames if name in written}
        if number is None and not changes:
            continue
        names = [field.attname, *field.kept_attnames]
        for key, before in read(plain(rows), names, connection.alias).items():
            after = row_of(rows.model, connection.alias, before.__dict__ | changes)
            actual = before.__dict__[field.attname]
            if number is not None and actual != field.get_prep_value(number):
                raise number_changed(field, key, actual, number)
            if actual is not None:
                check_kept(field, before, after)


def check_loaded_counter(instance: Counter, raw: bool, using: str, **kwargs: Any) -> None:
    """Keep counters from moving back: a receiver of ``pre_save``.

    If a counter in a fixture is older than the rows, the series becomes unused, so that its next
    use raises ``SequenceNotSynced``. But if the counter in the database is ahead of the rows, it
    stays.
    """
    if not raw:
        return
    connection = connections[using]
    scope = tuple(json.loads(instance.scope)) if instance.scope else ()
    series = Series(instance.name, scope=scope)
    fields = fields_of_series(series, connection)
    if any(field.reset_value is not None for field in fields):
        return
    last = writer.peek(series, connection)
    highest = highest_number(series, connection, fields)
    in_rows = -1 if highest is None else highest[0]
    known = max(instance.last, -1 if last is None else last)
    if instance.last < in_rows and known <= in_rows:
        instance.gapless_unused = True  # type: ignore[attr-defined]
    instance.last = known
    instance.last_date = None  # it may be older, and is read from the rows when it is needed


def drop_loaded_counter(instance: Counter, raw: bool, using: str, **kwargs: Any) -> None:
    """Delete a counter that is older than the rows: a receiver of ``post_save``."""
    if raw and getattr(instance, "gapless_unused", False):
        scope = tuple(json.loads(instance.scope)) if instance.scope else ()
        writer.drop(Series(instance.name, scope=scope), connections[using])
