"""What conditions and queries tell of a row: that it has its number, or that it is a draft."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import name_of
from gapless_fields.callsites.engine.values import Instance, Values, class_of
from gapless_fields.callsites.rules.choices import Choices
from gapless_fields.callsites.rules.due import NO, YES, Due
from gapless_fields.callsites.rules.dues import Dues


class Said(NamedTuple):
    """What is said of a column: that it has a value, or that it has it not."""

    column: str
    value: ast.expr | None
    """None: anything but NULL. A list or tuple: one of those."""
    has: bool


class Asked:
    """Reads conditions.

    Args:
        engine: reads the project.
        dues: what numbers the drafts of models.
        choices: compares values.
    """

    def __init__(self, engine: Engine, dues: Dues, choices: Choices) -> None:
        self._engine = engine
        self._dues = dues
        self._choices = choices

    def tell(
        self, state: State, test: ast.expr, yes: State | None, no: State | None, own: Values = ()
    ) -> None:
        """Tell the ways that a condition leads to what it says of rows.

        Args:
            state: where it stands.
            test: the condition.
            yes: where it holds.
            no: where it does not.
            own: the rows that ``self`` is, in a method of a row that a condition calls.
        """
        match test:
            case ast.Name(id=name) if not own and name in state.tests:
                test = state.tests[name]  # ``is_issued = invoice.issued_on is not None``
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.tell(state, operand, no, yes, own)
                return
            case ast.BoolOp(op=operator, values=operands):
                is_and = isinstance(operator, ast.And)
                for operand in operands:  # each holds where all do, none where not even one does
                    self.tell(state, operand, yes if is_and else None, None if is_and else no, own)
                return
        column, said = _said_by(test)
        if column is None:
            return
        is_self = isinstance(column.value, ast.Name) and column.value.id == "self"
        for row in own if own and is_self else self._engine.evaluate(state, column.value):
            due = self._dues.of(class_of(row))
            if due is None or not isinstance(row, Instance):
                continue
            inner = self._returned(row, column.attr)
            if inner is not None:
                self.tell(state, inner, yes, no, (row,))
            elif said is not None:
                for branch, one in ((yes, said), (no, said._replace(has=not said.has))):
                    if branch is not None:
                        self._tell_branch(state, branch, due, row, one)

    def _tell_branch(
        self, state: State, branch: State, due: Due, row: Instance, said: Said
    ) -> None:
        if self.says_numbered(state, due, said):
            branch.rows.numbered.add(row.origin)
        elif self._says_draft(state, due, said):
            branch.rows.drafts.add(row.origin)

    def _returned(self, row: Instance, name: str) -> ast.expr | None:
        """What a property or method of a model returns that is nothing but one expression."""
        cls = class_of(row)
        method = self._engine.classes.find_method(cls, name) if cls is not None else None
        return returned_alone(method) if method is not None else None

    def says_numbered(self, state: State, due: Due, said: Said) -> bool:
        """Whether a row of which this is known has its number, or is due without another line."""
        column, value, has = said
        if not has:
            return False
        if column in due.fields:
            return True
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            one_by_one = (self.says_numbered(state, due, Said(column, v, True)) for v in value.elts)
            return bool(value.elts) and all(one_by_one)
        wanted = [condition[column] for condition in due.conditions if condition.keys() == {column}]
        if value is None:
            return any(not one.values for one in wanted)
        holds, key = self._choices.holds, self._choices.key
        return any(holds(state, due, one, value) == YES for one in wanted) or any(
            key(state, value) == key(state_of(due.cls.module, due.cls), expected)
            for one in wanted
            if not one.negated
            for expected in one.values
        )

    def _says_draft(self, state: State, due: Due, said: Said) -> bool:
        column, value, has = said
        if not has and isinstance(value, ast.List | ast.Tuple | ast.Set):
            return False
        if not has or value is None:
            return not has and value is None and column in {*due.columns, *due.fields}
        values = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
        holds = [
            self._choices.holds(state, due, condition[column], one)
            for condition in due.conditions
            if column in condition
            for one in values
        ]
        return bool(holds) and set(holds) == {NO}


def _said_by(test: ast.expr) -> tuple[ast.Attribute | None, Said | None]:
    """The attribute of a row that a condition asks about, and what it says where it holds.

    ``if row.issued_on``, ``if row.number is None``, ``if row.state in ("open", "paid")``. Of a
    method that is called, nothing is said but by what it returns.
    """
    match test:
        case ast.Attribute(attr=name):
            return test, Said(name, None, True)
        case ast.Call(func=ast.Attribute() as method, args=[], keywords=[]):
            return method, None
        case ast.Compare(left=ast.Attribute() as column, ops=[operator], comparators=[value]):
            name = column.attr
            match operator:
                case ast.Is() | ast.Eq() | ast.IsNot() | ast.NotEq():
                    same = isinstance(operator, ast.Is | ast.Eq)
                    if isinstance(value, ast.Constant) and value.value is None:
                        return column, Said(name, None, not same)
                    return column, Said(name, value, same)
                case ast.In() | ast.NotIn() if isinstance(value, ast.List | ast.Tuple | ast.Set):
                    return column, Said(name, value, isinstance(operator, ast.In))
    return None, None


def returned_alone(function: Function) -> ast.expr | None:
    """What a function returns that takes ``self`` alone and does nothing else."""
    node = function.node
    if not isinstance(node, ast.FunctionDef) or len(function.parameters) != 1:
        return None
    match [s for s in node.body if not isinstance(getattr(s, "value", None), ast.Constant)]:
        case [ast.Return(value=value)]:
            return value
    return None


_FILTERS = frozenset({"filter", "exclude", "get", "aget", "create", "acreate", "get_object_or_404"})


def filters_of(origin: ast.AST, named: Mapping[str, ast.expr]) -> Iterator[Said]:
    """What the query says of the rows that it returns.

    Args:
        origin: where a row came from.
        named: what local names stand for, such as a query.
    """
    nodes = list(ast.walk(origin)) if isinstance(origin, ast.expr) else []
    for node in list(nodes):
        if isinstance(node, ast.Name) and node.id in named:
            nodes += ast.walk(named[node.id])
    for call in nodes:
        if not isinstance(call, ast.Call) or name_of(call) not in _FILTERS:
            continue
        excluded = name_of(call) == "exclude"
        if excluded and len(call.keywords) > 1:
            continue
        for keyword in call.keywords:
            column, _, lookup = (keyword.arg or "").partition("__")
            value = keyword.value
            constant = value.value if isinstance(value, ast.Constant) else ...
            if lookup == "isnull" and isinstance(constant, bool):
                yield Said(column, None, constant is excluded)
            elif lookup in ("", "exact") and constant is None:
                yield Said(column, None, excluded)
            elif lookup in ("", "exact", "in"):
                yield Said(column, value, not excluded)
            elif lookup != "isnull" and not excluded:  # NULL is not greater than anything
                yield Said(column, None, True)
