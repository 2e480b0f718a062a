"""Numbers at the end of a transaction: their series are locked only from there to COMMIT."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router, transaction
from django.db.transaction import TransactionManagementError

from gapless_fields.due import is_due, number_row, number_rows, read_rows
from gapless_fields.provenance import remember, remember_scope

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.registry import NumberedField

    Waiting = dict[str, tuple[NumberedField, dict[Any, Model]]]

_deferrals: ContextVar[dict[str, Deferral] | None] = ContextVar("gapless_deferrals", default=None)


@contextmanager
def deferred_numbering(using: str | None = None) -> Iterator[None]:
    """Number the rows that are written inside at the end, so that writers wait for no other work.

    A number locks its series until the transaction ends. In a transaction that does more than save
    a row, this block lets that happen last::

        with transaction.atomic(), deferred_numbering():
            invoice = Invoice.objects.create(…)  # no number yet, no lock
            …                                    # lines, taxes, a slow service
        invoice.number                           # set; on_commit() callbacks see it

    Inside, the number of such a row is None. Rows whose savepoint is rolled back, and rows that are
    deleted or become drafts meanwhile, take none; drafts that are issued by ``save()`` are numbered
    at the end too. Numbers follow the order in which rows were written. An exception that leaves
    the block numbers nothing. A block inside another joins it. Also a decorator.

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
    open_ones = _deferrals.get() or {}
    if connection.alias in open_ones:
        yield
        return
    deferral = Deferral(connection)
    token = _deferrals.set({**open_ones, connection.alias: deferral})
    try:
        yield
    finally:
        _deferrals.reset(token)
    deferral.number()


def current_deferral(connection: BaseDatabaseWrapper) -> Deferral | None:
    """The outermost ``deferred_numbering()`` that is open for a database in this context."""
    open_ones = _deferrals.get()
    return open_ones.get(connection.alias) if open_ones else None


class Deferral:
    """The rows that wait for their numbers in one transaction."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self._waiting: list[tuple[NumberedField, Model, object]] = []
        self._token: tuple[tuple[str | None, ...], object] | None = None

    def check(self, fields: Sequence[NumberedField]) -> None:
        """Refuse fields whose columns take no NULL, which they would hold until the end."""
        for field in fields:
            if not field.null:
                raise ImproperlyConfigured(
                    f"{field.model._meta.label}.{field.name} needs null=True for its rows to be "
                    f"written inside deferred_numbering(), without a number until its end."
                )

    def note(self, field: NumberedField, rows: Iterable[Model]) -> None:
        """Number these rows at the end, unless the savepoint that they are written in is lost."""
        token = self._living_token()
        self._waiting += [(field, row, token) for row in rows]

    def number(self) -> None:
        """Number the rows that are still due, in the order in which they were written.

        They are read again by primary key, and judged by what they hold then: this transaction has
        written them, and so holds their locks. Series are locked in sorted order, whatever models
        share them.
        """
        alive = {id(entry[1]) for entry in self.connection.run_on_commit}
        waiting: Waiting = {}
        order: dict[tuple[str, Any], None] = {}
        for field, row, token in self._waiting:
            if id(token) in alive and row.pk is not None:
                label = f"{field.model._meta.label}.{field.name}"
                # The last one counts, where SQLite has given a key again.
                waiting.setdefault(label, (field, {}))[1][row.pk] = row
                order[label, row.pk] = None
        # A failure spoils the block: a number that was taken must not be committed without its row.
        with transaction.atomic(self.connection.alias, savepoint=False):
            found = self._number(waiting, list(order))
        for (label, key), row in found.items():
            field, rows = waiting[label]
            setattr(rows[key], field.attname, row.__dict__[field.attname])
            remember(field, rows[key], row.__dict__[field.attname])
            remember_scope(field, rows[key], row)

    def _number(
        self, waiting: Waiting, order: list[tuple[str, Any]]
    ) -> dict[tuple[str, Any], Model]:
        """Number the rows that are due; answer with those that are there, as they are now."""
        if len(order) == 1:
            ((label, key),) = order
            row = number_row(key, waiting[label][0], self.connection)
            return {} if row is None else {(label, key): row}
        found = {
            (label, key): row
            for label, (field, rows) in sorted(waiting.items())
            for key, row in read_rows(list(rows), field, self.connection, lock=False).items()
        }
        due = [
            (waiting[label][0], found[label, key])
            for label, key in order
            if (label, key) in found and is_due(waiting[label][0], found[label, key])
        ]
        number_rows(due, self.connection)
        return found

    def _living_token(self) -> object:
        """What is forgotten when the innermost open savepoint is rolled back.

        Django keeps on_commit() callbacks with the savepoints that they were registered in, and
        drops them with those; nothing public tells of a savepoint's end.
        """
        savepoints = tuple(self.connection.savepoint_ids)
        if self._token is None or self._token[0] != savepoints:

            def token() -> None:
                """Nothing is left to be done at COMMIT."""

            transaction.on_commit(token, using=self.connection.alias)
            self._token = savepoints, token
        return self._token[1]
