"""What the package stores in a database besides its table; see ``dialects.next_value``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connections
from django.db.migrations.operations.base import Operation, OperationCategory

from gapless_fields.counters.dialects import dialect_for

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

    from gapless_fields.counters.dialects import GenericDialect


def create_missing_function(using: str, **kwargs: Any) -> None:
    """Create the function if the table of the counters exists without it.

    A receiver of ``post_migrate``. Migrations may be disabled or faked, or the function may have
    been lost in a restore of tables alone.
    """
    connection = connections[using]
    dialect = dialect_for(connection)
    if not dialect.lacks_function():
        return
    try:
        with connection.cursor() as cursor:
            dialect.create_function(cursor.execute)
    except DatabaseError as error:
        if dialect.NEEDS_FUNCTION:
            raise
        stdout = kwargs.get("stdout")
        if stdout is not None and kwargs.get("verbosity"):
            stdout.write(
                f"  The function that takes numbers inside an INSERT was not created: {error}. "
                f'Saves work without it, but are slower; "manage.py check --database {using}" says '
                f"what an administrator can do.\n"
            )


@contextmanager
def _refusal_accepted(dialect: GenericDialect) -> Iterator[None]:
    """Let a migration pass if the database refuses a function that it can do without.

    ``create_missing_function()`` tries again at the end of ``migrate``, and says so.
    """
    try:
        yield
    except DatabaseError:
        if dialect.NEEDS_FUNCTION:
            raise


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
            dialect = dialect_for(schema_editor.connection)
            with _refusal_accepted(dialect):
                dialect.create_function(partial(schema_editor.execute, params=None))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if self._has_counters(app_label, schema_editor, from_state):
            dialect = dialect_for(schema_editor.connection)
            with _refusal_accepted(dialect):
                dialect.drop_function(partial(schema_editor.execute, params=None))

    def _has_counters(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> bool:
        counter = state.apps.get_model(app_label, "Counter")
        return self.allow_migrate_model(schema_editor.connection.alias, counter)

    def describe(self) -> str:
        return "Create the function that takes numbers inside an INSERT"
