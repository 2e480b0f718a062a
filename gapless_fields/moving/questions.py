"""What ``makemigrations`` asks about a column of numbers, for which no default is right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db.models.fields import NOT_PROVIDED

from gapless_fields.django_internals.methods import wrap_questions
from gapless_fields.series.numbered_field import NumberedField
from gapless_fields.series.numbered_text import NumberedText


def answer_questions() -> None:
    """Answer the two questions about columns that are not null, once for every questioner."""
    wrap_questions(_addition, _alteration)


def _addition(ask: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(ask)
    def ask_not_null_addition(self: Any, field_name: str, model_name: str) -> Any:
        field = _numbered(field_name, model_name)
        if field is None:
            return ask(self, field_name, model_name)
        raise CommandError(
            f"{field} cannot be added without null=True: the rows that exist have no number yet, "
            f"and no default is right for them. Add null=True, and run makemigrations again. If "
            f"the rows have no numbers, add the operation "
            f'gapless_fields.operations.AssignNumbers("{field.model.__name__}") to a migration '
            f"after that one. If another column holds their numbers, see "
            f'"manage.py adopt_numbers". Remove null=True afterwards, in a migration of its own.'
        )

    return ask_not_null_addition


def _alteration(ask: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(ask)
    def ask_not_null_alteration(self: Any, field_name: str, model_name: str) -> Any:
        if _numbered(field_name, model_name) is None:
            return ask(self, field_name, model_name)
        return NOT_PROVIDED  # migrate refuses a row that still has no number

    return ask_not_null_alteration


def _numbered(field_name: str, model_name: str) -> NumberedField | NumberedText | None:
    """Return the field with numbers that Django asks about. It does not name the application."""
    fields = [
        field
        for model in apps.get_models(include_swapped=True)
        if model._meta.model_name == model_name.lower()
        for field in model._meta.local_fields
        if field.name == field_name
    ]
    numbered = [field for field in fields if isinstance(field, NumberedField | NumberedText)]
    return numbered[0] if numbered and len(numbered) == len(fields) else None
