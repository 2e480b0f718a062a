"""Classes of the admin: whose rows they save."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    FunctionValue,
    Instance,
    Newness,
    Origin,
    Values,
    classes_in,
    elements_of,
    union,
)
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.sites import note
from gapless_fields.callsites.rules.values import Form, Manager

IN_TRANSACTION = frozenset(
    {"save_form", "save_model", "save_related", "save_formset", "log_addition", "log_change"}
    | {"response_add", "response_change", "construct_change_message", "delete_model"}
    | {"log_deletion", "log_deletions", "response_delete", "_changeform_view"}
    | {"get_form", "get_formset", "get_changeform_initial_data"}
)
"""Methods that ``changeform_view()`` and ``delete_view()`` call inside their ``atomic()``."""

ALONE = frozenset(
    {"changelist_view", "delete_queryset", "history_view", "response_action"}
    | {"add_view", "change_view", "changeform_view", "delete_view"}
)
"""... and those that the admin calls in no transaction, or that open it themselves."""


class Admins:
    """The admin of a project."""

    def __init__(self, engine: Engine, models: Models) -> None:
        self._engine = engine
        self._models = models

    def is_admin(self, cls: Class) -> bool:
        bases = ("Admin", "AdminMixin", "TabularInline", "StackedInline")
        return self._engine.classes.inherits(cls, *bases)

    def models(self, cls: Class) -> list[Class]:
        """The models that ``cls`` is registered for, or an inline's model."""
        found = [self._engine.classes.attribute(cls, "model")]
        state = state_of(cls.module)
        for decorator in cls.node.decorator_list:
            if isinstance(decorator, ast.Call):
                found += [self._engine.evaluate(state, argument) for argument in decorator.args]
        for statement in cls.module.tree.body:
            match statement:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(attr="register"), args=[model, ast.Name(id=name), *_]
                    )
                ) if name == cls.name:
                    found.append(self._engine.evaluate(state, model))
        merged = union(*found)
        return list(dict.fromkeys(classes_in((*elements_of(merged), *merged))))

    def _inline_models(self, cls: Class) -> list[Class]:
        inlines = classes_in(elements_of(self._engine.classes.attribute(cls, "inlines")))
        return [model for inline in inlines for model in self.models(inline)]

    def parameter(self, state: State, cls: Class, node: ast.arg) -> Values:
        """What a method is given as ``obj``, ``form`` or ``formset``."""
        name, origin = node.arg, Origin(node)
        models = self._inline_models(cls) if name == "formset" else self.models(cls)
        if name == "obj":
            state.rows.newness[origin] = Newness.EITHER
            return tuple(Instance(model, origin) for model in models)
        state.rows.renew([origin])
        return tuple(Form(None, origin, model, name == "formset") for model in models)

    def selected(self, function: Function) -> Values:
        """What an action is given as ``queryset``: rows of the models of its admin."""
        cls = function.cls
        if cls is not None:
            admins = self._models.with_serving(cls) if self.is_admin(cls) else []
        else:
            named = FunctionValue(function)
            admins = [
                one
                for one in function.module.classes
                if self.is_admin(one)
                and named in elements_of(self._engine.classes.attribute(one, "actions"))
            ]
        models = dict.fromkeys(model for one in admins for model in self.models(one))
        return tuple(Manager(model) for model in models)

    def saves(self, cls: Class, name: str) -> bool:
        """Whether a method of the admin saves a row."""
        return name in ("save_model", "save_formset") and self.is_admin(cls)

    def note_saved(self, call: Invocation, cls: Class, name: str) -> None:
        """``super().save_model(…)`` and ``super().save_formset(…)``."""
        for model in self._inline_models(cls) if name == "save_formset" else self.models(cls):
            if self._models.target_of(model) is not None:
                save = self._engine.classes.find_method(model, "save")
                note(call.state, call.node, model, overrides=[save])
