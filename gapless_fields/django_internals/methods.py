"""Methods of Django that this package wraps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.migrations import questioner
from django.db.models import Model, QuerySet

Method = Callable[..., Any]


def wrap_once(owner: type, name: str, wrap: Callable[[Method], Method]) -> None:
    """Wrap a method of a class, as it defines or inherits it, unless it is wrapped already."""
    method = owner.__dict__.get(name) or getattr(owner, name)
    plain = getattr(method, "__func__", method)
    if getattr(plain, "is_wrapped_by_gapless_fields", False):
        return
    wrapped: Any = wrap(plain)
    wrapped.is_wrapped_by_gapless_fields = True
    setattr(owner, name, classmethod(wrapped) if hasattr(method, "__func__") else wrapped)


def wrap_insert(wrap: Callable[[Method], Method]) -> None:
    """Wrap ``QuerySet._insert()``, which ``save()`` and ``bulk_create()`` call.

    Only this method knows the database, all rows of the statement and what to do on conflict.
    ``Field.pre_save()`` is never told the alias, and Django 6.0 and later call it twice.
    """
    wrap_once(QuerySet, "_insert", wrap)


def wrap_update(wrap: Callable[[Method], Method]) -> None:
    """Wrap ``QuerySet._update()``, which ``save()`` calls.

    Only this method knows every value that is written. ``Field.pre_save()`` is not called for a
    column that ``update_fields`` leaves out.
    """
    wrap_once(QuerySet, "_update", wrap)


def wrap_save_table(model: type[Model], wrap: Callable[[Method], Method]) -> None:
    """Wrap ``Model._save_table()``, which knows the instance and ``raw``, and passes neither on.

    Not ``save_base()``: ``loaddata`` calls ``Model.save_base()``, and bypasses the model's own.
    """
    wrap_once(model, "_save_table", wrap)


def is_raw(arguments: Sequence[Any], options: dict[str, Any]) -> bool:
    """Return whether ``Model._save_table()`` is called for a raw save: its first parameter."""
    return bool(arguments[0] if arguments else options.get("raw"))


def wrap_questions(
    addition: Callable[[Method], Method], alteration: Callable[[Method], Method]
) -> None:
    """Wrap what ``makemigrations`` asks when a column that is not null is added, or made so.

    The questioners are not documented. They are given the names of the field and of the model.
    """
    for owner in (
        questioner.InteractiveMigrationQuestioner,
        questioner.NonInteractiveMigrationQuestioner,
    ):
        wrap_once(owner, "ask_not_null_addition", addition)
        wrap_once(owner, "ask_not_null_alteration", alteration)
