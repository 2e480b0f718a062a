"""E020 and E021: the texts that are stored with numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage
from django.core.exceptions import FieldDoesNotExist
from django.db.models.fields import NOT_PROVIDED

from gapless_fields.checks.formats import Problem, format_problems
from gapless_fields.checks.messages import error
from gapless_fields.checks.shown import hidden_parts
from gapless_fields.series.formats import FISCAL, check_sizes, fiscal_year, paths
from gapless_fields.series.numbered_text import NumberedText


def check_number_text(text: NumberedText) -> Iterator[CheckMessage]:
    """Check what a model declares, without connecting to a database."""
    numbers = text.numbers
    if numbers is None:
        yield error(
            20,
            text,
            f"{text} shows no number: {text.model._meta.label} has no GaplessSequenceField of its "
            "own that the format or number_field names, or has several.",
            "Name the number in the format, or in number_field. The field of a parent has its text "
            "in the parent.",
        )
        return
    if numbers.null and not text.null:
        yield error(
            20,
            text,
            f"{text} needs null=True: a row has no text before it has its number.",
            "Add null=True.",
        )
    if text.primary_key:
        yield error(
            20,
            text,
            "A number is not an identity: NumberTextField cannot be the primary key.",
            "Remove primary_key=True and let Django add an id.",
        )
    if text.default is not NOT_PROVIDED or text.db_default is not NOT_PROVIDED:
        yield error(
            20,
            text,
            "NumberTextField cannot have a default: the text is made with the number.",
            "Remove 'default' and 'db_default'.",
        )
    if isinstance(text.format, str):
        yield from _check_format(text, text.format)
    elif not callable(text.format):
        yield error(
            20,
            text,
            f"'format' is {text.format!r}, which is neither a text nor a function.",
            'Use a format such as "INV-{number:05d}", or a function that returns one for a row.',
        )
    if text.unique and numbers.reset_value is not None:
        yield error(
            21,
            text,
            f"{text} is unique, but {numbers.name} starts again at reset_value, so that texts "
            "repeat.",
            "Add unique=False.",
        )


def _check_format(text: NumberedText, format_: str) -> Iterator[CheckMessage]:
    problems = list(format_problems(text.model, format_))
    try:
        check_sizes(format_)
    except ValueError as error_:
        problems = problems or [Problem(f"{format_!r} cannot be used: {error_}.")]
    problems = problems or list(_names(text, format_))
    for problem in problems:
        yield error(20, text, problem.what, problem.hint)
    if problems or not text.unique or text.numbers is None:
        return
    for hidden in hidden_parts(text.model, format_):
        if hidden.field is text.numbers:
            yield error(
                21,
                text,
                f"{text} is unique, but its format {format_!r} does not show {hidden.parts}, by "
                f"which {hidden.field.name} is divided into series: rows of different series would "
                "have the same text.",
                f"Add {hidden.ways} to the format, or unique=False to the field.",
            )


def _names(text: NumberedText, format_: str) -> Iterator[Problem]:
    """Yield the paths of a format that lead to no column."""
    hint = "Name columns of the model, and of the models that it refers to. Nothing else is shown."
    for path in paths(format_):
        if path == FISCAL and fiscal_year(format_, text.model) is not None:
            continue
        model: Any = text.model
        for name in path.split("."):
            try:
                field = None if model is None else model._meta.get_field(name)
            except FieldDoesNotExist:
                field = None
            if field is None or not field.concrete or field.many_to_many:
                yield Problem(f"{format_!r} names {path!r}, and {name!r} is no column.", hint)
                break
            reason = text.refused(field) if model is text.model else None
            if reason is not None and field is not text.numbers:
                yield Problem(f"{format_!r} shows {name!r}, which {reason}.", hint)
                break
            model = field.related_model if name == field.name else None
    if text.numbers is not None and text.numbers.name not in paths(format_):
        what = f"{format_!r} does not show {text.numbers.name}."
        yield Problem(what, "Add it to the format.")
