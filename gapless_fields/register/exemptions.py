"""Lawful exceptions from protection: for one block, with a reason, in the register."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, router, transaction
from django.db.transaction import TransactionManagementError

from gapless_fields.register.voids import check_reason


@contextmanager
def unprotected(reason: str, *, by: str = "", using: str | None = None) -> Iterator[None]:
    """Let the block do what ``NumberProtection`` refuses, and write that into the register.

    It must be called inside ``transaction.atomic()``. What the block does is of that transaction:
    other transactions are not exempt meanwhile. An exception that leaves the block takes back what
    the block has done. A block inside another joins it, with an entry of its own::

        with transaction.atomic(), unprotected("test data of the training", by="Ada"):
            Invoice.objects.filter(customer=training).delete()

    What is changed may leave gaps, which ``manage.py audit_sequences`` finds. Void the numbers, or
    use ``void_and_delete()``, which needs no exemption.

    Args:
        reason: why.
        by: who, such as a user's name.
        using: the alias of the database; None: the one that the routers choose for the counters.

    Raises:
        TransactionManagementError: no ``atomic()`` block is open.
        ValueError: the reason is empty.
    """
    # Models cannot be imported before their application is loaded.
    from gapless_fields.models import Counter, Exemption, RegisterEntry

    check_reason(reason)
    alias = using or router.db_for_write(Counter)
    if not connections[alias].in_atomic_block:
        raise TransactionManagementError(
            "unprotected() must be used inside transaction.atomic(): the exemption ends with its "
            "block, and is written to the register with what it was for."
        )
    with transaction.atomic(using=alias):
        RegisterEntry._base_manager.using(alias).create(
            kind=RegisterEntry.Kind.EXEMPTION, reason=reason, by=by
        )
        exemption = Exemption._base_manager.using(alias).create()
        yield
        exemption.delete(using=alias)
