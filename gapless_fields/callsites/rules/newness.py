"""Conditions and assignments that tell whether a row is new."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import partial

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.rows import origins_of
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import path_of
from gapless_fields.callsites.engine.values import (
    Constant,
    Instance,
    Newness,
    Origin,
    Parameter,
    Value,
    Values,
    class_of,
    classes_in,
    elements_of,
)
from gapless_fields.callsites.rules.forms import Forms
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.narrowing import narrowings
from gapless_fields.callsites.rules.remembered import is_unset, remembered, saved_if
from gapless_fields.callsites.rules.saving import SAVING
from gapless_fields.callsites.rules.values import Form


class Conditions:
    """Tells what holds of rows where a condition holds, and where it does not."""

    def __init__(self, engine: Engine, models: Models, forms: Forms) -> None:
        self._engine = engine
        self._models = models
        self._forms = forms

    def tell(self, state: State, test: ast.expr, branches: tuple[State, State]) -> bool:
        """Tell both branches; return whether the condition asks for a saved row."""
        owner, new = new_if(test, state.tests)
        yes, no = branches if new else branches[::-1]
        if _asks_for_own_row(state.function, owner):
            yes.when_new = True
        if owner is not None:
            self._tell_newness(origins_of(self._engine.evaluate(state, owner)), state, yes, no)
        self._tell_memory(state, test, branches)
        self._narrow(state, test, branches)
        self._tell_of_none(state, test, branches)
        return owner is not None and not new

    def _tell_of_none(self, state: State, test: ast.expr, branches: tuple[State, State]) -> None:
        """A form with ``instance=name`` has a row where the name is not None."""
        name, none = none_if(test)
        values = self._engine.evaluate(state, name) if name is not None else ()
        if Constant(None) in values:
            forms = (state.summary.forms.get(row) for row in origins_of(values))
            branches[1 if none else 0].rows.not_new(form for form in forms if form is not None)

    def _tell_newness(self, origins: Iterable[Origin], state: State, yes: State, no: State) -> None:
        yes.rows.renew(o for o in origins if o not in state.rows.newness)
        no.rows.not_new(origins)

    def _tell_memory(self, state: State, test: ast.expr, branches: tuple[State, State]) -> None:
        """``if self.is_new`` in a form, ``if form.is_new`` in a view: what the form remembers."""
        for node in ast.walk(test):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            for form in state.env.get(node.value.id, ()):
                cls = class_of(form)
                if not isinstance(form, Form) or cls is None:
                    continue
                kept = remembered(node.attr, self._engine.classes.mro(cls))
                if kept is None:
                    continue
                owner, new = new_if(test, {ast.unparse(node): kept})
                if any(owner is inner for inner in ast.walk(kept)):
                    yes, no = branches if new else branches[::-1]
                    self._tell_newness([form.origin], state, yes, no)
                mro = self._engine.classes.mro(form.model)
                is_saved = saved_if(test, {node.attr: kept}, partial(is_unset, mro))
                if is_saved is not None:
                    branches[0 if is_saved else 1].rows.not_new([form.origin])

    def _narrow(self, state: State, test: ast.expr, branches: tuple[State, State]) -> None:
        """``if isinstance(form, InvoiceForm)``: a form of that class, and in the other branch not.

        Of a form of which nothing was known, it is not known either whether its row is new.
        """
        for found in narrowings(test):
            classes = self._engine.evaluate(state, found.classes)
            named = classes_in((*classes, *elements_of(classes)))
            path = path_of(found.of)
            forms = [(cls, model) for cls in named for model in self._forms.models(cls)]
            if not path or not forms:
                continue
            values = self._engine.evaluate(state, found.of)
            those = tuple(value for value in values if self._is_one_of(value, named))
            yes, no = branches if found.holds else branches[::-1]
            if not those:
                origin = Origin(found.of)
                yes.rows.newness[origin] = Newness.EITHER
                yes.env[path] = tuple(Form(cls, origin, model) for cls, model in forms)
            else:
                yes.env[path] = those
                if found.both:
                    no.env[path] = tuple(value for value in values if value not in those)

    def _is_one_of(self, value: Value, classes: list[Class]) -> bool:
        cls = class_of(value)
        return cls is not None and not set(classes).isdisjoint(self._engine.classes.mro(cls))

    # Assignments

    def renewed(self, state: State, target: ast.Attribute, values: Values) -> None:
        """``invoice.pk = None``, ``invoice._state.adding = True``: the next save() INSERTs."""
        if target.attr not in ("pk", "id", "adding") or values not in (
            (Constant(None),),
            (Constant(True),),
        ):
            return
        owner = target.value
        if isinstance(owner, ast.Attribute) and owner.attr == "_state":
            owner = owner.value
        owners = self._engine.evaluate(state, owner) or self.named_like(state, owner)
        state.rows.renew(origins_of(owners))
        state.summary.renews |= {value.name for value in owners if isinstance(value, Parameter)}

    def named_like(self, state: State, owner: ast.expr) -> Values:
        """``invoice.pk = None`` of who knows what: of an ``Invoice``, if that is numbered."""
        name = owner.id.replace("_", "").lower() if isinstance(owner, ast.Name) else ""
        numbered = (cls for cls in self._models.numbered if cls.name.lower() == name)
        rows = tuple(Instance(cls, Origin(owner)) for cls in numbered)
        if rows and isinstance(owner, ast.Name):
            state.env[owner.id] = rows
        return rows


def new_if(test: ast.expr, named: Mapping[str, ast.expr]) -> tuple[ast.expr | None, bool]:
    """The instance of which a condition asks whether it is new, and whether it holds if so.

    ``if not row.pk``, ``if row.pk is None``, ``if row._state.adding``, and ``if created`` of a
    receiver of signals.

    Args:
        test: the condition.
        named: the conditions that names and attributes stand for.
    """
    match test:
        case ast.Name(id=name) if name in named:
            return new_if(named[name], {})
        case ast.Name(id="created"):
            return test, True
        case ast.Attribute(value=ast.Name()) if (path := path_of(test)) in named:
            return new_if(named[path], {})
        case ast.Call(func=ast.Name(id="bool"), args=[inner]):
            return new_if(inner, named)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            owner, new = new_if(operand, named)
            return owner, not new
        case ast.BoolOp(op=ast.And(), values=operands):
            found = (new_if(operand, named) for operand in operands)
            return next(((owner, new) for owner, new in found if owner and new), (None, False))
        case ast.Compare(left=left, ops=[operator], comparators=[ast.Constant(value=None)]) if (
            isinstance(operator, ast.Is | ast.Eq | ast.IsNot | ast.NotEq)
        ):
            return new_if(left, named)[0], isinstance(operator, ast.Is | ast.Eq)
        case ast.Attribute(value=ast.Attribute(value=owner, attr="_state"), attr="adding"):
            return owner, True
        case ast.Attribute(value=owner, attr="pk" | "id"):
            return owner, False
    return None, False


def none_if(test: ast.expr) -> tuple[ast.Name | None, bool]:
    """The name that a condition asks for None, and whether it holds if it is: ``if not row``."""
    match test:
        case ast.Name():
            return test, False
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            name, none = none_if(operand)
            return name, not none
        case ast.Compare(
            left=ast.Name() as name,
            ops=[(ast.Is() | ast.IsNot()) as operator],
            comparators=[ast.Constant(value=None)],
        ):
            return name, isinstance(operator, ast.Is)
    return None, False


def _asks_for_own_row(function: Function, owner: ast.expr | None) -> bool:
    """Whether the condition is about the row whose ``save()``, or signal, a function is."""
    if not isinstance(owner, ast.Name):
        return False
    names = function.parameters
    if owner.id == "created":
        return "created" in names
    return function.name in SAVING and names[:1] == [owner.id]
