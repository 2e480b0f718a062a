"""Generic views: whose rows their classes save, and what their methods are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    ClassValue,
    Constant,
    Instance,
    Items,
    Origin,
    Value,
    Values,
    class_of,
    classes_in,
    union,
)
from gapless_fields.callsites.rules.forms import Forms
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.values import Form, FormClass, Manager
from gapless_fields.callsites.rules.wizards import Wizards

NAMING_MODELS = frozenset(
    {"model", "queryset", "form_list", *KNOWN.form_attributes}
    | {"get_form", "get_form_class", "get_serializer_class"}
)
"""What the body of a class that may be a view of a model assigns or defines."""

CREATE_HOOKS = ("form_valid", "perform_create", "create", "post")
"""The methods through which generic views insert, innermost first."""

_MAKING_FORMS = ("CreateView", "UpdateView", "FormMixin", "APIView", "ViewSet", "ModelMixin")
"""Views that make a form or serializer for their model by themselves."""

FORM_GETTERS = ("get_form_class", "get_serializer_class", "get_form", "get_serializer")
"""Methods of views that choose the form."""


class Views:
    """The views of a project.

    Args:
        engine: reads the project.
        models: the numbered models.
        forms: the project's forms.
        wizards: the project's wizards.
    """

    def __init__(self, engine: Engine, models: Models, forms: Forms, wizards: Wizards) -> None:
        self._engine = engine
        self._classes = engine.classes
        self._solver = engine.solver
        self._models = models
        self._forms = forms
        self._wizards = wizards

    # What a class is

    def is_view(self, cls: Class) -> bool:
        if self._classes.inherits(cls, *KNOWN.view_bases):
            return True
        named = any(ancestor.name.endswith("ViewMixin") for ancestor in self._classes.mro(cls))
        return named and not self._classes.inherits(cls, "Model")

    def serve(self, cls: Class) -> bool:
        """Whether a class is a view, or a mixin of some."""
        return any(map(self.is_view, self._models.with_serving(cls)))

    def creates(self, cls: Class) -> bool:
        """Whether a generic view inserts a row by itself."""
        names = set(self._classes.external_names(cls))
        if names & KNOWN.create_views or any(name.endswith("CreateView") for name in names):
            return True
        if self.updates(cls) and self._makes_its_object(cls):
            return True
        if {"ModelFormMixin", "ProcessFormView"} <= names and not self.updates(cls):
            return True
        # Another package's, by its name; not where the class itself says what else it can.
        return names.isdisjoint({"ListModelMixin", "RetrieveModelMixin"}) and any(
            name.endswith("ModelViewSet") and not name.startswith("ReadOnly") for name in names
        )

    def updates(self, cls: Class) -> bool:
        names = self._classes.external_names(cls)
        return any(name in KNOWN.update_views or name.endswith("UpdateView") for name in names)

    def only_updates(self, cls: Class | None) -> bool:
        """Whether a class is a view that saves a row that there is."""
        return cls is not None and self.updates(cls) and not self.creates(cls)

    def _makes_its_object(self, cls: Class) -> bool:
        """Whether the ``get_object()`` of an UpdateView may give it a new row, or none."""
        method = self._classes.find_method(cls, "get_object")
        if method is None:
            return False
        returns = self._solver.summary(method).returns
        made = any(is_new or value == Constant(None) for value, is_new in returns.items())
        return made or b"return self.model()" in method.text

    # The forms of a class

    def forms(self, cls: Class) -> dict[tuple[Class, Class | None], None]:
        """The models that a view's forms or serializers save, each with its form's class."""
        return dict.fromkeys(self._find_forms(cls))

    def _find_forms(self, cls: Class) -> Iterator[tuple[Class, Class | None]]:
        named = self.form_values(cls)
        for value in named:
            if isinstance(value, FormClass):
                yield value.model, value.cls
            elif isinstance(value, ClassValue):
                yield from ((model, value.cls) for model in self._forms.models(value.cls))
        if not named:
            made = list(self._made(cls))
            yield from ((form.model, class_of(form)) for form in made)
            makes = not made and self._classes.inherits(cls, *_MAKING_FORMS)
            if makes and not self._chooses_form(cls):
                yield from ((model, None) for model in self.models(cls))

    def form_values(self, cls: Class) -> Values:
        """What a view names as its forms or serializers."""
        found = [self._wizards.form_classes(cls)]
        for attribute in KNOWN.form_attributes:
            named = self._classes.parsed_attribute(cls, attribute)
            found.append(named)
            method = self._classes.find_method(cls, f"get_{attribute}")
            # What a base view returns is what any of its heirs names.
            is_shared = method is not None and method.cls is not cls and bool(named)
            if method is not None and attribute.endswith("_class") and not is_shared:
                base = self._classes.find_after(cls, cls, method.name) if named else None
                others = list(self._solver.summary(base).returns) if base is not None else []
                if method.cls is not None and method.cls is not cls:
                    others += self._named_by_others(method.cls, cls)
                returned = self._solver.summary(method).returns
                found.append(tuple(value for value in returned if value not in others))
        return union(*found)

    def _named_by_others(self, base: Class, cls: Class) -> Iterator[Value]:
        """What other heirs of a base view than ``cls`` name as their form."""
        for heir in self._models.serving.get(base, ()):
            if heir is not cls and heir not in self._classes.mro(cls):
                for name in heir.scope.names:
                    if name.endswith(KNOWN.form_attributes):
                        yield from self._classes.attribute(heir, name)

    def _made(self, cls: Class) -> Iterator[Form]:
        """The forms that a view's own ``get_form()`` returns."""
        for name in ("get_form", "get_serializer"):
            method = self._classes.find_method(cls, name)
            if method is not None and method.cls is cls:
                returned = self._solver.summary(method).returns
                yield from (value for value in returned if isinstance(value, Form))

    def _chooses_form(self, cls: Class) -> bool:
        """Whether the project decides what the form is, and nobody can read how."""
        for name in FORM_GETTERS:
            method = self._classes.find_method(cls, name)
            if method is None:
                continue
            chooses = b"if " in method.text or method.text.count(b"return ") > 1
            if b"super(" not in method.text or (chooses and name.endswith("_class")):
                return True
        return False

    def models(self, cls: Class) -> Iterator[Class]:
        """The models that a view names in ``model`` and ``queryset``."""
        for attribute in ("model", "queryset"):
            for value in self._classes.attribute(cls, attribute):
                if isinstance(value, ClassValue):
                    yield value.cls
                elif isinstance(value, Manager):
                    yield value.model

    def plain_forms(self, cls: Class) -> list[Class]:
        """The forms and serializers of a view that are of no model."""
        return [c for c in classes_in(self.form_values(cls)) if not self._forms.models(c)]

    def form(
        self, state: State, node: ast.AST, cls: Class, call: Invocation | None = None
    ) -> Values:
        """``self.get_form()`` and ``self.get_serializer(…)``."""
        forms = [self._forms.new(state, node, model, form, call) for model, form in self.forms(cls)]
        plain = self.plain_forms(cls)
        if (
            self.only_updates(cls)
            or self._knows_its_row(cls)
            or any(self._classes.find_method(form, "create") for form in plain)
        ):
            state.rows.not_new(form.origin for form in forms)
        for form in forms:
            self._forms.note_made(state, form)
        return (*forms, *(Instance(form, Origin(node)) for form in plain))

    def _knows_its_row(self, cls: Class) -> bool:
        """Whether ``get_form_kwargs()`` gives the form an ``instance`` that is saved."""
        method = self._classes.find_method(cls, "get_form_kwargs")
        returned = self._solver.summary(method).returns if method is not None else {}
        given = [
            is_new
            for value, is_new in returned.items()
            if isinstance(value, Items) and "instance" in value.keys
        ]
        return bool(given) and not any(given)

    # What is given to methods

    def parameter(self, state: State, cls: Class, function: Function, node: ast.arg) -> Values:
        """What a view's method is given as its form."""
        views = self.running(function, cls)
        values = union(*(self.form(state, node, view) for view in views))
        if function.name in ("perform_update", "update", "partial_update"):
            state.rows.not_new(value.origin for value in values if isinstance(value, Form))
        return values

    def running(self, function: Function, cls: Class) -> Iterator[Class]:
        """The classes whose instances run a method of ``cls``: not those with one of their own."""
        for stand_in in self._models.stand_ins(cls):
            names = {function.name}
            if function.name not in KNOWN.handlers:
                names |= KNOWN.form_hooks
            if all(self._inherits_method(stand_in, cls, name) for name in names):
                yield stand_in

    def _inherits_method(self, heir: Class, base: Class, name: str) -> bool:
        """Whether an heir has no method of its own that does not call the base's."""
        method = self._classes.find_method(heir, name)
        inherited = self._classes.find_method(base, name)
        is_own = method is not None and method is not inherited
        return not is_own or inherited is None or (method is not None and b"super" in method.text)
