"""The register itself is append-only, by triggers of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.migrations.operations.base import Operation, OperationCategory

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.counters.dialects.triggers import REGISTER
from gapless_fields.protection.installation import protections, refusal_accepted, register_triggers

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class ProtectRegister(Operation):
    """Let the database refuse changes of the register.

    Reversed, also drop the triggers of all ``NumberProtection``s, because the tables that they look
    at are dropped next.
    """

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
        connection = schema_editor.connection
        entry = to_state.apps.get_model(app_label, "RegisterEntry")
        if not self.allow_migrate_model(connection.alias, entry):
            return
        execute = partial(schema_editor.execute, params=None)
        with refusal_accepted(connection):
            for trigger in register_triggers(connection):
                if trigger.function:
                    execute(trigger.function)
                execute(f"{trigger.before} {schema_editor.quote_name(REGISTER)} {trigger.after}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        connection = schema_editor.connection
        writer = dialect_for(connection).trigger_writer()
        entry = from_state.apps.get_model(app_label, "RegisterEntry")
        if writer is None or not self.allow_migrate_model(connection.alias, entry):
            return
        names = [(trigger.name, REGISTER) for trigger in register_triggers(connection)]
        for model, constraint in protections(connection.alias):
            table = model._meta.db_table
            found = constraint.existing(table, connections[connection.alias])
            names += [(name, table) for name in found]
        for name, table in names:
            for statement in writer.drop(name, table):
                schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return "Let the database refuse changes of the register"
