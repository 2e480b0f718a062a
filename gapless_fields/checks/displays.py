"""E015 and W002: how numbers are displayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.db.models import Model

from gapless_fields.checks.formats import format_problems
from gapless_fields.checks.messages import error, warning
from gapless_fields.checks.shown import hidden_parts
from gapless_fields.displays import NumberDisplay


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
    problems = False
    for problem in format_problems(model, display.format):
        yield error(15, where, problem.what, problem.hint)
        problems = True
    for hidden in () if problems else hidden_parts(model, display.format):
        yield warning(
            2,
            where,
            f"{display.format!r} does not show {hidden.parts}, by which {hidden.field.name} is "
            "divided into series: rows of different series may be displayed alike.",
            f"Add {hidden.ways} to the format. If nobody sees numbers of several series side by "
            "side, silence this check.",
        )
