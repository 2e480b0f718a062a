"""Wizards of django-formtools: the forms of their steps, which ``done()`` is given."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.expressions import key_of
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.modelforms import ModelForms
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    ClassValue,
    FormClass,
    Items,
    Object,
    Values,
    union,
)


class Wizards(ModelForms):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._step_origins: dict[tuple[ast.AST, int], ast.expr] = {}
        """Where the form of each step comes from, for ``done()``."""

    def is_wizard(self, cls: Class) -> bool:
        return self.inherits(cls, "WizardView")

    def _form_list(self, cls: Class) -> list[tuple[str | None, Values]]:
        """The steps of a wizard, each by its name where it has one, with its form's class."""
        with self.thorough():
            lists = self.class_attribute(cls, "form_list")
        steps: list[tuple[str | None, Values]] = []
        for form_list in lists:
            for position, step in enumerate(getattr(form_list, "elements", ())):
                pairs = [value for value in step if isinstance(value, Items)]
                named = [value.elements for value in pairs if len(value.elements) > 1]
                if named:
                    steps += [(key_of(name), forms) for name, forms, *_ in named]
                else:
                    steps.append((str(position), step))
        return steps

    def wizard_forms(self, cls: Class) -> Values:
        """The classes of the forms of all steps."""
        steps = self._form_list(cls) if self.is_wizard(cls) else []
        return union(*(forms for _, forms in steps))

    def of_done(self, frame: Frame, function: Function, node: ast.arg) -> Values:
        """What the parameters ``form_list`` and ``form_dict`` of ``done()`` are given."""
        cls = function.cls
        if cls is None or function.name != "done" or not self.is_wizard(cls):
            return ()
        wizards = [cls, *self.serving.get(cls, ())]
        return tuple(self._given_forms(frame, wizard, node) for wizard in wizards)

    def _given_forms(self, frame: Frame, cls: Class, node: ast.arg) -> Items:
        steps = self._form_list(cls)
        forms = [
            self._form_of_step(frame, cls, number, step) for number, (_, step) in enumerate(steps)
        ]
        if node.arg == "form_dict":
            return Items(tuple(forms), False, tuple(name for name, _ in steps))
        skips = self.assigned_in_body(cls, "condition_dict")
        return Items(tuple(forms), fixed=not skips)

    def _form_of_step(self, frame: Frame, cls: Class, number: int, step: Values) -> Values:
        """The form of a step. With an instance of its own it may save a row that there is."""
        origin = self._step_origins.setdefault((cls.node, number), ast.Constant(number))
        found: list[Values] = []
        for value in step:
            if isinstance(value, FormClass):
                many, form = value.many, value.cls
                found.append((self.new_form(frame, origin, value.model, form, [], {}, many=many),))
            elif isinstance(value, ClassValue):
                models = self.form_models(value.cls)
                forms = (self.new_form(frame, origin, m, value.cls, [], {}) for m in models)
                found.append(tuple(forms) or (Object(value.cls, origin),))
        if self.find_method(cls, "get_form_instance") or self.class_attribute(cls, "instance_dict"):
            frame.fresh.discard(origin)
        return union(*found)
