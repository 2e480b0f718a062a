"""What is known of counters: their series, the fields that use them, and all that in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.db import connections

from gapless_fields.audit.books import scope_of_counter, series_of_counter
from gapless_fields.audit.descriptions import describe
from gapless_fields.audit.targets import find_sequences

if TYPE_CHECKING:
    from gapless_fields.audit.targets import SharedSequence
    from gapless_fields.models import Counter
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


class Known(NamedTuple):
    """What is known of a counter."""

    series: Series | None
    """None: its row was not written by this package."""
    fields: tuple[NumberedField, ...]
    """The fields whose rows share the series; none if only code takes its numbers."""
    words: str
    """The series in words, such as ``invoices: company ACME, year 2026``."""


def known_of(counters: Iterable[Counter], using: str) -> dict[str, Known]:
    """Return what is known of counters, by their keys.

    The number of queries does not depend on how many counters there are: each sequence needs one
    for each relation in its scope.

    Args:
        counters: the counters.
        using: the alias of their database.
    """
    sequences = {(one.name, one.depth): one for one in find_sequences((), using)}
    found: dict[str, Known] = {}
    together: dict[SharedSequence, list[Series]] = {}
    for counter in counters:
        scope = scope_of_counter(counter.scope)
        sequence = sequences.get((counter.name, len(scope)))
        field = None if sequence is None else sequence.fields[0]
        series = series_of_counter(counter.key, counter.name, scope, field)
        fields = () if sequence is None or series is None else sequence.fields
        found[counter.key] = Known(series, fields, _plain_words(counter, series))
        if sequence is not None and series is not None:
            together.setdefault(sequence, []).append(series)
    for sequence, several in together.items():
        words = describe(sequence, several, connections[using])
        for series, text in zip(several, words, strict=True):
            found[series.key] = found[series.key]._replace(words=text)
    return found


def _plain_words(counter: Counter, series: Series | None) -> str:
    """Return a series in words where no field says what the values of its scope are."""
    if series is None or not series.scope:
        return f"{counter.name} {counter.scope}".rstrip()
    values = ["(none)" if text is None else text for text in series.scope]
    return f"{counter.name}: {', '.join(values)}"
