"""What functions are given: by the framework, and by callers that matter."""

from __future__ import annotations

import ast
import re

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    ClassValue,
    External,
    Instance,
    Items,
    Origin,
    Parameter,
    Value,
    Values,
    elements_of,
)
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.parts import Parts
from gapless_fields.callsites.rules.values import Form, Manager

_RENEWING = re.compile(rb"\.(pk|id) = None|\.adding = True")
_TWINNING = re.compile(rb"\.__class__\(|\btype\(\w+\)\(")


class Given:
    """What parameters stand for."""

    def __init__(self, parts: Parts) -> None:
        self._models = parts.models
        self._views = parts.views
        self._forms = parts.forms
        self._wizards = parts.wizards
        self._admins = parts.admins
        self._dues = parts.drafts.dues
        self._relations = parts.relations
        self._engine = parts.engine

    def receivers(self, state: State, function: Function, cls: Class) -> Values:
        models = self._models
        if function.has_decorator("classmethod") or function.name in (
            *("__init_subclass__", "__class_getitem__", "__new__"),
        ):
            return tuple(ClassValue(stand_in) for stand_in in self._views.running(function, cls))
        origin = Origin(function.node)
        managed = models.managed.get(cls)
        if managed or models.is_manager(cls):
            return tuple(Manager(model, custom=self._custom(model, cls)) for model in managed or ())
        of_form = self._forms.models(cls) or self._forms.models_of_heirs(cls)
        if of_form:
            if self._forms.made_for(cls) != {False}:
                state.rows.renew([origin])
            return tuple(Form(cls, origin, model) for model in of_form)
        return tuple(Instance(stand_in, origin) for stand_in in self._views.running(function, cls))

    def _custom(self, model: Class, cls: Class) -> tuple[Class, ...]:
        manager = self._models.manager(model, self._models.managed[cls][model])
        return manager.custom if manager is not None and manager.custom else (cls,)

    def parameter(self, state: State, function: Function, node: ast.arg) -> Values:
        cls, name = function.cls, node.arg
        request = (External("request"),) if name == "request" else ()
        if name == "queryset":
            return self._admins.selected(function)
        if cls is None:
            return request
        if name == "instance" and function.name == "update" and function.parameters[1:2] == [name]:
            drafts = (model for model in self._forms.models(cls) if self._dues.of(model))
            return tuple(Instance(model, Origin(node)) for model in drafts)
        if name in ("form_list", "form_dict"):
            return self._wizards.parameter(state, cls, function.name, node)
        is_form = name in ("form", "serializer") or (
            function.name in KNOWN.form_hooks and node in function.arguments[1:2]
        )
        is_hook = function.name in KNOWN.handlers and self._views.serve(cls)
        is_told = function.name not in (KNOWN.handlers | KNOWN.form_hooks) and (
            self._engine.solver.told(Parameter(function, name))
        )
        if is_form and not is_told and (is_hook or self._views.is_view(cls)):
            return self._views.parameter(state, cls, function, node)
        if name in ("obj", "form", "formset") and self._admins.is_admin(cls):
            return self._admins.parameter(state, cls, node)
        return request

    def annotated(self, state: State, node: ast.AST, cls: Class) -> Values | None:
        forms = [self._forms.new(state, node, model, cls) for model in self._forms.models(cls)]
        return tuple(forms) or None

    def annotated_with(self, generic: str, classes: list[Class]) -> Values | None:
        if not generic.endswith(("QuerySet", "Manager")):
            return None
        return tuple(Manager(cls) for cls in classes)

    def matters(self, state: State, value: Value) -> bool:
        match value:
            case Instance(cls):
                if state.rows.maybe_saved(value):
                    return False
                is_numbered = self._models.target_of(_model_of(value)) is not None
                if is_numbered and state.rows.may_be_new(value):
                    return True
                if type(value) is not Instance or not isinstance(cls, Class):
                    return False
                return self._relations.owns_numbered(cls)
            case ClassValue(cls):
                models = (cls, *self._forms.models(cls))
                return any(self._models.target_of(model) is not None for model in models)
            case Manager(model):
                return self._models.target_of(model) is not None
            case Items():
                return any(self.matters(state, inner) for inner in elements_of((value,)))
        return False

    def is_numbered(self, value: Value) -> bool:
        return type(value) is Instance and self._models.target_of(value.cls) is not None

    def makes_another(self, function: Function, parameter: str) -> bool:
        if _TWINNING.search(function.text) is not None:
            return True
        if _RENEWING.search(function.text) is None:
            return False
        return parameter in self._engine.solver.summary(function).renews


def _model_of(row: Instance) -> object:
    return row.model if isinstance(row, Form) else row.cls
