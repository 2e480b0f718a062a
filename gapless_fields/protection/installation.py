"""Triggers that a database lacks, or that no longer fit the models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.apps import apps as global_apps
from django.db import DatabaseError, connections, router, transaction

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.counters.dialects.protected import Protected
from gapless_fields.counters.dialects.trigger_names import is_of
from gapless_fields.counters.dialects.triggers import REGISTER
from gapless_fields.protection.constraints import NumberProtection, has_own_tables
from gapless_fields.rows.in_series import has_column

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.counters.dialects.triggers import Trigger


def protections(using: str) -> Iterator[tuple[type[Model], NumberProtection]]:
    """Yield the constraints of all models that Django manages in a database."""
    for model in global_apps.get_models():
        options = model._meta
        if options.managed and not options.proxy and router.allow_migrate_model(using, model):
            for constraint in options.constraints:
                if isinstance(constraint, NumberProtection):
                    yield model, constraint


def is_stale(
    model: type[Model], constraint: NumberProtection, connection: BaseDatabaseWrapper
) -> bool:
    """Return whether a table has not the triggers that a constraint declares."""
    wanted = sorted(trigger.name for trigger in constraint.triggers(model, connection))
    return constraint.existing(model._meta.db_table, connection) != wanted


def renew_protection(using: str, **kwargs: Any) -> None:
    """Create the triggers that are missing, and replace those that have changed.

    A receiver of ``post_migrate``. A column may have been renamed, a scope may have changed, and
    migrations may have been faked.
    """
    connection = connections[using]
    writer = dialect_for(connection).trigger_writer()
    if writer is None or not has_own_tables(connection) or not writer.can_see_triggers():
        return
    with refusal_accepted(connection):
        wanted = register_triggers(connection)
        _renew(REGISTER, triggers_of_register(connection), wanted, connection)
    for model, constraint in protections(using):
        table = model._meta.db_table
        if all(has_column(field, connection) for field in constraint.numbered(model)):
            existing = constraint.existing(table, connection)
            _renew(table, existing, constraint.triggers(model, connection), connection)
    with connection.cursor() as cursor:
        for statement in writer.drop_orphans():
            cursor.execute(statement)


@contextmanager
def refusal_accepted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let a migration pass if MariaDB or MySQL refuses the triggers of the register.

    With a binary log, it does so for users without further rights. The model refuses changes of the
    register nevertheless, and a check says that the database does not.
    """
    try:
        yield
    except DatabaseError:
        if connection.features.can_rollback_ddl:  # the error has broken the transaction
            raise


def triggers_of_register(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the triggers that the register has."""
    writer = dialect_for(connection).trigger_writer()
    names = [] if writer is None else writer.existing(REGISTER)
    return sorted(name for name in names if is_of(REGISTER, name))


def _renew(
    table: str, existing: Sequence[str], wanted: Sequence[Trigger], connection: BaseDatabaseWrapper
) -> None:
    """Drop triggers, and create others, unless they are the same."""
    writer = dialect_for(connection).trigger_writer()
    if writer is None or sorted(existing) == sorted(trigger.name for trigger in wanted):
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in existing:
            for statement in writer.drop(name, table):
                cursor.execute(statement)
        for trigger in wanted:
            if trigger.function:
                cursor.execute(trigger.function)
            cursor.execute(f"{trigger.before} {connection.ops.quote_name(table)} {trigger.after}")


def register_triggers(connection: BaseDatabaseWrapper) -> list[Trigger]:
    """Return the triggers that the register should have."""
    writer = dialect_for(connection).trigger_writer()
    protected = Protected(
        name=REGISTER,
        table=REGISTER,
        label="The register of gapless_fields",
        column="",
        keys=(),
        key="",
        parts=(),
        kept=(),
        texts=(),
        is_issued_by_counter=False,
        is_append_only=True,
    )
    return [] if writer is None else writer.triggers(protected)
