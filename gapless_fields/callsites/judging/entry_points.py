"""Where Django, a task queue or a shell enters the project's code, in a transaction or in none."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.syntax import name_of
from gapless_fields.callsites.engine.values import (
    Constant,
    External,
    FunctionValue,
    Values,
    elements_of,
)
from gapless_fields.callsites.judging.routes import Routes
from gapless_fields.callsites.rules import admins
from gapless_fields.callsites.rules.frameworks import EntryPoint, Kind
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.transactions import without_modules

_MIDDLEWARE_HANDLERS = frozenset(
    {"__call__", "process_request", "process_view", "process_response", "process_exception"}
)
_DURABLE = {path.rpartition(".")[2] for path in KNOWN.durable}
_MIDDLEWARE = EntryPoint(Kind.ALONE, "middleware")


class EntryPoints:
    """The entry points of a project.

    Args:
        project: the project.
        routes: its URLconfs.
    """

    def __init__(self, project: Project, routes: Routes) -> None:
        self._project = project
        self._routes = routes

    def of(self, function: Function, owner: Class | None = None) -> EntryPoint | None:
        """The entry point that a function is; None for one that other code calls.

        ``owner`` is the class that it is a method of, where that is an heir of its own class.
        """
        if function.is_module:
            return EntryPoint(Kind.ALONE, "code of a module or script")
        found = self._by_decorator(function)
        if found is None and function.outer is None:
            if function.cls is not None:
                return self._of_method(function, owner or function.cls)
            return self._of_function(function)
        return found

    def _by_decorator(self, function: Function) -> EntryPoint | None:
        for decorator in function.decorators:
            name = name_of(decorator)
            is_task = name in KNOWN.tasks and not self._is_own(function, decorator)
            if is_task or name.endswith("_task"):
                return EntryPoint(Kind.ALONE, f"task (@{name})")
            if self._is_durable(function, decorator):
                return EntryPoint(Kind.ALONE, f"@{name}")
            if name in KNOWN.views:
                return EntryPoint(Kind.REQUEST, f"view (@{name})")
            is_call = isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
            if is_call and name in KNOWN.routes and not self._is_own(function, decorator):
                return EntryPoint(Kind.REQUEST, f"view (@{name})")
            if name == "action" and not self._is_own(function, decorator):
                return EntryPoint(Kind.REQUEST, "action of the admin or of a view set")
        return None

    def _is_own(self, function: Function, decorator: ast.expr) -> bool:
        """Whether a decorator is a function of the project itself."""
        return any(isinstance(v, FunctionValue) for v in self._named(function, decorator))

    def _is_durable(self, function: Function, decorator: ast.expr) -> bool:
        """Whether a decorator refuses to run in a transaction."""
        if name_of(decorator) not in _DURABLE:
            return False
        named = (v for v in self._named(function, decorator) if isinstance(v, External))
        return any(without_modules(value.path) in KNOWN.durable for value in named)

    def _named(self, function: Function, decorator: ast.expr) -> Values:
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        return self._project.engine.evaluate(state_of(function.module), node)

    def _of_method(self, function: Function, cls: Class) -> EntryPoint | None:
        classes, name = self._project.classes, function.name
        if self._project.admins.is_admin(cls):
            return self._of_admin(function, cls)
        if self._project.views.is_view(cls):
            return EntryPoint(Kind.REQUEST, "view") if name in KNOWN.handlers else None
        for known in KNOWN.entry_methods:
            is_entered = name in known.methods if known.methods else not name.startswith("_")
            if is_entered and classes.inherits(cls, *known.bases):
                return known.entry
        is_middleware = name in _MIDDLEWARE_HANDLERS and self._is_middleware(cls)
        return _MIDDLEWARE if is_middleware else None

    def _of_admin(self, function: Function, cls: Class) -> EntryPoint | None:
        classes, name = self._project.classes, function.name
        if name in admins.IN_TRANSACTION:
            return EntryPoint(Kind.ATOMIC, "the admin saves in a transaction")
        if name in admins.ALONE:
            return EntryPoint(Kind.REQUEST, "view of the admin")
        named = elements_of(classes.attribute(cls, "actions"))
        if Constant(name) in named or function.parameters[1:] == ["request", "queryset"]:
            return EntryPoint(Kind.REQUEST, "action of the admin")
        urls = classes.find_method(cls, "get_urls")
        if urls is not None and f"self.{name}".encode() in urls.text:
            return EntryPoint(Kind.REQUEST, "view of the admin's own")
        return None

    def _is_middleware(self, cls: Class) -> bool:
        if self._project.classes.inherits(cls, "MiddlewareMixin"):
            return True
        init = self._project.classes.find_method(cls, "__init__")
        return init is not None and "get_response" in init.parameters

    def _of_function(self, function: Function) -> EntryPoint | None:
        parameters = function.parameters
        if parameters == ["modeladmin", "request", "queryset"]:
            return EntryPoint(Kind.REQUEST, "action of the admin")
        if parameters[1:2] == ["schema_editor"]:
            return EntryPoint(Kind.ATOMIC, "a migration runs in a transaction")
        if self._routes.of_function(function):
            return EntryPoint(Kind.REQUEST, "view")
        parts = function.module.source.relative.split("/")
        if function.name == "run" and "scripts" in parts[:-1]:
            return EntryPoint(Kind.ALONE, "script")
        return None

    # Functions that nobody calls

    def by_place(self, function: Function) -> EntryPoint | None:
        """What a function is that nobody calls: a view, by its parameters and its file."""
        parameters, cls = function.parameters, function.cls
        if cls is None and parameters and self._is_in_pipeline(function, parameters[0]):
            return EntryPoint(Kind.REQUEST, "step of the social-auth pipeline")
        if cls is not None:
            takes_request = parameters[1:2] == ["request"]
            if takes_request and not self._project.admins.is_admin(cls) and self._serves(cls):
                return EntryPoint(Kind.REQUEST, "method that takes a request")
        elif parameters[:1] == ["request"] and self._routes.is_views_module(function):
            return EntryPoint(Kind.REQUEST, "view")
        return None

    def _serves(self, cls: Class) -> bool:
        """Whether another package may call the methods of a class, as those of a view."""
        project, classes = self._project, self._project.classes
        if project.models.is_manager(cls) or project.forms.is_form(cls):
            return False
        if classes.inherits(cls, "Model"):
            return False
        for ancestor in classes.mro(cls):  # who calls methods by names made up, in a transaction?
            if b"getattr(self, " in ancestor.text and b"atomic" in ancestor.text:
                return False
        return project.views.is_view(cls) or classes.inherits(cls, *KNOWN.serving_bases)

    def _is_in_pipeline(self, function: Function, first: str) -> bool:
        """Whether a setting may name a function: its first parameter says so."""
        place = KNOWN.pipeline_arguments.get(first)
        return place is not None and place in function.module.source.relative
