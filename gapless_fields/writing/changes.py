"""Refuse any change of what a numbered row keeps: its number and its series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from gapless_fields.exceptions import (
    NotChronological,
    NumberChanged,
    ScopeChanged,
    ScopeIncomplete,
)
from gapless_fields.rows.memory import UNKNOWN, remember, remembered
from gapless_fields.series.chronology import date_of

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from gapless_fields.series.numbered_field import NumberedField


def check_unchanged(field: NumberedField, instance: Model, row: QuerySet[Model]) -> None:
    """Refuse the UPDATE of an instance whose number was changed by hand.

    A number that the instance remembers costs no query. Any other is compared with the row's.

    Args:
        field: the numbered field.
        instance: the instance that is being saved.
        row: the queryset that the UPDATE will run on.

    Raises:
        NumberChanged: the row has another number.
    """
    number = instance.__dict__.get(field.attname, UNKNOWN)  # absent while it is deferred
    known = remembered(field, instance)
    if number is UNKNOWN or number == known or (number is None and known is UNKNOWN):
        return
    actual = list(row.order_by().values_list(field.attname, flat=True)[:1])
    if not actual:
        return  # save() will INSERT
    if actual[0] != field.get_prep_value(number):
        raise number_changed(field, instance.pk, actual[0], number)
    remember(field, instance, actual[0])


def number_changed(
    field: NumberedField, key: Any, number: int | None, changed: Any, count: int = 1
) -> NumberChanged:
    """Return the error for rows whose number would change. The error names one of them."""
    named = {
        "field": field,
        "pk": key,
        "actual": number,
        "number": changed,
        "others": count - 1,
    }
    if number is None:
        text = _(
            "%(field)s of the row with primary key %(pk)s has no number yet, and cannot be set to "
            "%(number)s: save() and assign_numbers() take it from its series. To import rows "
            "with their own numbers, insert them inside gapless_fields.accept_numbers()."
        )
    else:
        text = _(
            "%(field)s of the row with primary key %(pk)s is %(actual)s and cannot be changed "
            "to %(number)s: a number stays with its row. Use refresh_from_db() to get it back."
        )
    return NumberChanged((text + _others(count)) % named)


def check_kept(field: NumberedField, before: Model, after: Model) -> None:
    """Refuse a change that would move a numbered row to another series, or change its date.

    Args:
        field: the numbered field.
        before: the row, with its number, as the database has it.
        after: the row as it would be.

    Raises:
        ScopeChanged: the row would be in another series, or in none.
        NotChronological: the date by which the series is ordered would change.
    """
    if moves(field, before, after):
        raise scope_changed(field, before, after)
    if changes_date(field, before, after):
        raise date_changed(field, before, after)


def moves(field: NumberedField, before: Model, after: Model) -> bool:
    """Return whether a row would be in another series, or in none."""
    return bool(field.scope) and _scope(field, before) != _scope(field, after)


def changes_date(field: NumberedField, before: Model, after: Model) -> bool:
    """Return whether a row of a chronological series would have another date."""
    return field.chronological is not None and _date(field, before) != _date(field, after)


def date_changed(
    field: NumberedField, before: Model, after: Model, count: int = 1
) -> NotChronological:
    """Return the error for numbered rows whose date would change. The error names one of them."""
    text = _(
        "%(field)s of the row with primary key %(pk)s is %(number)d of a series in the order of "
        "%(column)s, which is %(old)s and cannot be changed to %(new)s: the row has its number. "
        "Cancel the row, and issue another one."
    )
    named = {
        "field": field,
        "pk": before.pk,
        "number": before.__dict__[field.attname],
        "column": field.chronological,
        "old": _date(field, before),
        "new": _date(field, after),
        "others": count - 1,
    }
    return NotChronological((text + _others(count)) % named)


def scope_changed(
    field: NumberedField, before: Model, after: Model, count: int = 1
) -> ScopeChanged:
    """Return the error for numbered rows that would change series. The error names one of them."""
    new = _scope(field, after)
    named = {
        "field": field,
        "pk": before.pk,
        "number": before.__dict__[field.attname],
        "old": _scope(field, before),
        "new": new,
        "columns": ", ".join(changed_columns(field, before, after)),
        "others": count - 1,
    }
    if new is None:
        text = _(
            "%(field)s of the row with primary key %(pk)s is %(number)d of the series %(old)s: the "
            "row has its number, and %(columns)s, which the series depends on, cannot be cleared. "
            "Cancel the row, and issue another one."
        )
    else:
        text = _(
            "%(field)s of the row with primary key %(pk)s is %(number)d of the series %(old)s: the "
            "row has its number, and a change of %(columns)s would move it to the series %(new)s. "
            "Cancel the row, and issue another one."
        )
    return ScopeChanged((text + _others(count)) % named)


def changed_columns(field: NumberedField, before: Model, after: Model) -> list[str]:
    """Return the names of the fields whose changed columns give the row another series."""
    names = []
    for part in field.scope_parts:
        old, new = (_text(part, row) for row in (before, after))
        if old == new:
            continue
        for name in part.columns:
            attname = before._meta.get_field(name).attname  # type: ignore[union-attr]
            if before.__dict__[attname] != after.__dict__[attname]:
                names.append(name)
    return list(dict.fromkeys(names))


def _scope(field: NumberedField, row: Model) -> Any:
    """Return the series of a row, or None if it lacks a date that the series depends on."""
    try:
        return field.series_for(row)
    except ScopeIncomplete:
        return None


def _date(field: NumberedField, row: Model) -> str | None:
    try:
        return date_of(field, row)
    except ScopeIncomplete:
        return None


def _text(part: Any, row: Model) -> Any:
    try:
        return part.canonical(part.value(row))
    except ScopeIncomplete:
        return None


def _others(count: int) -> str:
    return "" if count == 1 else " " + _("(The same is true of %(others)d more rows.)")
