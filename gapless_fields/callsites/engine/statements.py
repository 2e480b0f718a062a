"""The order of things: a function read statement by statement."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gapless_fields.callsites.engine.assignments import passed_through
from gapless_fields.callsites.engine.branches import Branches
from gapless_fields.callsites.engine.definitions import Class, imports
from gapless_fields.callsites.engine.expressions import Expressions
from gapless_fields.callsites.engine.protocol import Reader
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    ClassValue,
    FunctionValue,
    Values,
    union,
)


class Statements:
    """Reads statements.

    Args:
        reader: the engine.
        expressions: evaluates what is in them.
        annotated: what an annotation stands for.
    """

    def __init__(
        self,
        reader: Reader,
        expressions: Expressions,
        annotated: Callable[[State, ast.AST, ast.expr], Values],
    ) -> None:
        self._reader = reader
        self._expressions = expressions
        self._annotated = annotated
        self._branches = Branches(reader)
        self._local_classes: dict[ast.ClassDef, Class] = {}

    def block(self, state: State, body: list[ast.stmt]) -> None:
        for statement in body:
            self._statement(state, statement)

    def _statement(self, state: State, statement: ast.stmt) -> None:
        reader = self._reader
        match statement:
            case ast.Expr(value=value):
                state.unused = value
                reader.evaluate(state, value)
            case ast.Assign(targets=targets, value=value):
                values = reader.evaluate(state, value) or passed_through(state, targets, value)
                for target in targets:
                    reader.bind(state, target, values)
                    for one, its in _pairs(target, value):
                        reader.rules.assigned(state, one, its, values if its is value else ())
                    if isinstance(target, ast.Name):
                        state.tests[target.id] = value
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                values = reader.evaluate(state, value)
                if value is not None or isinstance(target, ast.Name):
                    typed = values or self._annotated(state, target, annotation)
                    reader.bind(state, target, typed)
            case ast.AugAssign(target=target, value=value):
                added = reader.evaluate(state, value)
                before = reader.evaluate(state, target)
                found = reader.rules.sum(state, statement, before)
                reader.bind(state, target, found or union(before, added))
            case ast.Return(value=value):
                self.return_(state, value)
                state.dead = True
            case ast.Raise():
                self._children(state, statement)
                state.dead = True
            case ast.Continue() | ast.Break():
                state.dead = True
            case ast.If():
                self._branches.if_(state, statement)
            case ast.Assert(test=test):
                self._children(state, statement)
                reader.rules.condition(state, test, (state, state.branch()))
            case ast.For() | ast.AsyncFor() | ast.While():
                self._branches.loop(state, statement)
            case ast.With() | ast.AsyncWith():
                self._branches.with_(state, statement)
            case ast.Try() | ast.TryStar():
                self._branches.try_(state, statement)
            case ast.Match():
                self._branches.match(state, statement)
            case ast.Delete(targets=targets):  # ``del order.invoices`` reads no property
                for target in targets:
                    reader.evaluate(state, getattr(target, "value", None))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(state, statement)
            case ast.ClassDef():
                self._class(state, statement)
            case ast.Import() | ast.ImportFrom() if not state.function.is_module:
                for name, binding in imports(statement):
                    state.env[name] = reader.modules.imported(binding, state.module)
            case _:
                self._children(state, statement)

    def _children(self, state: State, statement: ast.stmt) -> None:
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self._reader.evaluate(state, child)

    def return_(self, state: State, value: ast.expr | None) -> None:
        for returned in self._reader.evaluate(state, value):
            state.note_returned(returned)
            if isinstance(returned, FunctionValue):
                line = value.lineno if value is not None else 0
                state.record_call(returned.function, line, how="escapes", opened=())

    def _function(self, state: State, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in statement.decorator_list:
            self._reader.evaluate(state, decorator)
        if not state.function.is_module:  # else it is known by name, and read on its own
            function = self._expressions.define(state, statement)
            state.env[statement.name] = (FunctionValue(function),)

    def _class(self, state: State, statement: ast.ClassDef) -> None:
        if state.function.is_module:
            body = state.branch()
            body.cls = next(c for c in state.module.classes if c.node is statement)
            body.in_class_body = True
            self.block(body, statement.body)
            return
        cls = self._local_classes.get(statement)
        if cls is None:
            cls = self._local_classes[statement] = state.module.define_class(statement)
        state.env[statement.name] = (ClassValue(cls),)


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """What is assigned to what: ``row.issued_on, row.note = None, "x"`` is two assignments."""
    if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple):
        return [(target, value)]
    is_same = len(target.elts) == len(value.elts)
    return list(zip(target.elts, value.elts, strict=True)) if is_same else [(target, value)]
