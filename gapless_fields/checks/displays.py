"""E015: how numbers are displayed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from string import Formatter
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage
from django.db.models import Model

from gapless_fields.checks.messages import error
from gapless_fields.columns import is_date
from gapless_fields.displays import NumberDisplay
from gapless_fields.registry import numbered_fields


def check_displays(**kwargs: Any) -> list[CheckMessage]:
    """Check every ``NumberDisplay`` of the project."""
    return [
        message
        for model in apps.get_models()
        for name, display in _displays(model)
        for message in _check(model, name, display)
    ]


def _displays(model: type[Model]) -> Iterator[tuple[str, NumberDisplay]]:
    """Those that the model itself, or an abstract parent, declares."""
    for cls in model.__mro__:
        if cls is model or getattr(getattr(cls, "_meta", None), "abstract", False):
            for name, value in list(vars(cls).items()):
                if isinstance(value, NumberDisplay):
                    yield name, value


def _check(model: type[Model], name: str, display: NumberDisplay) -> Iterator[CheckMessage]:
    where = f"{model._meta.label}.{name}"
    hint = 'Use a format such as "INV-{issued_on:%Y}-{number:05d}", of names of columns.'
    try:
        pieces = [piece for piece in display.pieces() if piece.path is not None]
    except ValueError as problem:
        yield error(15, where, f"{display.format!r} is not a format: {problem}.", hint)
        return
    names = [piece.name for piece in pieces]
    for missing in [name for name in names if not hasattr(model, name)]:
        yield error(15, where, f"{display.format!r} names {missing!r}, which does not exist.", hint)
        return
    numbers = [field for field in numbered_fields(model) if field.name in names]
    if not numbers:
        yield error(15, where, f"{display.format!r} names no GaplessSequenceField.", hint)
        return
    samples: dict[str, Any] = {field.name: 1 for field in numbers}
    dates = [field.name for field in model._meta.concrete_fields if is_date(field)]
    samples |= dict.fromkeys(dates, datetime.datetime(2026, 1, 31))
    for piece in pieces:
        if piece.name in samples:
            try:
                Formatter().vformat(f"{{{piece.path}:{piece.spec}}}", (), samples)
            except (AttributeError, LookupError, TypeError, ValueError) as problem:
                what = f"{display.format!r} cannot format {piece.name}: {problem}."
                yield error(15, where, what, hint)
