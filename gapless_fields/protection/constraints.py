"""The constraint that a model declares: numbers that the database itself protects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.counters.dialects.trigger_names import is_of
from gapless_fields.counters.dialects.triggers import EXEMPTIONS
from gapless_fields.protection.specifications import protected_field
from gapless_fields.series.numbered_field import NumberedField

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model

    from gapless_fields.counters.dialects.triggers import Trigger


def has_own_tables(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the tables exist that the triggers look at."""
    with connection.cursor() as cursor:
        return EXEMPTIONS in connection.introspection.table_names(cursor)


class NumberProtection(BaseConstraint):
    """Lets the database refuse what would break numbers, whatever program writes to it.

    Triggers refuse to change or clear a number once it is given, to move its row to another series,
    to delete the row without a void, and to insert a number that the counter has not given::

        class Meta:
            constraints = [NumberProtection(fields=["number"], name="invoice_number_protected")]

    ``void_and_delete()`` and ``unprotected()`` are the ways around it.

    Args:
        fields: the names of the model's own numbered fields.
        name: the name of the constraint.
        **options: those of every constraint of Django.
    """

    def __init__(self, *, fields: Sequence[str], name: str, **options: Any) -> None:
        if isinstance(fields, str) or not fields:
            raise ValueError("NumberProtection.fields must be a list of names of numbered fields.")
        self.fields = tuple(fields)
        super().__init__(name=name, **options)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        _path, args, options = super().deconstruct()
        return "gapless_fields.NumberProtection", args, {**options, "fields": list(self.fields)}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NumberProtection):
            return NotImplemented
        return self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.fields))

    def __repr__(self) -> str:
        return f"<NumberProtection: fields={list(self.fields)} name={self.name!r}>"

    def numbered(self, model: type[Model]) -> Iterator[NumberedField]:
        """Yield the fields of a model that this protects, without those that a check reports."""
        for name in self.fields:
            for field in model._meta.local_fields:
                if field.name == name and isinstance(field, NumberedField):
                    yield field

    def triggers(self, model: type[Model], connection: BaseDatabaseWrapper) -> list[Trigger]:
        """Return the triggers that a table should have."""
        writer = dialect_for(connection).trigger_writer()
        if writer is None:
            return []
        return [
            trigger
            for field in self.numbered(model)
            for trigger in writer.triggers(protected_field(self.name, field, writer, connection))
        ]

    def existing(self, table: str, connection: BaseDatabaseWrapper) -> list[str]:
        """Return the names of this constraint's triggers that a table has."""
        writer = dialect_for(connection).trigger_writer()
        names = [] if writer is None else writer.existing(table)
        return sorted(name for name in names if is_of(self.name, name))

    # What migrations call

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        """Create the triggers once the table exists under its own name.

        If the tables that they look at do not exist yet, ``renew_protection()`` creates the
        triggers at the end of ``migrate``: SQLite could not rename a table meanwhile.
        """
        quote, connection = schema_editor.quote_name, schema_editor.connection
        if not schema_editor.collect_sql and not has_own_tables(connection):
            return
        for trigger in self.triggers(model, connection):
            if trigger.function:
                schema_editor.deferred_sql.append(Statement("%(sql)s", sql=trigger.function))
            schema_editor.deferred_sql.append(
                Statement(
                    "%(before)s %(table)s %(after)s",
                    before=trigger.before,
                    table=Table(model._meta.db_table, quote),
                    after=trigger.after,
                )
            )

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        """Create the triggers."""
        return self.constraint_sql(model, schema_editor)

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        """Drop the triggers."""
        connection = schema_editor.connection
        writer = dialect_for(connection).trigger_writer()
        table = model._meta.db_table
        names = self.existing(table, connection)
        names = names or [trigger.name for trigger in self.triggers(model, connection)]
        for name in names if writer is not None else ():
            for statement in writer.drop(name, table):  # type: ignore[union-attr]
                schema_editor.execute(statement, params=None)

    def validate(
        self, model: Any, instance: Any, exclude: Any = None, using: str = DEFAULT_DB_ALIAS
    ) -> None:
        """Accept the instance: ``full_clean()`` of a numbered model finds what is refused."""
