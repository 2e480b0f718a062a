"""Migration operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation, OperationCategory

from gapless_fields.rows.reading import all_rows
from gapless_fields.writing.backfill import BATCH_SIZE, assign_numbers

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class AssignNumbers(Operation):
    """Number the rows that exist when the migration runs; see ``assign_numbers()``.

    The migration must depend on ``("gapless_fields", "0001_initial")``, which creates the counters'
    table. It must come after the migration that adds the field (with ``null=True``). Reversing it
    does nothing: the rows keep their numbers until the field is removed.

    Args:
        model_name: the model, as other operations name it.
        field_name: the numbered field. None means the only one.
        order_by: the order in which rows are numbered, as for ``QuerySet.order_by()``. None means
            the order of the primary key.
        batch_size: how many rows to lock and number at a time.
    """

    category = OperationCategory.PYTHON
    reduces_to_sql = False
    reversible = True

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

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

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
            assign_numbers(
                all_rows(model, alias),
                self.field_name,
                order_by=self.order_by,
                batch_size=self.batch_size,
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        pass

    def describe(self) -> str:
        return f"Number the rows of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"number_{self.model_name.lower()}"
