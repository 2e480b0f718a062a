"""Django empties tables between tests, and for ``manage.py flush``: triggers let it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations

from gapless_fields.counters.dialects.triggers import EXEMPTIONS
from gapless_fields.django_internals.methods import wrap_once


def let_flush_pass() -> None:
    """Exempt the statements that empty all tables, once for every database."""
    wrap_once(BaseDatabaseOperations, "execute_sql_flush", _exempt)


def _exempt(execute_sql_flush: Callable[..., None]) -> Callable[..., None]:
    @wraps(execute_sql_flush)
    def exempt_sql_flush(self: Any, sql_list: Sequence[str]) -> None:
        from gapless_fields.models import Exemption

        statements = [str(sql) for sql in sql_list]
        last = [sql for sql in statements if EXEMPTIONS in sql]
        if not last:  # the table does not exist there
            execute_sql_flush(self, statements)
            return
        alias = self.connection.alias
        with transaction.atomic(using=alias):
            # Negative, as the triggers of the register need it, and of this transaction alone.
            Exemption._base_manager.using(alias).create(pk=-1 - secrets.randbelow(2**31))
            others = [sql for sql in statements if EXEMPTIONS not in sql]
            execute_sql_flush(self, [*others, *last] if len(last) < len(statements) else last)

    return exempt_sql_flush
