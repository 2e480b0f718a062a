"""What is wrong with a format of numbers, as far as the model tells."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple

from gapless_fields.series.columns import is_date
from gapless_fields.series.formats import FISCAL, fiscal_year, pieces
from gapless_fields.series.registry import numbered_fields

if TYPE_CHECKING:
    from django.db.models import Model

HINT = 'Use a format such as "INV-{issued_on:%Y}-{number:05d}", with names of columns.'


class Problem(NamedTuple):
    """A fault of a format, and the way out."""

    what: str
    hint: str = HINT


def format_problems(model: type[Model], format_: str) -> Iterator[Problem]:
    """Yield the faults of a format, of which the names may be any attributes of the model."""
    try:
        found = [piece for piece in pieces(format_) if piece.path is not None]
    except ValueError as problem:
        yield Problem(f"{format_!r} is not a format: {problem}.")
        return
    names = [piece.name for piece in found]
    part = fiscal_year(format_, model)
    for missing in [name for name in names if not hasattr(model, name)]:
        if missing == FISCAL and part is not None:
            continue
        what = f"{format_!r} names {missing!r}, which does not exist."
        if missing == FISCAL:
            hint = "Use {fiscal} only if the scope of the numbered field has a FiscalYear."
            yield Problem(what, hint)
        else:
            yield Problem(what)
        return
    numbers = [field for field in numbered_fields(model) if field.name in names]
    if not numbers:
        yield Problem(f"{format_!r} names no GaplessSequenceField.")
        return
    samples: dict[str, Any] = {field.name: 1 for field in numbers}
    dates = [field.name for field in model._meta.concrete_fields if is_date(field)]
    samples |= dict.fromkeys(dates, datetime.datetime(2026, 1, 31))
    if part is not None:
        samples[FISCAL] = 2026
    for piece in found:
        if piece.name in samples:
            conversion = f"!{piece.conversion}" if piece.conversion else ""
            try:
                Formatter().vformat(f"{{{piece.path}{conversion}:{piece.spec}}}", (), samples)
            except (AttributeError, LookupError, TypeError, ValueError) as problem:
                yield Problem(f"{format_!r} cannot format {piece.name}: {problem}.")
