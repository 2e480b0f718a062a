"""Wizards of django-formtools: the forms of their steps, which ``done()`` is given."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    ClassValue,
    Instance,
    Items,
    Origin,
    Value,
    Values,
    key_of,
    union,
)
from gapless_fields.callsites.rules.forms import Forms
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.values import FormClass


class Wizards:
    """The wizards of a project."""

    def __init__(self, engine: Engine, models: Models, forms: Forms) -> None:
        self._classes = engine.classes
        self._models = models
        self._forms = forms

    def _is_wizard(self, cls: Class) -> bool:
        return self._classes.inherits(cls, "WizardView")

    def _steps(self, cls: Class) -> list[tuple[str | None, Values]]:
        """The steps of a wizard, each by its name where it has one, with its form's class."""
        steps: list[tuple[str | None, Values]] = []
        for form_list in self._classes.parsed_attribute(cls, "form_list"):
            for position, step in enumerate(getattr(form_list, "elements", ())):
                pairs = [value for value in step if isinstance(value, Items)]
                named = [value.elements for value in pairs if len(value.elements) > 1]
                if named:
                    steps += [(key_of(name), forms) for name, forms, *_ in named]
                else:
                    steps.append((str(position), step))
        return steps

    def form_classes(self, cls: Class) -> Values:
        """The classes of the forms of all steps."""
        steps = self._steps(cls) if self._is_wizard(cls) else []
        return union(*(forms for _, forms in steps))

    def parameter(self, state: State, cls: Class, method: str, node: ast.arg) -> Values:
        """What the parameters ``form_list`` and ``form_dict`` of ``done()`` are given."""
        if method != "done" or not self._is_wizard(cls):
            return ()
        wizards = self._models.with_serving(cls)
        return tuple(self._given_forms(state, wizard, node) for wizard in wizards)

    def _given_forms(self, state: State, cls: Class, node: ast.arg) -> Items:
        steps = self._steps(cls)
        forms = [self._form(state, cls, number, step) for number, (_, step) in enumerate(steps)]
        if node.arg == "form_dict":
            return Items(tuple(forms), False, tuple(name for name, _ in steps))
        return Items(tuple(forms), fixed=not self._classes.is_assigned(cls, "condition_dict"))

    def _form(self, state: State, cls: Class, number: int, step: Values) -> Values:
        """The form of a step. With an instance of its own it may save a row that there is."""
        origin = Origin(cls.node, number)
        found: list[Value] = []
        for value in step:
            if isinstance(value, FormClass):
                form, many = self._forms.new, value.many
                found.append(form(state, cls.node, value.model, value.cls, many=many, part=number))
            elif isinstance(value, ClassValue):
                forms = [
                    self._forms.new(state, cls.node, model, value.cls, part=number)
                    for model in self._forms.models(value.cls)
                ]
                found += forms or [Instance(value.cls, origin)]
        given = self._classes.find_method(cls, "get_form_instance")
        if given or self._classes.attribute(cls, "instance_dict"):
            state.rows.not_new([origin])
        return tuple(found)
