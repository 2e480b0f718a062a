"""Numbers without a model field: the functions, which users of django-sequences know."""

from __future__ import annotations

import collections.abc as cabc
from typing import Any

from gapless_fields.sequences import Sequence

__all__ = ["delete", "get_last_value", "get_next_value", "get_next_values"]


def get_next_value(
    sequence_name: str = "default",
    initial_value: int = 1,
    reset_value: int | None = None,
    *,
    scope: cabc.Iterable[Any] = (),
    nowait: bool = False,
    using: str | None = None,
) -> int:
    """Give the next number of a sequence; see ``Sequence`` and ``Sequence.get_next_value()``."""
    sequence = Sequence(sequence_name, initial_value, reset_value, scope=scope, using=using)
    return sequence.get_next_value(nowait=nowait)


def get_next_values(
    batch_size: int,
    sequence_name: str = "default",
    initial_value: int = 1,
    reset_value: int | None = None,
    *,
    scope: cabc.Iterable[Any] = (),
    nowait: bool = False,
    using: str | None = None,
) -> cabc.Sequence[int]:
    """Give the next numbers of a sequence; see ``Sequence.get_next_values()``."""
    sequence = Sequence(sequence_name, initial_value, reset_value, scope=scope, using=using)
    return sequence.get_next_values(batch_size, nowait=nowait)


def get_last_value(
    sequence_name: str = "default", *, scope: cabc.Iterable[Any] = (), using: str | None = None
) -> int | None:
    """Return the last number given; see ``Sequence.get_last_value()``."""
    return Sequence(sequence_name, scope=scope, using=using).get_last_value()


def delete(
    sequence_name: str = "default", *, scope: cabc.Iterable[Any] = (), using: str | None = None
) -> bool:
    """Delete a sequence; see ``Sequence.delete()``."""
    return Sequence(sequence_name, scope=scope, using=using).delete()
