"""Methods that a generic view inherits from its framework."""

from __future__ import annotations

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.values import (
    Bound,
    ClassValue,
    Instance,
    Origin,
    Values,
    union,
)
from gapless_fields.callsites.rules.parts import Parts
from gapless_fields.callsites.rules.sites import implied, note, signalled
from gapless_fields.callsites.rules.values import Form, Manager
from gapless_fields.callsites.rules.views import CREATE_HOOKS

UPDATE_HOOKS = frozenset({"form_valid", "perform_update", "update", "partial_update"}
                         | {"post", "put"})  # fmt: skip
"""The methods through which views save a row that there is."""


class ViewMethods:
    """What such a method does and returns."""

    def __init__(self, parts: Parts) -> None:
        self._views = parts.views
        self._forms = parts.forms
        self._admins = parts.admins
        self._classes = parts.classes
        self._engine = parts.engine
        self._models = parts.models

    def call(self, call: Invocation, bound: Bound, cls: Class) -> Values:
        state, node, name, views = call.state, call.node, bound.name, self._views
        forms = views.forms(cls) if views.is_view(cls) else {}
        match name:
            case "get_form" | "get_serializer":
                return views.form(state, node, cls, call)
            case "get_form_class" | "get_serializer_class":
                return tuple(ClassValue(form) for _, form in forms if form is not None)
            case "get_object":
                models = dict.fromkeys([*(model for model, _ in forms), *views.models(cls)])
                return tuple(Instance(model, Origin(node)) for model in models)
            case "get_queryset":
                return tuple(Manager(model) for model, _ in forms)
            case "is_valid" if self._forms.is_form(cls):
                implied(state, node, self._forms.validators(cls), cls)
        if name in CREATE_HOOKS and views.creates(cls):
            given = [v for v in union(*call.everything) if isinstance(v, Form)]
            if not given or any(state.rows.may_be_new(form) for form in given):
                self._create(call, cls, name)
        elif name in UPDATE_HOOKS and views.updates(cls):
            for model, form in forms:
                self._implied(call, model, form)
            for value in union(*call.everything):
                if isinstance(value, Form) and not state.rows.may_be_new(value):
                    self._forms.note_issued(call, value)
        elif bound.by_super and self._admins.saves(cls, name):
            self._admins.note_saved(call, cls, name)
        return ()

    def _create(self, call: Invocation, cls: Class, name: str) -> None:
        """``super().form_valid(form)`` and the like, unless an own hook further in inserts."""
        for hook in CREATE_HOOKS[: CREATE_HOOKS.index(name)]:
            if self._classes.find_method(cls, hook) is not None:
                return
        here = call.state.cls
        own = self._classes.find_after(cls, here, name) if here is not None else None
        if own is not None and not self._engine.solver.summary(own).calls_super(name):
            return  # a base view of the project saves by itself
        for model, form in self._views.forms(cls):
            self._implied(call, model, form)
            signalled(call.state, call.node, model)
            is_inherited = here is not None and here is not cls
            if self._models.target_of(model) is not None and not is_inherited:
                # else the class is the site
                overrides = (*self._forms.overrides(model, form), own)
                note(call.state, call.node, model, overrides=overrides)

    def _implied(self, call: Invocation, model: Class, form: Class | None) -> None:
        update = self._classes.find_method(form, "update") if form else None
        functions = (*self._forms.overrides(model, form), update)
        implied(call.state, call.node, functions, form or model)
