"""Where Django, a task queue or a shell enters the project's code, in a transaction or in none."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from gapless_fields.callsites.definitions import Class, Function, decorator_name
from gapless_fields.callsites.routes import Routes
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.values import Constant, FunctionValue, elements_of
from gapless_fields.callsites.vocabulary import (
    ADMIN_ALONE,
    ADMIN_IN_TRANSACTION,
    COMMAND_HANDLERS,
    HANDLERS,
    MIDDLEWARE_HANDLERS,
    ROUTE_DECORATORS,
    TASK_DECORATORS,
    VIEW_DECORATORS,
)

_SERVING = "Resource", "Endpoint", "Handler", "API", "Api", "Service", "Servlet"
"""How other packages call the classes whose methods answer requests, beside views."""

REQUEST = "request"
ALONE = "alone"
ATOMIC = "atomic"


@dataclass(frozen=True)
class EntryPoint:
    """How the outside enters a function.

    ``kind``: REQUEST (a view: in a transaction where ``ATOMIC_REQUESTS`` is set), ATOMIC (inside
    the admin's own ``atomic()``, or another of Django's) or ALONE (never in a transaction).
    """

    kind: str
    what: str


class EntryPoints:
    def __init__(self, reader: Transactions, routes: Routes) -> None:
        self.reader = reader
        self.routes = routes

    def of(self, function: Function, owner: Class | None = None) -> EntryPoint | None:
        """The entry point that a function is; None for one that other code calls.

        ``owner`` is the class that it is a method of, where that is an heir of its own class.
        """
        if function.is_module:
            return EntryPoint(ALONE, "code of a module or script")
        found = self._by_decorator(function)
        if found is None and function.outer is None:
            if function.cls is not None:
                return self._of_method(function, owner or function.cls)
            return self._of_function(function)
        return found

    def by_place(self, function: Function) -> EntryPoint | None:
        """What a function is that nobody calls: a view, by its parameters and its file."""
        parameters = [argument.arg for argument in function.arguments]
        if self._is_social_auth(function, parameters):
            return EntryPoint(REQUEST, "step of the social-auth pipeline")
        cls = function.cls
        if cls is not None and parameters[1:2] == ["request"] and not self.reader.is_admin(cls):
            is_called = self._is_framework_class(cls)
            return EntryPoint(REQUEST, "method that takes a request") if is_called else None
        takes_request = cls is None and parameters[:1] == ["request"]
        if takes_request and self.routes.is_views_module(function):
            return EntryPoint(REQUEST, "view")
        return None

    def _is_framework_class(self, cls: Class) -> bool:
        """Whether another package may call the methods of a class, as those of a view."""
        reader = self.reader
        if reader.is_manager(cls) or reader.is_form(cls) or reader.inherits(cls, "Model"):
            return False
        for ancestor in reader.line(cls):  # who calls methods by names made up, in a transaction?
            if b"getattr(self, " in ancestor.text and b"atomic" in ancestor.text:
                return False
        return reader.is_view(cls) or reader.inherits(cls, *_SERVING)

    def _is_social_auth(self, function: Function, parameters: list[str]) -> bool:
        """Whether ``SOCIAL_AUTH_PIPELINE`` may name a function: its parameters say so."""
        first = parameters[0] if parameters and function.cls is None else ""
        in_pipeline = "pipeline" in function.module.source.relative
        return first == "strategy" or (first == "backend" and in_pipeline)

    def _by_decorator(self, function: Function) -> EntryPoint | None:
        for decorator in function.decorators:
            name = decorator_name(decorator)
            is_task = name in TASK_DECORATORS and not self._is_own(function, decorator)
            if is_task or name.endswith("_task"):
                return EntryPoint(ALONE, f"task (@{name})")
            if name in VIEW_DECORATORS:
                return EntryPoint(REQUEST, f"view (@{name})")
            is_call = isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
            if is_call and name in ROUTE_DECORATORS and not self._is_own(function, decorator):
                return EntryPoint(REQUEST, f"view (@{name})")
            if name == "action" and not self._is_own(function, decorator):
                return EntryPoint(REQUEST, "action of the admin or of a view set")
        return None

    def _is_own(self, function: Function, decorator: ast.expr) -> bool:
        """Whether a decorator is a function of the project itself."""
        node = decorator.func if isinstance(decorator, ast.Call) else decorator
        values = self.reader.evaluate(self.reader.module_frame(function.module), node)
        return any(isinstance(value, FunctionValue) for value in values)

    def _of_method(self, function: Function, cls: Class) -> EntryPoint | None:
        reader, name = self.reader, function.name
        if reader.is_admin(cls):
            if name in ADMIN_IN_TRANSACTION:
                return EntryPoint(ATOMIC, "the admin saves in a transaction")
            if name in ADMIN_ALONE:
                return EntryPoint(REQUEST, "view of the admin")
            named = elements_of(reader.class_attribute(cls, "actions"))
            parameters = [argument.arg for argument in function.arguments]
            if Constant(name) in named or parameters[1:] == ["request", "queryset"]:
                return EntryPoint(REQUEST, "action of the admin")
            urls = reader.find_method(cls, "get_urls")
            if urls is not None and f"self.{name}".encode() in urls.text:
                return EntryPoint(REQUEST, "view of the admin's own")
            return None
        if reader.is_view(cls):
            return EntryPoint(REQUEST, "view") if name in HANDLERS else None
        if reader.inherits(cls, "Command") and name in COMMAND_HANDLERS:
            return EntryPoint(ALONE, "management command")
        if reader.inherits(cls, "AppConfig") and name == "ready":
            return EntryPoint(ALONE, "AppConfig.ready()")
        if reader.inherits(cls, "Consumer") and not name.startswith("_"):
            return EntryPoint(ALONE, "consumer")
        if reader.inherits(cls, "Task") and name == "run":
            return EntryPoint(ALONE, "task")
        if name in MIDDLEWARE_HANDLERS and self._is_middleware(cls):
            return EntryPoint(ALONE, "middleware")
        if reader.inherits(cls, "Thread", "Process") and name == "run":
            return EntryPoint(ALONE, "thread")
        return None

    def _is_middleware(self, cls: Class) -> bool:
        if self.reader.inherits(cls, "MiddlewareMixin"):
            return True
        init = self.reader.find_method(cls, "__init__")
        return init is not None and "get_response" in [a.arg for a in init.arguments]

    def _of_function(self, function: Function) -> EntryPoint | None:
        parameters = [argument.arg for argument in function.arguments]
        if parameters == ["modeladmin", "request", "queryset"]:
            return EntryPoint(REQUEST, "action of the admin")
        if parameters[1:2] == ["schema_editor"]:
            return EntryPoint(ATOMIC, "a migration runs in a transaction")
        if self.routes.of_function(function):
            return EntryPoint(REQUEST, "view")
        parts = function.module.source.relative.split("/")
        if function.name == "run" and "scripts" in parts[:-1]:
            return EntryPoint(ALONE, "script")
        return None
