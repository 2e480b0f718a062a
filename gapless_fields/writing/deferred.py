"""Take numbers at the end of a transaction, to lock their series only from there to COMMIT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router, transaction
from django.db.transaction import TransactionManagementError

from gapless_fields.django_internals.transactions import (
    hook_transaction,
    open_blocks,
    savepoint_number,
    savepoints_made,
    unhook_transaction,
)
from gapless_fields.rows.memory import in_memory, tell
from gapless_fields.rows.reading import key_of
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.writing.saved_rows import announce, number_due

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField

    Entry = tuple[NumberedField, Any]


@contextmanager
def deferred_numbering(using: str | None = None) -> Iterator[None]:
    """Number the rows that are written inside the block at its end, so that writers wait less.

    A number locks its series until the transaction ends. In a transaction that does more than save
    a row, this block takes the numbers last::

        with transaction.atomic(), deferred_numbering():
            invoice = Invoice.objects.create(…)  # no number yet, no lock
            …                                    # lines, taxes, a slow service
        invoice.number                           # set; on_commit() callbacks see it

    Inside the block, the number of such a row is None. At the end, the rows are read again. Those
    that exist, are due and have no number are numbered in the order in which they were written.
    Rows that were rolled back to a savepoint, were deleted or became drafts take no number. Drafts
    that were issued by ``save()`` are numbered too.

    The block affects the rows that are written through its connection. Other threads and other
    databases number their rows at once. A block inside another joins it. It can also be used as a
    decorator.

    An exception that leaves the block marks the transaction, or its innermost savepoint, for
    rollback, as a failed query does, because rows without numbers must not be committed.

    It must be called inside ``transaction.atomic()``, and should end with it. Inside an outer one
    (``ATOMIC_REQUESTS``), the series stay locked until the outer one commits.

    Args:
        using: the alias of the database; None: the one that the routers choose for the counters.

    Raises:
        TransactionManagementError: no ``atomic()`` block is open.
        ImproperlyConfigured: a row is written whose numbered field is not ``null=True``.
    """
    # Models cannot be imported before their application is loaded.
    from gapless_fields.models import Counter

    connection = connections[using or router.db_for_write(Counter)]
    if not connection.in_atomic_block:
        raise TransactionManagementError(
            "deferred_numbering() must be used inside transaction.atomic(): rows and their numbers "
            "are committed together."
        )
    if current_deferral(connection) is not None:
        yield
        return
    deferral = Deferral(connection)
    try:
        yield
        deferral.end()
    except BaseException:
        deferral.fail()
        raise


def current_deferral(connection: BaseDatabaseWrapper) -> Deferral | None:
    """Return the ``deferred_numbering()`` block that is open on a connection."""
    deferral: Deferral | None = getattr(connection, "gapless_deferral", None)
    return deferral if deferral is not None and deferral.is_open() else None


class Deferral:
    """The rows of one transaction that wait for their numbers.

    It belongs to its connection and to the ``atomic()`` block that was the innermost when it began.
    It is kept until the transaction ends, because a savepoint of the project may still take numbers
    back and leave their rows.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.session = connection.connection
        self.block = open_blocks(connection)[-1]
        self.waiting: dict[Entry, list[Holder]] = {}
        """In the order of writing: a field, the key of a row, and the instances that hold it."""
        self.numbered: dict[Entry, list[Holder]] = {}
        """The rows that have been numbered at the end of a block."""
        self.ended = False
        self.savepoints = 0
        """How many savepoints the connection had made when the last block ended."""
        left: Deferral | None = getattr(connection, "gapless_deferral", None)
        if left is not None and left.session is self.session:
            # A block of this transaction that has ended, or whose end was not reached.
            self.waiting, self.numbered = left.waiting, left.numbered
            self.savepoints = left.savepoints
        connection.gapless_deferral = self  # type: ignore[attr-defined]
        hook_transaction(
            connection,
            commit=self._commit,
            rollback=self._rollback,
            savepoint_rollback=self._savepoint_rollback,
        )

    def is_open(self) -> bool:
        """Return whether rows that are saved now are numbered at the end."""
        return not self.ended and any(block is self.block for block in open_blocks(self.connection))

    def check(self, fields: Sequence[NumberedField]) -> None:
        """Refuse fields whose columns do not allow NULL, which they would hold until the end."""
        for field in fields:
            for column in (field, *texts_of(field)):
                if not column.null:
                    raise ImproperlyConfigured(
                        f"{column} needs null=True for its rows to be "
                        f"written inside deferred_numbering(), without a number until its end."
                    )

    def note(self, field: NumberedField, key: Any, instance: Model | None, *, new: bool) -> None:
        """Register a row to be numbered at the end.

        Args:
            field: the numbered field.
            key: the row's primary key, as the database returns it.
            instance: the instance that holds the row in memory, and will get the number.
            new: whether the row has just become due. (If so, a row with that key that was noted
                before no longer exists: it was rolled back to a savepoint, or deleted.)
        """
        if new:
            self.waiting.pop((field, key), None)
            self.numbered.pop((field, key), None)
        holders = self.waiting.setdefault((field, key), [])
        if instance is not None and not any(instance is holder.instance for holder in holders):
            holders.append(Holder(instance, raw_key(instance, field.model)))

    def number(self) -> None:
        """Number the rows that are due, and set the numbers on instances that still hold them."""
        if not self.waiting:
            return
        # A failure breaks the block: a taken number must not be committed without its row.
        with transaction.atomic(self.connection.alias, savepoint=False):
            found, numbered = number_due(list(self.waiting), self.connection)
        for (field, key), row in found.items():
            for holder in self.waiting[field, key]:
                if holder.holds(key, field.model):
                    tell(field, holder.instance, row)
        announce(found, numbered, self.connection)

    def end(self) -> None:
        """Number the rows. Rows that are saved later are again numbered at once."""
        if self.waiting and self._innermost() is not self.block:
            raise TransactionManagementError(
                "deferred_numbering() must be left in the transaction.atomic() block that it was "
                "opened in, or its numbers and its rows would not be rolled back together."
            )
        self._finish()

    def fail(self) -> None:
        """Mark the block for rollback, because its rows have no numbers."""
        if self.waiting and self.is_open() and self._innermost() is self.block:
            self.connection.set_rollback(True)
            self.waiting = {}
        self.ended = True

    def _finish(self) -> None:
        self.number()
        self.numbered |= self.waiting
        self.waiting = {}
        self.ended = True
        self.savepoints = savepoints_made(self.connection)

    def _innermost(self) -> Any:
        """Return the innermost open ``atomic()`` block, or None if none is open."""
        blocks = open_blocks(self.connection)
        return blocks[-1] if blocks else None

    def _commit(self) -> None:
        """Refuse to COMMIT rows without numbers if the end of the block was never reached."""
        if self.waiting and self.session is self.connection.connection:
            raise TransactionManagementError(
                "A deferred_numbering() block was not left before its transaction ended, so its "
                'rows have no numbers and cannot be committed. Use it as "with transaction.atomic()'
                ', deferred_numbering():".'
            )
        self._forget()
        self.connection.commit()

    def _rollback(self) -> None:
        self._forget()
        self.connection.rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        """Number rows again if a savepoint has taken back their numbers, but not the rows."""
        type(self.connection).savepoint_rollback(self.connection, sid)
        # A savepoint that was made later takes nothing back.
        if self.numbered and savepoint_number(sid) <= self.savepoints:
            self.waiting = {**self.numbered, **self.waiting}
            self.numbered = {}
            if self.ended:
                self._finish()

    def _forget(self) -> None:
        """Restore the connection to its original state."""
        del self.connection.gapless_deferral  # type: ignore[attr-defined]
        unhook_transaction(self.connection)


class Holder(NamedTuple):
    """An instance that holds a row waiting for its number."""

    instance: Model
    raw_key: Any
    """The key as it was set when the row was written; None: the database generated it."""

    def holds(self, key: Any, model: type[Model]) -> bool:
        """Return whether the instance still holds the row with this key."""
        now = raw_key(self.instance, model)
        if now is None:
            return False
        return self.raw_key == now or bool(key_of(self.instance, model) == key)


def raw_key(row: Model, model: type[Model]) -> tuple[Any, ...] | None:
    """Return the primary key of an instance as it was set (possibly as text), None if unset."""
    parts = tuple(in_memory(row, part.attname) for part in model._meta.pk_fields)
    return None if None in parts else parts
