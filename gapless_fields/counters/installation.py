"""What the package stores in a database besides its table; see ``dialects.next_value``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.migrations.operations.base import Operation, OperationCategory

from gapless_fields.counters.dialects import dialect_for

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


def create_missing_function(using: str, **kwargs: Any) -> None:
    """Create the function if the table of the counters exists without it.

    A receiver of ``post_migrate``. Migrations may be disabled or faked, or the function may have
    been lost in a restore of tables alone.
    """
    connection = connections[using]
    dialect = dialect_for(connection)
    if dialect.lacks_function():
        with connection.cursor() as cursor:
            dialect.create_function(cursor.execute)


class CreateFunction(Operation):
    """Create the SQL function that takes numbers, on databases that have one."""

    category = OperationCategory.ADDITION
    reduces_to_sql = True
    reversible = True

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return type(self).__name__, [], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self._has_counters(app_label, schema_editor, to_state):
            dialect_for(schema_editor.connection).create_function(
                partial(schema_editor.execute, params=None)
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self._has_counters(app_label, schema_editor, from_state):
            dialect_for(schema_editor.connection).drop_function(
                partial(schema_editor.execute, params=None)
            )

    def _has_counters(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> bool:
        counter = state.apps.get_model(app_label, "Counter")
        return self.allow_migrate_model(schema_editor.connection.alias, counter)

    def describe(self) -> str:
        return "Create the function that takes numbers inside an INSERT"
