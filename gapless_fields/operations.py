"""Migration operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import router
from django.db.migrations.operations.base import Operation, OperationCategory

from gapless_fields.moving.imports import import_sequences, patterns_of
from gapless_fields.moving.sources import SOURCES, find_table
from gapless_fields.rows.reading import all_rows
from gapless_fields.series.registry import numbered_fields
from gapless_fields.writing.backfill import assign_numbers, numbered_field
from gapless_fields.writing.missing_texts import BATCH_SIZE
from gapless_fields.writing.syncing import sync_field

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class _Operation(Operation):
    """An operation on rows and counters, which nothing needs to be reversed."""

    category = OperationCategory.PYTHON
    reduces_to_sql = False
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        pass


class AssignNumbers(_Operation):
    """Number the rows that exist when the migration runs; see ``assign_numbers()``.

    The migration must depend on the last migration of ``gapless_fields``. It must come after the
    migration that adds the field (with ``null=True``). If some rows carry numbers already, the
    counters are moved past them first. Reversing it does nothing: the rows keep their numbers until
    the field is removed.

    Args:
        model_name: the model, as other operations name it.
        field_name: the numbered field. None means the only one.
        order_by: the order in which rows are numbered, as for ``QuerySet.order_by()``. None means
            the order of the primary key.
        batch_size: how many rows to lock and number at a time.
    """

    def __init__(
        self,
        model_name: str,
        field_name: str | None = None,
        *,
        order_by: str | Sequence[str] | None = None,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.model_name = model_name
        self.field_name = field_name
        self.order_by = order_by
        self.batch_size = batch_size

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        options: dict[str, Any] = {"model_name": self.model_name}
        if self.field_name is not None:
            options["field_name"] = self.field_name
        if self.order_by is not None:
            options["order_by"] = self.order_by
        if self.batch_size != BATCH_SIZE:
            options["batch_size"] = self.batch_size
        return type(self).__name__, [], options

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        alias = schema_editor.connection.alias
        if self.allow_migrate_model(alias, model):
            sync_field(numbered_field(model, self.field_name), schema_editor.connection)
            assign_numbers(
                all_rows(model, alias),
                self.field_name,
                order_by=self.order_by,
                batch_size=self.batch_size,
            )

    def describe(self) -> str:
        return f"Number the rows of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"number_{self.model_name.lower()}"


class SyncSequences(_Operation):
    """Move the counters of a model's numbers forward to the highest numbers that rows carry.

    It does for one model what ``manage.py sync_sequences`` does, with the models of the migration.
    Use it in the migration that makes a column of numbers a ``GaplessSequenceField``, after that
    operation. The migration must depend on the last migration of ``gapless_fields``. It does
    nothing to a series that no row carries a number of, and never moves a counter back. Reversing
    it does nothing.

    Args:
        model_name: the model, as other operations name it.
        field_name: the numbered field. None means all of the model's.
    """

    def __init__(self, model_name: str, field_name: str | None = None) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        options = {"model_name": self.model_name}
        if self.field_name is not None:
            options["field_name"] = self.field_name
        return type(self).__name__, [], options

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        fields = [numbered_field(model, self.field_name)] if self.field_name else None
        for field in numbered_fields(model) if fields is None else fields:
            sync_field(field, schema_editor.connection)

    def describe(self) -> str:
        return f"Move the counters of {self.model_name} to its numbers"

    @property
    def migration_name_fragment(self) -> str:
        return f"sync_{self.model_name.lower()}"


class ImportSequences(_Operation):
    """Move sequences forward to where the table of another package has them.

    It does the same as ``manage.py import_sequences``, with the models of the migration, and in its
    transaction. The migration must depend on ``("gapless_fields", "0002_register")``, and come
    after the migrations that add the fields which it names. Reversing it does nothing.

    A database without the table, such as that of the tests, has nothing to import.

    Args:
        source: the application of the other package: ``"sequences"`` (django-sequences) or
            ``"django_seq"`` (django-seq). It need not be installed.
        mapping: which names become series of a field with a scope, such as
            ``{"invoices-{company}": "billing.Invoice.number"}``. Each part of the scope has a
            placeholder: the name of the column, ``{issued_on__year}`` for a part of a date, and
            ``{fiscal}`` for a ``FiscalYear``. Any other name becomes the sequence of that name.
        close: whether to rename the old table first, to its name with ``_closed``. Processes that
            still take numbers from it then get an error instead of a number that is given again.
    """

    def __init__(
        self, source: str, mapping: Mapping[str, str] | None = None, *, close: bool = False
    ) -> None:
        if source not in SOURCES:
            raise ValueError(f'source must be one of {", ".join(SOURCES)}, not "{source}"')
        self.source = source
        self.mapping = dict(mapping or {})
        self.close = close

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        options: dict[str, Any] = {"source": self.source}
        if self.mapping:
            options["mapping"] = self.mapping
        if self.close:
            options["close"] = True
        return type(self).__name__, [], options

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        connection = schema_editor.connection
        source = SOURCES[self.source]
        # As for the counters' table, which the old table is beside.
        if not router.allow_migrate(connection.alias, "gapless_fields", model_name="counter"):
            return
        patterns = patterns_of(self.mapping.items(), to_state.apps)
        if find_table(source, connection) is not None:
            import_sequences(source, patterns, connection, apps=to_state.apps, closing=self.close)

    def describe(self) -> str:
        return f"Move over the sequences of {self.source}"

    @property
    def migration_name_fragment(self) -> str:
        return f"import_{self.source}"
