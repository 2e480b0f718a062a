"""E0xx: what a model declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.checks import CheckMessage
from django.db.models.fields import NOT_PROVIDED

from gapless_fields.checks.chronology import check_chronological
from gapless_fields.checks.messages import error
from gapless_fields.checks.scopes import check_scope, check_when
from gapless_fields.series.chronology import kind_of_date
from gapless_fields.series.registry import fields_of_sequence
from gapless_fields.series.series import Series, make_key

if TYPE_CHECKING:
    from gapless_fields.series.numbered_field import NumberedField


def check_declaration(field: NumberedField) -> Iterator[CheckMessage]:
    """Check what a model declares, without connecting to a database."""
    yield from _check_sequence(field)
    yield from _check_values(field)
    yield from _check_options(field)
    if not apps.is_installed("gapless_fields"):
        yield error(
            5,
            field,
            '"gapless_fields" is not in INSTALLED_APPS, so rows cannot be numbered.',
            'Add "gapless_fields" to INSTALLED_APPS and run "manage.py migrate".',
        )
    yield from check_scope(field)
    yield from check_when(field)
    yield from check_chronological(field)
    yield from _check_sharing(field)


def _check_sequence(field: NumberedField) -> Iterator[CheckMessage]:
    try:
        make_key(field.sequence)
    except (TypeError, ValueError) as problem:
        yield error(
            1,
            field,
            f"'sequence' is not the name of a sequence: {problem}.",
            'Give the sequence a short name of its own, such as sequence="invoices".',
        )
        return
    if "%(" in field.sequence:
        yield error(
            1,
            field,
            f"'sequence' holds an unknown placeholder: {field.sequence!r}.",
            "Use %(app_label)s and %(class)s, and no other placeholder.",
        )


def _check_values(field: NumberedField) -> Iterator[CheckMessage]:
    if callable(field.initial_value):
        if field.reset_value is not None:
            yield error(
                3,
                field,
                "'reset_value' needs an 'initial_value' that is a number, to start again at it.",
                "Remove 'reset_value', or make 'initial_value' a number.",
            )
        return
    try:
        Series("valid", field.initial_value)
    except (TypeError, ValueError) as problem:
        yield error(
            2,
            field,
            f"'initial_value' makes no sense: {problem}.",
            "Use an integer from 0 to 2**63 - 1, or a function that returns one for a row.",
        )
        return
    try:
        Series("valid", field.initial_value, field.reset_value)
    except (TypeError, ValueError) as problem:
        yield error(
            3,
            field,
            f"'reset_value' makes no sense: {problem}.",
            "Use an integer greater than initial_value, or None for a sequence that never loops.",
        )


def _check_options(field: NumberedField) -> Iterator[CheckMessage]:
    if field.primary_key:
        yield error(
            4,
            field,
            "A number is not an identity: GaplessSequenceField cannot be the primary key.",
            "Remove primary_key=True and let Django add an id. Otherwise, saving a row again after "
            "a rollback would overwrite somebody else's row.",
        )
    if field.default is not NOT_PROVIDED or field.db_default is not NOT_PROVIDED:
        yield error(
            7,
            field,
            "GaplessSequenceField cannot have a default: the number comes from the sequence.",
            "Remove 'default' and 'db_default'; 'initial_value' sets the first number.",
        )


def _check_sharing(field: NumberedField) -> Iterator[CheckMessage]:
    settings = _shared(field)
    for other in fields_of_sequence(field.sequence):
        if other is field:
            return  # reported once, on the later of the two
        if _shared(other) != settings:
            yield error(
                6,
                field,
                f'The sequence "{field.sequence}" is shared with {other}, '
                "which declares a different initial_value, reset_value, scope or chronological.",
                "Give both the same settings, or each a sequence of its own.",
            )


def _shared(field: NumberedField) -> tuple[object, int | None, int, str | None]:
    """Return what must be the same for all fields that share a sequence."""
    return field.initial_value, field.reset_value, len(field.scope), kind_of_date(field)
