"""Numbers at the end of a transaction: their series are locked only from there to COMMIT."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router, transaction
from django.db.transaction import TransactionManagementError

from gapless_fields.due import number_due
from gapless_fields.provenance import remember, remember_scope
from gapless_fields.registry import label_of
from gapless_fields.rows import is_expression, key_of

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.registry import NumberedField

    Insert = Callable[[Sequence[Any]], list[Any]]


@contextmanager
def deferred_numbering(using: str | None = None) -> Iterator[None]:
    """Number the rows that are written inside at the end, so that writers wait for no other work.

    A number locks its series until the transaction ends. In a transaction that does more than save
    a row, this block lets that happen last::

        with transaction.atomic(), deferred_numbering():
            invoice = Invoice.objects.create(…)  # no number yet, no lock
            …                                    # lines, taxes, a slow service
        invoice.number                           # set; on_commit() callbacks see it

    Inside, the number of such a row is None. At the end the rows are read again: those that are
    there, are due and have no number get theirs, in the order in which they were written. So rows
    that were rolled back to a savepoint, that were deleted or became drafts take none; drafts that
    were issued by ``save()`` are numbered too.

    It concerns the rows that are written through its connection: other threads and other databases
    number theirs at once. A block inside another joins it. Also a decorator.

    An exception that leaves the block marks the transaction, or its innermost savepoint, to be
    rolled back, as a failed query does: rows without numbers must not be committed.

    Must be called inside ``transaction.atomic()``, whose end it should share: under an outer one
    (``ATOMIC_REQUESTS``) the series stay locked until that commits.

    Args:
        using: the alias of the database; None: the one that the routers choose for the counters.

    Raises:
        TransactionManagementError: no ``atomic()`` block is open.
        ImproperlyConfigured: a row is written whose numbered field is not ``null=True``.
    """
    # Models cannot be imported before their application is.
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
        deferral.number()
    except BaseException:
        if deferral.is_open() and deferral.waiting and connection.in_atomic_block:
            connection.set_rollback(True)
            deferral.waiting = {}
        raise
    finally:
        if not deferral.waiting:
            deferral.end()


def current_deferral(connection: BaseDatabaseWrapper) -> Deferral | None:
    """The ``deferred_numbering()`` that is open on a connection."""
    deferral: Deferral | None = getattr(connection, "gapless_deferral", None)
    return deferral if deferral is not None and deferral.is_open() else None


class Deferral:
    """The rows of one transaction that wait for their numbers.

    It belongs to its connection and to the ``atomic()`` block that was the innermost when it began.
    """

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.session = connection.connection
        self.block = connection.atomic_blocks[-1]
        self.waiting: dict[tuple[NumberedField, Any], list[Model]] = {}
        """In the order of writing: a field, the key of a row, and the instances that hold it."""
        left: Deferral | None = getattr(connection, "gapless_deferral", None)
        if left is not None and left.session is self.session:
            # Its end was not reached, but that of its block, which is a part of this transaction.
            self.waiting = left.waiting
        connection.gapless_deferral = self  # type: ignore[attr-defined]
        connection.commit = self._commit  # type: ignore[method-assign]
        connection.rollback = self._rollback  # type: ignore[method-assign]

    def is_open(self) -> bool:
        """Whether rows that are saved now are numbered at the end."""
        return any(block is self.block for block in self.connection.atomic_blocks)

    def check(self, fields: Sequence[NumberedField]) -> None:
        """Refuse fields whose columns take no NULL, which they would hold until the end."""
        for field in fields:
            if not field.null:
                raise ImproperlyConfigured(
                    f"{label_of(field)} needs null=True for its rows to be "
                    f"written inside deferred_numbering(), without a number until its end."
                )

    def note(self, field: NumberedField, key: Any, instance: Model | None, *, new: bool) -> None:
        """Number a row at the end.

        Args:
            field: the numbered field.
            key: the row's primary key, as the database answers with it.
            instance: what holds the row in memory, to be told its number.
            new: whether the row has become due just now. (A row of that key that was noted before
                is not there any more: rolled back to a savepoint, or deleted.)
        """
        if new:
            self.waiting.pop((field, key), None)
        instances = self.waiting.setdefault((field, key), [])
        if instance is not None and not any(instance is known for known in instances):
            instances.append(instance)

    def number(self) -> None:
        """Number the rows that are due, and tell the instances that still hold them."""
        if not self.waiting:
            return
        # A failure spoils the block: a number that was taken must not be committed without its row.
        with transaction.atomic(self.connection.alias, savepoint=False):
            found, _count = number_due(list(self.waiting), self.connection)
        for (field, key), row in found.items():
            for instance in self.waiting[field, key]:
                if key_of(instance, field.model) == key:
                    setattr(instance, field.attname, row.__dict__[field.attname])
                    remember(field, instance, row.__dict__[field.attname])
                    remember_scope(field, instance, row)
        self.waiting = {}

    def end(self) -> None:
        """Number rows at once again."""
        if getattr(self.connection, "gapless_deferral", None) is self:
            del self.connection.gapless_deferral
            del self.connection.commit
            del self.connection.rollback

    def _commit(self) -> None:
        """Refuse the COMMIT of rows without numbers, where the block's end was never reached."""
        if self.waiting and self.session is self.connection.connection:
            raise TransactionManagementError(
                "A deferred_numbering() block was not left before its transaction ended, so its "
                'rows have no numbers and cannot be committed. Use it as "with transaction.atomic()'
                ', deferred_numbering():".'
            )
        self.end()
        self.connection.commit()

    def _rollback(self) -> None:
        self.end()
        self.connection.rollback()


def insert_later(
    insert: Insert,
    rows: Sequence[Model],
    returning: Sequence[Any],
    due: dict[NumberedField, list[int]],
    deferral: Deferral,
) -> list[Any]:
    """Insert rows that are numbered at the end of the transaction, and note their keys.

    The database tells the keys where it can: the instances may be given as text, or repeat.
    """
    model = next(iter(due)).model
    features = deferral.connection.features
    if features.can_return_columns_from_insert and (
        len(rows) == 1 or features.can_return_rows_from_bulk_insert
    ):
        parts = model._meta.pk_fields
        answers = insert([*returning, *parts])
        keys = [answer[len(returning) :] for answer in answers]
        keys = [key if len(parts) > 1 else key[0] for key in keys]
        answers = [answer[: len(returning)] for answer in answers] if returning else []
    else:
        answers = insert(returning)
        if returning and not _has_key(rows[0]):
            ((key,),) = answers  # MySQL tells the key of a single row
            keys = [key]
        else:
            keys = [key_of(row, model) for row in rows]
    for field, positions in due.items():
        for position in positions:
            deferral.note(field, keys[position], rows[position], new=True)
    return answers


def keys_are_told(
    rows: Sequence[Model], returning: Sequence[Any] | None, connection: BaseDatabaseWrapper
) -> bool:
    """Whether the keys of rows that are inserted are known afterwards."""
    features = connection.features
    if len(rows) == 1 and (returning or features.can_return_columns_from_insert):
        return True
    return features.can_return_rows_from_bulk_insert or all(map(_has_key, rows))


def _has_key(row: Model) -> bool:
    key = row.pk if isinstance(row.pk, tuple) else (row.pk,)
    return not any(part is None or is_expression(part) for part in key)
