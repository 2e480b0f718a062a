"""The INSERT statement that Django is putting together, where rows do not say all about it."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

from gapless_fields.provenance import in_memory

if TYPE_CHECKING:
    from django.db.models import Model

    from gapless_fields.registry import NumberedField


class Numbering(Protocol):
    """What tells the numbers of the rows of one INSERT."""

    def number_of(self, field: NumberedField, instance: Model) -> Any:
        """What the INSERT writes as the number of ``instance``."""


class Repeated:
    """An INSERT of one instance more than once, each time with a number of its own.

    An instance holds one number, so those of such a statement are handed out by position.
    """

    def __init__(self, rows: Sequence[Model], numbers: dict[str, list[int | None]]) -> None:
        self.rows = rows
        self.numbers = numbers
        self._positions: dict[str, int] = {}

    def number_of(self, field: NumberedField, instance: Model) -> Any:
        """The number of the next row of the statement, if that is ``instance``.

        Asked about any other row (one that is saved while the statement is put together), answers
        with what it has.
        """
        position = self._positions.get(field.attname, 0)
        if position < len(self.rows) and instance is self.rows[position]:
            self._positions[field.attname] = position + 1
            setattr(instance, field.attname, self.numbers[field.attname][position])
        return in_memory(instance, field.attname)


class _InMemory:
    """An ordinary INSERT, whose rows hold their numbers."""

    def number_of(self, field: NumberedField, instance: Model) -> Any:
        """What the row holds."""
        return in_memory(instance, field.attname)


IN_MEMORY = _InMemory()

_insertion: ContextVar[Numbering | None] = ContextVar("gapless_insertion", default=None)


def current_insertion() -> Numbering | None:
    """What tells the numbers of the INSERT that Django is putting together in this context.

    None outside any.
    """
    return _insertion.get()


def is_asked_by_django(frame: FrameType) -> bool:
    """Whether the caller of a field is Django's ORM."""
    return str(frame.f_globals.get("__name__", "")).startswith("django.db.")


class inserting:  # noqa: N801 (as other context managers are called)
    """Let the fields that Django asks inside know which rows are being inserted.

    A class, since a generator would take 2 µs more on the way of every save.
    """

    def __init__(self, insertion: Numbering) -> None:
        self.insertion = insertion

    def __enter__(self) -> None:
        self.token = _insertion.set(self.insertion)

    def __exit__(self, *exception: object) -> None:
        _insertion.reset(self.token)
