"""Numbers without a model field: the class of a sequence."""

from __future__ import annotations

import collections.abc as cabc
from typing import TYPE_CHECKING, Any, Self

from django.db import connections, router

from gapless_fields.counters import writer
from gapless_fields.counters.transactions import transaction_for
from gapless_fields.register.voids import Numbers, as_ranges, check_reason, void
from gapless_fields.series.columns import canonical
from gapless_fields.series.registry import fields_of_sequence
from gapless_fields.series.series import Series
from gapless_fields.writing.first_use import refuse_if_numbered, take
from gapless_fields.writing.outside_atomic import warn_outside_atomic
from gapless_fields.writing.project_lines import warn_project

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["Sequence"]


class Sequence:
    """A sequence of integers without gaps, which is also an endless iterator.

    Args:
        sequence_name: the name. Names that differ in any way are different sequences.
        initial_value: the first number, from 0 to 2**63 - 1. It does not affect an existing
            sequence.
        reset_value: the number at which the sequence starts again at ``initial_value``, instead of
            giving it. None means never.
        scope: the values that distinguish this series from the sequence's others, such as
            ``(company.pk, 2026)``. If a field shares the sequence, they are in the order of the
            field's ``scope``.
        using: the alias of the database; None: the one that the routers choose.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: the name is empty or too long, ``initial_value`` is out of range, or
            ``reset_value`` is not greater than ``initial_value``.
    """

    def __init__(
        self,
        sequence_name: str = "default",
        initial_value: int = 1,
        reset_value: int | None = None,
        *,
        scope: cabc.Iterable[Any] = (),
        using: str | None = None,
    ) -> None:
        if isinstance(scope, str):
            raise TypeError(f"scope must be a list or tuple of values, not {scope!r}")
        texts = tuple(map(canonical, scope))
        self._series = Series(sequence_name, initial_value, reset_value, texts)
        self.using = using

    @property
    def sequence_name(self) -> str:
        return self._series.name

    @property
    def initial_value(self) -> int:
        return self._series.initial_value

    @property
    def reset_value(self) -> int | None:
        return self._series.reset_value

    @property
    def scope(self) -> tuple[str | None, ...]:
        """The values of the scope, each as text."""
        return self._series.scope

    def __repr__(self) -> str:
        options = (
            *(("initial_value", self.initial_value, 1), ("reset_value", self.reset_value, None)),
            *(("scope", self.scope, ()), ("using", self.using, None)),
        )
        changed = [f"{name}={value!r}" for name, value, default in options if value != default]
        return f"Sequence({', '.join([repr(self.sequence_name), *changed])})"

    def get_last_value(self) -> int | None:
        """Return the last number given, or None if the sequence is unused.

        Takes no lock: another transaction may give the next number at any moment.
        """
        return writer.peek(self._series, self._connection(for_write=False))

    def get_next_value(self, *, nowait: bool = False) -> int:
        """Give the next number, and lock the sequence until the transaction ends.

        Call it inside ``transaction.atomic()``, together with the work that the number is for. If
        that work fails, the number is then given back. Outside, it is given for good.

        If a field numbers its rows from the sequence, and its scope has more or fewer values than
        the one given, the rows belong to other series. A ``RuntimeWarning`` is issued in that case.

        Args:
            nowait: raise ``SequenceLocked`` instead of waiting for another transaction that has
                taken a number and has not ended. This includes the first use of the sequence.

        Raises:
            SequenceLocked: see ``nowait``; or the database's own lock timeout has expired.
            SequenceExhausted: the next number would be greater than 2**63 - 1.
            SequenceNotSynced: this is the sequence's first use, and rows of a model that shares
                it already carry numbers.
        """
        return self._take(1, nowait, "get_next_value()")[0]

    def get_next_values(self, batch_size: int, *, nowait: bool = False) -> cabc.Sequence[int]:
        """Give the next ``batch_size`` numbers; otherwise like ``get_next_value()``.

        If ``batch_size`` is 0, no number is given, and nothing is locked or written.

        Returns:
            A range. With a ``reset_value``, a list of what as many calls of ``get_next_value()``
            would have returned: it starts again where the sequence does.

        Raises:
            ValueError: ``batch_size`` is negative.
        """
        if batch_size < 0:
            raise ValueError(f"batch_size must not be negative: {batch_size}")
        if batch_size == 0:
            return range(0) if self.reset_value is None else []
        return self._take(batch_size, nowait, "get_next_values()")

    def advance_to(self, value: int) -> bool:
        """Move the sequence forward, never back, as if ``value`` had been given.

        If the sequence was behind, its next number is ``max(initial_value, value + 1)``. It stays
        locked until the transaction ends.

        Args:
            value: from 0 to 2**63 - 1, and less than ``reset_value`` if there is one.

        Returns:
            Whether the sequence was moved.

        Raises:
            ValueError: ``value`` is out of range.
            SequenceLocked: the database's lock timeout has expired.
            SequenceNotSynced: the sequence is unused, and rows of a model that shares it already
                carry the numbers that it would give next.
        """
        if not 0 <= value <= self._series.max_value:
            raise ValueError(f"value must be between 0 and {self._series.max_value}, not {value}")
        connection = self._connection()
        with transaction_for(self._series, connection):
            last = writer.lock(self._series, connection)
            if last is None:
                following = max(self.initial_value, value + 1)
                refuse_if_numbered(self._series, following, connection)
                if value < self.initial_value:
                    writer.drop(self._series, connection)
                    return False
            elif last >= value:
                return False
            writer.store(self._series, value, connection)
            return True

    def void(self, numbers: Numbers, *, reason: str, by: str = "") -> None:
        """Write into the register that numbers are void: given, and carried by no row.

        ``manage.py audit_sequences`` lists them with the reason, not as missing. They are never
        given again. The sequence stays locked until the transaction ends, the caller's or one of
        its own. To delete a row with its number, use ``void_and_delete()``.

        Args:
            numbers: a number, a range, or several of both.
            reason: why they are void.
            by: who voids them, such as a user's name.

        Raises:
            NotVoidable: a row carries one of the numbers, the sequence has not given it, or it is
                void already. Nothing is voided then.
            SequenceLocked: the database's lock timeout has expired.
            TypeError: a number is not an integer.
            ValueError: there is no number or no reason, or the sequence starts again.
        """
        check_reason(reason)
        ranges = as_ranges(numbers)
        connection = self._connection()
        with transaction_for(self._series, connection):
            void(self._series, ranges, connection, reason=reason, by=by)

    def delete(self) -> bool:
        """Delete the sequence, so that its next use is its first. Return whether there was one."""
        connection = self._connection()
        with transaction_for(self._series, connection):
            return writer.drop(self._series, connection)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> int:
        return self._take(1, False, "next()")[0]

    def _take(self, count: int, nowait: bool, what: str) -> cabc.Sequence[int]:
        connection = self._connection()
        warn_outside_atomic(connection, f"{what} of the sequence", self._series)
        self._warn_of_another_series(what, connection)
        with transaction_for(self._series, connection, nowait=nowait) as dialect:
            return take(self._series, count, connection, dialect=dialect)

    def _warn_of_another_series(self, what: str, connection: BaseDatabaseWrapper) -> None:
        """Warn if fields share the sequence, but none of their rows can be in this series."""
        fields = [
            field
            for field in fields_of_sequence(self.sequence_name)
            if router.allow_migrate_model(connection.alias, field.model)
        ]
        if not fields or any(len(field.scope) == len(self.scope) for field in fields):
            return
        model, name = fields[0].model._meta, fields[0].name
        parts = [part if isinstance(part, str) else type(part).__name__ for part in fields[0].scope]
        scope = f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        warn_project(
            f"{what} of the sequence {self._series} uses another series than the rows of "
            f"{model.label}.{name}, whose scope is {scope}: use {model.object_name}._meta."
            f'get_field("{name}").sequence_for(row), or give scope={scope}.',
            RuntimeWarning,
        )

    def _connection(self, *, for_write: bool = True) -> BaseDatabaseWrapper:
        from gapless_fields.models import Counter  # not before its application

        route = router.db_for_write if for_write else router.db_for_read
        return connections[self.using or route(Counter)]
