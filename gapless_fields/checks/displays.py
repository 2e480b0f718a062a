"""E015 and W002: how numbers are displayed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from string import Formatter
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.db.models import Model

from gapless_fields.checks.messages import error
from gapless_fields.checks.shown import check_shown
from gapless_fields.displays import FISCAL, NumberDisplay
from gapless_fields.series.columns import is_date
from gapless_fields.series.registry import numbered_fields


def check_displays(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check every ``NumberDisplay`` of these applications; None: of the project."""
    return [
        message
        for config in (apps.get_app_configs() if app_configs is None else app_configs)
        for model in config.get_models()
        for name, display in _displays(model)
        for message in _check(model, name, display)
    ]


def _displays(model: type[Model]) -> Iterator[tuple[str, NumberDisplay]]:
    """Yield the displays that the model itself, or an abstract parent, declares."""
    for cls in model.__mro__:
        if cls is model or getattr(getattr(cls, "_meta", None), "abstract", False):
            for name, value in list(vars(cls).items()):
                if isinstance(value, NumberDisplay):
                    yield name, value


def _check(model: type[Model], name: str, display: NumberDisplay) -> Iterator[CheckMessage]:
    where = f"{model._meta.label}.{name}"
    hint = 'Use a format such as "INV-{issued_on:%Y}-{number:05d}", with names of columns.'
    try:
        pieces = [piece for piece in display.pieces() if piece.path is not None]
    except ValueError as problem:
        yield error(15, where, f"{display.format!r} is not a format: {problem}.", hint)
        return
    names = [piece.name for piece in pieces]
    fiscal_year = display.fiscal_year(model)
    for missing in [name for name in names if not hasattr(model, name)]:
        if missing == FISCAL and fiscal_year is not None:
            continue
        if missing == FISCAL:
            hint = "Use {fiscal} only if the scope of the numbered field has a FiscalYear."
        yield error(15, where, f"{display.format!r} names {missing!r}, which does not exist.", hint)
        return
    numbers = [field for field in numbered_fields(model) if field.name in names]
    if not numbers:
        yield error(15, where, f"{display.format!r} names no GaplessSequenceField.", hint)
        return
    samples: dict[str, Any] = {field.name: 1 for field in numbers}
    dates = [field.name for field in model._meta.concrete_fields if is_date(field)]
    samples |= dict.fromkeys(dates, datetime.datetime(2026, 1, 31))
    if fiscal_year is not None:
        samples[FISCAL] = 2026
    problems = False
    for piece in pieces:
        if piece.name in samples:
            conversion = f"!{piece.conversion}" if piece.conversion else ""
            try:
                Formatter().vformat(f"{{{piece.path}{conversion}:{piece.spec}}}", (), samples)
            except (AttributeError, LookupError, TypeError, ValueError) as problem:
                what = f"{display.format!r} cannot format {piece.name}: {problem}."
                yield error(15, where, what, hint)
                problems = True
    if not problems:
        yield from check_shown(model, name, display)
