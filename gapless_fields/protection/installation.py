"""Triggers that a database lacks, or that no longer fit the models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps as global_apps
from django.db import connections, router, transaction

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.protection.constraints import NumberProtection, has_own_tables
from gapless_fields.rows.in_series import has_column

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model


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
    if writer is None or not has_own_tables(connection):
        return
    for model, constraint in protections(using):
        table = model._meta.db_table
        fields = list(constraint.numbered(model))
        if not all(has_column(field, connection) for field in fields):
            continue  # not migrated yet
        if not is_stale(model, constraint, connection):
            continue
        with transaction.atomic(using=using), connection.cursor() as cursor:
            for name in constraint.existing(table, connection):
                for statement in writer.drop(name, table):
                    cursor.execute(statement)
            for trigger in constraint.triggers(model, connection):
                if trigger.function:
                    cursor.execute(trigger.function)
                quoted = connection.ops.quote_name(table)
                cursor.execute(f"{trigger.before} {quoted} {trigger.after}")
    with connection.cursor() as cursor:
        for statement in writer.drop_orphans():
            cursor.execute(statement)
