"""Generic views and the admin: whose rows their classes save, and what they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.values import (
    ClassValue,
    Constant,
    External,
    Form,
    FormClass,
    Items,
    Manager,
    Object,
    Value,
    Values,
    union,
)
from gapless_fields.callsites.vocabulary import (
    CREATE_VIEWS,
    FORM_ATTRIBUTES,
    FORM_HOOKS,
    HANDLERS,
    UPDATE_VIEWS,
)
from gapless_fields.callsites.wizards import Wizards

_MAKING_FORMS = ("CreateView", "UpdateView", "FormMixin", "APIView", "ViewSet", "ModelMixin")
"""Views that make a form or serializer for their model by themselves."""


class Frameworks(Wizards):
    # Views

    def creates(self, cls: Class) -> bool:
        """Whether a generic view inserts a row by itself."""
        names = set(self.external_names(cls))
        if self._makes_its_object(cls) or names & CREATE_VIEWS:
            return True
        if any(name.endswith("CreateView") for name in names):
            return True
        # Another package's, by its name; not where the class itself says what else it can.
        return names.isdisjoint({"ListModelMixin", "RetrieveModelMixin"}) and any(
            name.endswith("ModelViewSet") and not name.startswith("ReadOnly") for name in names
        )

    def _makes_its_object(self, cls: Class) -> bool:
        """Whether an UpdateView's ``get_object()`` may give it a new row, or none."""
        method = self.find_method(cls, "get_object") if self.updates(cls) else None
        if method is None:
            return False
        made = any(unsaved or v == Constant(None) for v, unsaved in self.facts(method).returns)
        return made or b"return self.model()" in method.text

    def updates(self, cls: Class) -> bool:
        names = self.external_names(cls)
        return any(name in UPDATE_VIEWS or name.endswith("UpdateView") for name in names)

    def view_forms(self, cls: Class) -> Iterator[tuple[Class, Class | None]]:
        """The models that a view's forms or serializers save, each with its form's class."""
        found = False
        for value in self.form_values(cls):
            found = True
            if isinstance(value, FormClass):
                yield value.model, value.cls
            elif isinstance(value, ClassValue):
                for model in self.form_models(value.cls):
                    yield model, value.cls
        for form in self._forms_made(cls) if not found else ():
            found = True
            yield form.model, form.cls
        if not found and self.inherits(cls, *_MAKING_FORMS) and not self._chooses_form(cls):
            for model in self.view_models(cls):
                yield model, None

    def _chooses_form(self, cls: Class) -> bool:
        """Whether the project decides what the form is, and nobody can read how."""
        for name in ("get_form_class", "get_serializer_class", "get_form", "get_serializer"):
            method = self.find_method(cls, name)
            if method is None:
                continue
            chooses = b"if " in method.text or method.text.count(b"return ") > 1
            if b"super(" not in method.text or (chooses and name.endswith("_class")):
                return True
        return False

    def _forms_made(self, cls: Class) -> Iterator[Form]:
        """The forms that a view's own ``get_form()`` returns."""
        for name in ("get_form", "get_serializer"):
            method = self.find_method(cls, name)
            if method is not None and method.cls is cls:
                with self.thorough():
                    returned = self.facts(method).returns
                yield from (value for value, _ in returned if isinstance(value, Form))

    def form_values(self, cls: Class) -> Values:
        """What a view names as its forms or serializers."""
        found = [self.wizard_forms(cls)]
        for attribute in FORM_ATTRIBUTES:
            method = self.find_method(cls, f"get_{attribute}")
            with self.thorough():
                named = self.class_attribute(cls, attribute)
                found.append(named)
                # What a base view returns is what any of its heirs names.
                shared = method is not None and method.cls is not cls and bool(named)
                if method is not None and attribute.endswith("_class") and not shared:
                    returned = [value for value, _ in self.facts(method).returns]
                    base = self.find_after(cls, cls, method.name) if named else None
                    others = [value for value, _ in self.facts(base).returns] if base else []
                    if method.cls is not None and method.cls is not cls:
                        others += self._named_by_others(method.cls, cls)
                    found.append(tuple(value for value in returned if value not in others))
        return union(*found)

    def _named_by_others(self, base: Class, cls: Class) -> Iterator[Value]:
        """What other heirs of a base view than ``cls`` name as their form."""
        for heir in self.serving.get(base, ()):
            if heir is not cls and heir not in self.line(cls):
                for name in heir.scope.names:
                    if name.endswith(FORM_ATTRIBUTES):
                        yield from self.class_attribute(heir, name)

    def view_models(self, cls: Class) -> Iterator[Class]:
        """The models that a view names in ``model`` and ``queryset``."""
        for attribute in ("model", "queryset"):
            for value in self.class_attribute(cls, attribute):
                if isinstance(value, ClassValue):
                    yield value.cls
                elif isinstance(value, Manager):
                    yield value.model

    def view_form(
        self,
        frame: Frame,
        node: ast.AST,
        cls: Class,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        """``self.get_form()`` and ``self.get_serializer(…)``."""
        forms = [
            self.new_form(frame, node, model, form, arguments, keywords)
            for model, form in dict.fromkeys(self.view_forms(cls))
        ]
        if (self.updates(cls) and not self.creates(cls)) or self._knows_its_row(cls):
            frame.fresh.difference_update(form.origin for form in forms)
        plain = self.plain_forms(cls)
        if plain and any(self.find_method(form, "create") for form in plain):
            frame.fresh.difference_update(form.origin for form in forms)  # that one creates rows
        for form in forms:
            if form.cls is not None:
                self.note_form(form.cls, is_new=frame.is_fresh(form))
        return (*forms, *(Object(form, node) for form in plain))

    def plain_forms(self, cls: Class) -> list[Class]:
        """The forms and serializers of a view that are of no model."""
        classes = [v.cls for v in self.form_values(cls) if isinstance(v, ClassValue)]
        return [form for form in classes if not self.form_models(form)]

    def _knows_its_row(self, cls: Class) -> bool:
        """Whether ``get_form_kwargs()`` gives the form an ``instance`` that is saved."""
        method = self.find_method(cls, "get_form_kwargs")
        returned = self.facts(method).returns if method is not None else []
        given = [
            unsaved for v, unsaved in returned if isinstance(v, Items) and "instance" in v.keys
        ]
        return bool(given) and not any(given)

    def framework_attribute(self, frame: Frame, value: Object, name: str, node: ast.expr) -> Values:
        if name == "request":
            return (External("request"),)
        cls = value.cls
        if name in ("object", "instance") and isinstance(cls, Class) and self.is_view(cls):
            models = dict.fromkeys(model for model, _ in self.view_forms(cls))
            return tuple(Object(model, node) for model in models)
        return ()

    # Parameters

    def parameter_of_framework(self, frame: Frame, function: Function, node: ast.arg) -> Values:
        """What a framework hands to a method for one of its parameters."""
        cls, name = function.cls, node.arg
        if cls is None:
            return (External("request"),) if name == "request" else ()
        if name in ("form_list", "form_dict"):
            return self.of_done(frame, function, node)
        is_form = name in ("form", "serializer") or (
            function.name in FORM_HOOKS and node in function.arguments[1:2]
        )
        if is_form and self.is_view(cls):
            views = self._runs(function, cls)
            values = union(*(self.view_form(frame, node, view, [], {}) for view in views))
            if function.name in ("perform_update", "update", "partial_update"):
                frame.fresh.difference_update(v.origin for v in values if isinstance(v, Form))
            return values
        if self.is_admin(cls) and name in ("obj", "form", "formset"):
            models = self.inline_models(cls) if name == "formset" else self.admin_models(cls)
            frame.fresh.add(node)
            return tuple(
                Object(value.cls, node, loose=True)
                if name == "obj"
                else Form(value.cls, None, node, many=name == "formset")
                for value in models
                if isinstance(value, ClassValue)
            )
        return (External("request"),) if name == "request" else ()

    def self_values(self, frame: Frame, function: Function, cls: Class) -> Values:
        """What ``self`` (or ``cls``) is in a method of ``cls``."""
        if function.has_decorator("classmethod") or function.name in (
            "__init_subclass__",
            "__class_getitem__",
            "__new__",
        ):
            return tuple(ClassValue(stand_in) for stand_in in self._runs(function, cls))
        models = self.managed.get(cls)
        if models or self.is_manager(cls):
            return tuple(Manager(model, custom=self._custom(model, cls)) for model in models or ())
        form_models = self.form_models(cls) or self.models_of_heirs(cls)
        if form_models:
            if self.formed[cls] != {False}:
                frame.fresh.add(function.node)
            return tuple(Form(model, cls, function.node) for model in form_models)
        return tuple(Object(stand_in, function.node) for stand_in in self._runs(function, cls))

    def _runs(self, function: Function, cls: Class) -> Iterator[Class]:
        """The classes whose instances run a method of ``cls``: not those with one of their own."""
        for stand_in in self.stand_ins(cls):
            names = [function.name] if function.name in HANDLERS else [function.name, *FORM_HOOKS]
            if all(self._inherits_method(stand_in, cls, name) for name in names):
                yield stand_in

    def _inherits_method(self, heir: Class, base: Class, name: str) -> bool:
        """Whether an heir has no method of its own that does not hand on to the base's."""
        method, inherited = self.find_method(heir, name), self.find_method(base, name)
        own = method is not None and method is not inherited
        return not own or inherited is None or (method is not None and b"super" in method.text)

    def _custom(self, model: Class, cls: Class) -> tuple[Class, ...]:
        manager = self.manager(model, self.managed[cls][model])
        return manager.custom if manager is not None and manager.custom else (cls,)
