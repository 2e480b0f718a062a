"""When a row is numbered: the condition ``when``, in Python and in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import BooleanField, CharField, Field, Model, Q, TextField

from gapless_fields.series.columns import column_value, stored_value

LOOKUPS = ("exact", "in", "isnull")
"""The lookups that a ``Q`` may use. Each has the same meaning in Python and in SQL."""


class Condition:
    """A condition on a row's own columns that every row, even with NULLs, either meets or not.

    It is two-valued, as Django's querysets are: ``~Q(status="draft")`` holds if the status is NULL.

    Args:
        when: the name of a column (a boolean one: true; any other: neither NULL nor empty text), or
            a ``Q`` that combines ``exact``, ``in`` and ``isnull`` lookups of columns with ``&``,
            ``|`` and ``~``.
        model: the model that has the columns.

    Raises:
        FieldDoesNotExist: the model has no such column.
        ValueError: the ``Q`` contains something else.
    """

    def __init__(self, when: str | Q, model: type[Model]) -> None:
        self.q = _condition(model, when) if isinstance(when, str) else when
        self._holds, names = _compile(self.q, model)
        self.attnames = tuple(dict.fromkeys(names))
        """The columns that the condition depends on."""
        self.asks_about_text = any(
            isinstance(model._meta.get_field(name), CharField | TextField) for name in self.attnames
        )

    def holds(self, row: Model) -> bool:
        """Return whether a row meets the condition with the values that it has in memory.

        Raises:
            ValueError: one of the values is an expression.
        """
        return self._holds(row)


def _condition(model: type[Model], name: str) -> Q:
    field = _column(model, name)
    if isinstance(field, BooleanField):
        return Q((name, True))
    if isinstance(field, CharField | TextField):
        return Q((f"{name}__isnull", False)) & ~Q((name, ""))
    return Q((f"{name}__isnull", False))


def _compile(q: Q, model: type[Model]) -> tuple[Callable[[Model], bool], list[str]]:
    names: list[str] = []
    tests: list[Callable[[Model], bool]] = []
    for child in q.children:
        if isinstance(child, Q):
            test, inner = _compile(child, model)
            names += inner
        elif isinstance(child, tuple):
            name, test = _leaf(model, *child)
            names.append(name)
        else:
            raise ValueError(f"it contains {child!r}, which is neither a lookup nor a Q")
        tests.append(test)
    if q.connector not in (Q.AND, Q.OR):
        raise ValueError(f"it combines with {q.connector}; use & and |")
    combine = all if q.connector == Q.AND or not tests else any
    negated = q.negated
    return lambda row: combine(test(row) for test in tests) != negated, names


def _leaf(model: type[Model], path: str, value: Any) -> tuple[str, Callable[[Model], bool]]:
    name, _separator, lookup = path.partition("__")
    lookup = lookup or "exact"
    if lookup not in LOOKUPS:
        raise ValueError(f"it uses {path!r}; a column's lookup is one of {', '.join(LOOKUPS)}")
    field = _column(model, name)
    if lookup == "isnull" or (lookup == "exact" and value is None):
        null = bool(value) if lookup == "isnull" else True
        return field.attname, lambda row: (column_value(row, name) is None) == null
    expected = list(_values(field, value, lookup))
    return field.attname, lambda row: stored_value(row, name) in expected


def _values(field: Field[Any, Any], value: Any, lookup: str) -> Iterator[Any]:
    values: Iterable[Any] = value if lookup == "in" else [value]
    for one in values:
        if hasattr(one, "resolve_expression"):
            raise ValueError(f"it compares {field.name} with an expression; use a value")
        if one is None:  # Django 6.1 treats NOT IN differently from earlier versions
            raise ValueError(f"it looks for None in a list; use {field.name}__isnull")
        yield field.to_python(one.pk if isinstance(one, Model) else one)


def _column(model: type[Model], name: str) -> Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, Field) or field.many_to_many or not field.concrete:
        raise ValueError(f"{name} is not a column of {model._meta.label}")
    return field
