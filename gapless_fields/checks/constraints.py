"""W001: the unique constraint that covers a scope and the number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connections
from django.db.models import F, UniqueConstraint

from gapless_fields.series.scopes import ScopePart

if TYPE_CHECKING:
    from gapless_fields.series.numbered_field import NumberedField


def has_constraint(field: NumberedField) -> bool:
    """Return whether a constraint covers the number, the scope's columns, and as many parts."""
    plain = {part for part in field.scope if isinstance(part, str) and "__" not in part}
    others = len(field.scope) - len(plain)
    meta = field.model._meta
    covered: list[list[str]] = [list(names) for names in meta.unique_together]
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint):
            names = list(constraint.fields)
            for expression in constraint.expressions:
                inner = getattr(expression, "expression", expression)  # of an OrderBy
                names.append(getattr(inner, "name", "") if isinstance(inner, F) else repr(inner))
            covered.append(names)
    return any(
        field.name in names and plain <= set(names) and len(names) > len(plain) + others
        for names in covered
    )


def constraint_for(field: NumberedField) -> str:
    """Return the missing constraint, as it is written in ``Meta.constraints``."""
    plain = [part for part in field.scope if isinstance(part, str) and "__" not in part]
    name = f'name="{field.model._meta.model_name}_{field.name}_in_series"'
    if len(plain) == len(field.scope):
        fields = ", ".join(f'"{part}"' for part in [*plain, field.name])
        return f"UniqueConstraint(fields=[{fields}], {name})"
    parts = []
    for part in field.scope:
        column, _separator, transform = part.partition("__") if isinstance(part, str) else ("",) * 3
        if isinstance(part, ScopePart):
            parts.append(f"{type(part).__name__}(…).expression()")
        elif transform == "date":
            parts.append(f'TruncDate("{column}")')
        elif transform:
            parts.append(f'Extract{"".join(w.title() for w in transform.split("_"))}("{column}")')
        else:
            parts.append(f'"{column}"')
    text = f'UniqueConstraint({", ".join(parts)}, "{field.name}", {name})'
    if any(connections[alias].vendor == "mysql" for alias in connections):
        text += (
            "; MariaDB does not support indexes on expressions: there, store the part of the date "
            "in a separate column, a GeneratedField or one that save() sets, and name that column"
        )
    return text
