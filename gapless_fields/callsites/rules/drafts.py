"""Drafts that are numbered by an UPDATE: a column of ``when`` is set, and the row is saved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from gapless_fields.callsites.engine.definitions import Assigned, Class, Function
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import keywords_of, last_name_of, name_of
from gapless_fields.callsites.engine.values import Constant, Instance, Items, Values
from gapless_fields.callsites.rules.due import (
    MAYBE,
    NO,
    YES,
    Condition,
    Wanted,
    conditions_of,
    filters_of,
    is_filled,
    is_set_if,
)
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.targets import Target


class Due(NamedTuple):
    """What numbers the drafts of a model."""

    cls: Class
    """The class whose body declares the fields."""
    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def columns(self) -> set[str]:
        return {column for condition in self.conditions for column in condition}


class Drafts:
    """Follows the columns of drafts to where the rows are saved."""

    def __init__(self, engine: Engine, models: Models) -> None:
        self._engine = engine
        self._models = models
        self._due: dict[Class, Due | None] = {}

    def due_of(self, cls: object) -> Due | None:
        """What numbers the drafts of a model; None where it has none, or it is not understood."""
        if not isinstance(cls, Class):
            return None
        if cls not in self._due:
            target = self._models.target_of(cls)
            self._due[cls] = self._declared_when(cls, target) if target is not None else None
        return self._due[cls]

    def issues_drafts(self, column: str = "") -> bool:
        """Whether a numbered model has drafts, and such a column in their ``when``."""
        found = (self.due_of(cls) for cls in self._models.numbered)
        return any(due is not None and (not column or column in due.columns) for due in found)

    def _declared_when(self, cls: Class, target: Target) -> Due | None:
        for ancestor in self._engine.classes.mro(cls):
            found = dict(_conditional(ancestor, target.fields))
            conditions = [one for when in found.values() for one in conditions_of(when)]
            if conditions:
                return Due(ancestor, tuple(found), tuple(conditions))
        return None

    # What is assigned

    def column_set(self, state: State, row: Instance, column: str, value: ast.expr) -> None:
        """Note that a column of a row is given a value."""
        due = self.due_of(row.cls)
        if due is None or column not in due.columns or row.origin in state.rows.numbered:
            return
        if any(self._says_numbered(state, due, *said) for said in filters_of(row.origin.node)):
            return
        columns = state.rows.columns.setdefault(row.origin, {})
        columns.pop(column, None)
        certain = max(
            (self._holds(state, due, condition[column], value) for condition in due.conditions
             if column in condition),
            key=(NO, MAYBE, YES).index,
        )  # fmt: skip
        if certain == MAYBE and row.origin in state.rows.drafts and self._is_known(state, value):
            certain = YES
        if certain != NO:
            columns[column] = certain

    def is_issued(self, state: State, row: Instance) -> tuple[str, tuple[str, ...]]:
        """Whether the next ``save()`` of a row numbers a draft, and what has been set so far."""
        due = self.due_of(row.cls)
        columns = state.rows.columns.get(row.origin, {})
        if due is None or not columns:
            return NO, ()
        whole = any(
            all(columns.get(column) == YES for column in condition) for condition in due.conditions
        )
        return YES if whole else MAYBE, tuple(columns)

    def set_by_method(self, state: State, row: Instance, function: Function) -> None:
        """``invoice.mark_issued()``: note what a method of the model sets, and leaves unsaved."""
        due = self.due_of(row.cls)
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
                    holds = self._holds(state, due, condition[column], target)
                    if holds != NO:
                        found[str(column)] = holds
        return found

    # What is known of a row

    def asked_for_column(self, state: State, test: ast.expr, branches: tuple[State, ...]) -> None:
        """``if invoice.issued_on:``: it is a draft no more where that holds."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            for operand in test.values:
                self.asked_for_column(state, operand, branches[:1])
            return
        column, value, has = is_set_if(test)
        if column is None or not self.issues_drafts():
            return
        for row in self._engine.evaluate(state, column.value):
            due = self.due_of(row.cls) if isinstance(row, Instance) else None
            if due is None or not isinstance(row, Instance):
                continue
            for branch, holds in zip(branches, (has, not has), strict=False):
                if self._says_numbered(state, due, column.attr, value, holds):
                    branch.rows.numbered.add(row.origin)
                elif self._says_draft(state, due, column.attr, value, holds):
                    branch.rows.drafts.add(row.origin)

    def _says_numbered(
        self, state: State, due: Due, column: str, value: ast.expr | None, has: bool
    ) -> bool:
        """Whether a row of which this is known has its number, or is due without another line."""
        if not has:
            return False
        if column in due.fields:
            return True
        wanted = [condition[column] for condition in due.conditions if condition.keys() == {column}]
        if value is None:
            return any(not one.values for one in wanted)
        return any(self._holds(state, due, one, value) == YES for one in wanted) or any(
            self._key(state, value) == self._key(state_of(due.cls.module, due.cls), expected)
            for one in wanted
            if not one.negated
            for expected in one.values
        )

    def _says_draft(
        self, state: State, due: Due, column: str, value: ast.expr | None, has: bool
    ) -> bool:
        if not has or value is None:
            return not has and value is None and column in {*due.columns, *due.fields}
        holds = [
            self._holds(state, due, condition[column], value)
            for condition in due.conditions
            if column in condition
        ]
        return bool(holds) and set(holds) == {NO}

    # Values

    def _holds(self, state: State, due: Due, wanted: Wanted, value: ast.expr) -> str:
        """Whether a column that is given a value is what a condition wants."""
        if isinstance(value, ast.Name) and value.id in state.tests:
            value = state.tests[value.id]
        if isinstance(value, ast.IfExp):
            both = {self._holds(state, due, wanted, one) for one in (value.body, value.orelse)}
            return both.pop() if len(both) == 1 else MAYBE
        if not wanted.values:
            return is_filled(value)
        body = state_of(due.cls.module, due.cls)
        found = [_same(self._key(state, value), self._key(body, one)) for one in wanted.values]
        if wanted.negated:
            return NO if YES in found else MAYBE
        if YES in found:
            return YES if len(found) == 1 else MAYBE
        return MAYBE if MAYBE in found else NO

    def _is_known(self, state: State, value: ast.expr) -> bool:
        constant, name = self._key(state, value)
        return constant is not ... or bool(name)

    def _key(self, state: State, value: ast.expr) -> tuple[object, str]:
        """The constant that an expression is (``...`` where it is not known), and its last name."""
        if isinstance(value, ast.Attribute) and value.attr in ("value", "name"):
            value = value.value
        with self._engine.modules.parsing:
            constant = _constant(self._engine.evaluate(state, value))
        name = last_name_of(value)
        return constant, name if name.isupper() else ""


def _same(one: tuple[object, str], other: tuple[object, str]) -> str:
    """Whether two expressions are the same value."""
    if one[0] is not ... and other[0] is not ...:
        return YES if one[0] == other[0] else NO
    if one[1] and one[1] == other[1]:
        return YES
    return MAYBE


def _constant(values: Values) -> object:
    """The constant, or that of a choice that is written as ``ISSUED = "issued", "Issued"``."""
    match values:
        case (Constant(value),):
            return value
        case (Items((first, *_)),):
            return _constant(first)
    return ...


def _conditional(cls: Class, fields: tuple[str, ...]) -> Iterator[tuple[str, ast.expr]]:
    """The numbered fields that a class declares with a ``when``."""
    for name, bindings in cls.scope.names.items():
        for binding in bindings:
            call = binding.expression if isinstance(binding, Assigned) else None
            if not isinstance(call, ast.Call):
                continue
            named = keywords_of(call)
            if "when" in named and (name in fields if fields else "sequence" in named):
                yield name, named["when"]
