"""The INSERT statement that Django is putting together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from gapless_fields.numbering import assign

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.deferral import Deferral
    from gapless_fields.registry import NumberedField


class Numbering(Protocol):
    """What tells the numbers of the rows of one INSERT."""

    def number_of(self, field: NumberedField, instance: Model) -> Any:
        """What the INSERT writes as the number of ``instance``."""


class Insertion:
    """The rows of one INSERT statement, and the numbers that they get."""

    def __init__(
        self,
        rows: Sequence[Model],
        fields: Sequence[NumberedField],
        connection: BaseDatabaseWrapper,
        deferral: Deferral | None = None,
    ) -> None:
        self.rows = rows
        self.fields = fields
        self.connection = connection
        self.deferral = deferral
        self.begun = False
        self._numbers: dict[str, list[int | None]] = {}
        self._positions: dict[str, int] = {}

    def number_of(self, field: NumberedField, instance: Model) -> int | None:
        """The number of the next row of the statement, if that is ``instance``.

        Numbers are taken for all rows and fields when the first one is asked for. They are handed
        out by position, because one instance may be inserted twice by one statement. Asked about
        any other row (one that is saved while the statement is put together), answers with what
        it has.
        """
        position = self._positions.get(field.attname, 0)
        if position < len(self.rows) and instance is self.rows[position]:
            if not self._numbers:
                later = self.deferral is not None
                self._numbers = assign(self.rows, self.fields, self.connection, later=later)
            self._positions[field.attname] = position + 1
            setattr(instance, field.attname, self._numbers[field.attname][position])
        return instance.__dict__.get(field.attname)


_insertion: ContextVar[Numbering | None] = ContextVar("gapless_insertion", default=None)


def current_insertion() -> Numbering | None:
    """The INSERT statement that Django is putting together in this context."""
    return _insertion.get()


@contextmanager
def inserting(insertion: Numbering) -> Iterator[None]:
    """Let the fields that Django asks inside know which rows are being inserted."""
    token = _insertion.set(insertion)
    try:
        yield
    finally:
        _insertion.reset(token)
