"""``full_clean()``: let a form report what ``save()`` would refuse."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import router

from gapless_fields.django_internals.methods import wrap_once
from gapless_fields.rows.memory import remembered, unchanged_scope
from gapless_fields.rows.reading import all_rows, is_expression, key_of, key_values, row_of
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.changes import (
    changed_columns,
    changes_date,
    date_changed,
    moves,
    scope_changed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField


def validate_series(model: type[Model]) -> None:
    """Make ``full_clean()`` find numbered rows that would move to another series or date.

    This wraps the documented method, as the model defines or inherits it. The error belongs to the
    column that was changed, or to no field if that column is excluded. It takes one query if such a
    column has been changed in memory, and none otherwise.
    """
    wrap_once(model, "full_clean", _validating)


def _validating(full_clean: Callable[..., None]) -> Callable[..., None]:
    @wraps(full_clean)
    def validating_full_clean(self: Model, *args: Any, **kwargs: Any) -> None:
        # Pass the arguments on as they are: a model's own version may take fewer.
        exclude: Collection[str] | None = args[0] if args else kwargs.get("exclude")
        errors: dict[str, list[ValidationError]] = {}
        try:
            full_clean(self, *args, **kwargs)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if not self._state.adding:
            for field in numbered_fields(type(self)):
                for name, problem in _problems(field, self):
                    key = NON_FIELD_ERRORS if name in (exclude or ()) else name
                    if key not in errors or key == NON_FIELD_ERRORS:
                        errors.setdefault(key, []).append(problem)
        if errors:
            raise ValidationError(errors)

    return validating_full_clean


def _problems(field: NumberedField, instance: Model) -> list[tuple[str, ValidationError]]:
    if not field.kept_attnames or remembered(field, instance) is None:
        return []
    if unchanged_scope(field, instance) is not None:
        return []
    using = instance._state.db or router.db_for_write(type(instance), instance=instance)
    names = [field.attname, *field.kept_attnames]
    rows = all_rows(field.model, using).filter(pk=instance.pk)
    for found in rows.values_list(*names):
        held = dict(zip(names, found, strict=True))
        new = {
            name: value
            for name, value in instance.__dict__.items()
            if name in field.kept_attnames and not is_expression(value)
        }
        key = key_values(field.model, key_of(instance, field.model))
        before = row_of(field.model, using, held | key)
        after = row_of(field.model, using, before.__dict__ | new)
        if held[field.attname] is not None and moves(field, before, after):
            message = str(scope_changed(field, before, after))
            return [
                (name, ValidationError(message, code="scope_changed"))
                for name in changed_columns(field, before, after)
            ]
        if held[field.attname] is not None and changes_date(field, before, after):
            message = str(date_changed(field, before, after))
            return [(str(field.chronological), ValidationError(message, code="date_changed"))]
    return []
