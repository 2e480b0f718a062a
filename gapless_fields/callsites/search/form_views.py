"""The views of a form or serializer: where they save it, be it in a base view."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.summaries import Call, Caller, Named
from gapless_fields.callsites.engine.values import ClassValue
from gapless_fields.callsites.files.words import Words
from gapless_fields.callsites.rules.forms import VALIDATING
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.views import CREATE_HOOKS

FORM_METHODS = {"save": "save", "create": "save", "update": "save"}
"""For a method of a form or serializer, the one through which views call it; else is_valid()."""


class FormViews:
    def __init__(self, project: Project, words: Words) -> None:
        self._project = project
        self._words = words

    def calls(self, function: Function, form: Class) -> Iterator[Caller]:
        """Where the methods of a form's views save it, which may be those of a base view."""
        for view in self.views_with(form):
            for cls in self._project.classes.mro(view):
                for method in cls.module.functions:
                    if (
                        method.cls is cls
                        and self._project.classes.find_method(view, method.name) is method
                    ):
                        for call in self._project.solver.summary(method).calls:
                            if call.target is function or _saves(call, function):
                                yield Caller(method, call, owner=view)

    def views_of(self, function: Function, cls: Class | None) -> Iterator[tuple[Class, str]]:
        """The generic views that call a method of a form without a line of code of their own.

        Each with the hook that they call it from.
        """
        project, base = self._project, cls or function.cls
        if base is None or not project.forms.is_form(base) or _called_by(function) is None:
            return
        for form in project.models.with_serving(base):
            if project.classes.find_method(form, function.name) is function:
                yield from self._views_of_form(function, form)

    def _views_of_form(self, function: Function, form: Class) -> Iterator[tuple[Class, str]]:
        project = self._project
        for admin in self._admins_with(form):
            yield admin, "save_form"
        hooks = CREATE_HOOKS if function.name in FORM_METHODS else ("post", "create")
        for view in self.views_with(form):
            saves = project.views.creates(view) or project.views.updates(view)
            if (saves or hooks is not CREATE_HOOKS) and not any(
                self._keeps(view, hook) for hook in hooks
            ):
                yield view, hooks[0]

    def _keeps(self, view: Class, hook: str) -> bool:
        """Whether a view's own hook does not call the framework's."""
        method = self._project.classes.find_method(view, hook)
        return method is not None and not self._project.solver.summary(method).calls_super(hook)

    def _admins_with(self, form: Class) -> Iterator[Class]:
        """The classes of the admin that name a form."""
        for cls in self._classes_naming(form):
            if self._project.admins.is_admin(cls) and form.name.encode() in cls.text:
                yield cls

    def _classes_naming(self, form: Class) -> Iterator[Class]:
        for source in self._words.holding(form.name.encode()):
            module = self._project.modules.parsed(source.path)
            yield from module.classes if module is not None else ()

    def views_with(self, form: Class) -> Iterator[Class]:
        """The views that name a form or serializer, or fill one with the data of a request."""
        filled = re.compile(
            rb"\b" + form.name.encode() + rb"\(\s*(data=|(self\.)?request\b)"
        ).search
        for view in self._classes_naming(form):
            if self._project.views.is_view(view) and (
                ClassValue(form) in self._project.views.form_values(view) or filled(view.text)
            ):
                yield view


def _called_by(function: Function) -> str | None:
    """The method of a form or serializer that calls another one of it."""
    if function.name in FORM_METHODS:
        return FORM_METHODS[function.name]
    return "is_valid" if function.name.startswith(VALIDATING) else None


def _saves(call: Call, function: Function) -> bool:
    """Whether a view calls a method of its form, of which it need not know the class."""
    target = call.target
    return (
        isinstance(target, Named)
        and target.name == _called_by(function)
        and target.owner in _FORM_NAMES
    )


_FORM_NAMES = frozenset({"form", "serializer", "formset", "self"})
