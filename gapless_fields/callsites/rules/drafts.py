"""Drafts that are numbered by an UPDATE: a column of ``when`` is set, and the row is saved."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import keywords_of, name_of
from gapless_fields.callsites.engine.values import Instance
from gapless_fields.callsites.rules.asked import Asked, filters_of
from gapless_fields.callsites.rules.choices import Choices
from gapless_fields.callsites.rules.due import MAYBE, NO, YES, Due, Wanted
from gapless_fields.callsites.rules.dues import Dues
from gapless_fields.callsites.rules.models import Models


class Drafts:
    """Follows the columns of drafts to where the rows are saved."""

    def __init__(self, engine: Engine, models: Models) -> None:
        self._engine = engine
        self._models = models
        self.dues = Dues(engine.classes, models)
        self._choices = Choices(engine)
        self.asked = Asked(engine, self.dues, self._choices)

    def column_set(self, state: State, row: Instance, column: str, value: ast.expr) -> None:
        """Note that a column of a row is given a value."""
        due = self.dues.of(row.cls)
        if due is None or column not in due.columns or row.origin in state.rows.numbered:
            return
        if any(
            self.asked.says_numbered(state, due, said)
            for said in filters_of(row.origin.node, state.tests)
        ):
            return
        columns = state.rows.columns.setdefault(row.origin, {})
        columns.pop(column, None)
        certain = max(
            (self._choices.holds(state, due, condition[column], value)
             for condition in due.conditions if column in condition),
            key=(NO, MAYBE, YES).index,
        )  # fmt: skip
        if (
            certain == MAYBE
            and row.origin in state.rows.drafts
            and self._choices.is_known(state, value)
        ):
            certain = YES
        if certain != NO:
            columns[column] = certain

    def is_issued(self, state: State, row: Instance) -> tuple[str, tuple[str, ...]]:
        """Whether the next ``save()`` of a row numbers a draft, and what has been set so far."""
        due = self.dues.of(row.cls)
        columns = state.rows.columns.get(row.origin, {})
        if due is None or not columns:
            return NO, ()
        whole = any(
            all(columns.get(column) == YES for column in condition) for condition in due.conditions
        )
        return YES if whole else MAYBE, tuple(columns)

    def set_by_method(self, state: State, row: Instance, function: Function) -> None:
        """``invoice.mark_issued()``: note what a method of the model sets, and leaves unsaved."""
        due = self.dues.of(row.cls)
        if due is None or function.cls is None or row.origin in state.rows.numbered:
            return
        for column, certain in {
            **self._engine.solver.summary(function).sets,
            **self._transition(due, function),
        }.items():
            state.rows.columns.setdefault(row.origin, {})[column] = certain

    def _transition(self, due: Due, function: Function) -> dict[str, str]:
        """What ``@transition(field=state, target="issued")`` of django-fsm sets."""
        found: dict[str, str] = {}
        for decorator in function.decorators:
            if not isinstance(decorator, ast.Call) or name_of(decorator) != "transition":
                continue
            named = keywords_of(decorator)
            field, target = named.get("field"), named.get("target")
            if isinstance(decorator.func, ast.Attribute) and field is None:
                field = decorator.func.value
            column = field.value if isinstance(field, ast.Constant) else getattr(field, "id", "")
            cls = function.cls or due.cls
            state = state_of(cls.module, cls)
            for condition in due.conditions if target is not None else ():
                if column in condition and isinstance(target, ast.expr):
                    holds = self._choices.holds(state, due, condition[column], target)
                    if holds != NO:
                        found[str(column)] = holds
        return found

    # Rows that begin as drafts

    def is_draft(self, state: State, cls: Class, node: ast.AST) -> bool:
        """Whether ``create(…)``, or the call of a model, sets none of what makes its row due.

        Args:
            state: where the call stands.
            cls: the model.
            node: the call.
        """
        target = self._models.target_of(cls)
        if target is None or not isinstance(node, ast.Call) or node.args:
            return False
        given = keywords_of(node)
        if None in given:  # ``**values``
            return False
        due = self.dues.of(cls)
        if due is None:
            return bool(target.due) and given.keys().isdisjoint(target.due)
        return not any(
            all(self._may_be(state, cls, due, column, condition[column], given)
                for column in condition)
            for condition in due.conditions
        )  # fmt: skip

    def _may_be(
        self,
        state: State,
        cls: Class,
        due: Due,
        column: str,
        wanted: Wanted,
        given: dict[str | None, ast.expr],
    ) -> bool:
        """Whether a column of a new row may be what a condition wants."""
        value = given.get(column, given.get(f"{column}_id"))
        if value is None:
            state, value = state_of(due.cls.module, due.cls), self.dues.default_of(cls, column)
        if value is None:
            return wanted.negated
        return self._choices.holds(state, due, wanted, value) != NO
