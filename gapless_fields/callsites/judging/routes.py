"""The URLconf, as its files say it: which views there are, and what is wrapped around them."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from gapless_fields.callsites.engine.definitions import Assigned, Class, Function, Module
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.syntax import last_name_of
from gapless_fields.callsites.engine.values import (
    Atomic,
    ClassValue,
    External,
    FunctionValue,
)
from gapless_fields.callsites.files.sources import Source
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.transactions import is_atomic, name_of_atomic

_ROUTING = frozenset({"path", "re_path", "url"})
_VIEW_MODULES = ("view", "api", "endpoint", "handler", "ajax")


@dataclass(frozen=True)
class Route:
    """One mention of a view in a URLconf."""

    atomic: Atomic | None = None
    """``atomic(view)``."""
    non_atomic: bool = False
    """``non_atomic_requests(view)``."""
    actions: frozenset[str] = frozenset()
    """``{"get": "list"}`` of a view set; empty: whatever it has."""


class Routes:
    """The URLconfs of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._routes: defaultdict[Function | Class, list[Route]] = defaultdict(list)
        self._read: set[str] = set()

    def of_function(self, function: Function) -> list[Route]:
        self._find(function.name, function.module)
        return self._routes[function]

    def of_class(self, cls: Class) -> list[Route]:
        self._find(cls.name, cls.module)
        return self._routes[cls]

    def is_views_module(self, function: Function) -> bool:
        """Whether a function with a ``request`` that nobody calls is a view, by where it stands.

        Where other functions of its file are routed and it is not, those call it.
        """
        module = function.module
        file = module.source.relative.rpartition("/")[2]
        folder = module.source.relative.split("/")[-2:-1]
        if function.name.startswith("_"):
            return False
        if not any(part in name for part in _VIEW_MODULES for name in (file, *folder)):
            return False
        return not any(self._routes[other] for other in module.functions)

    @cached_property
    def _urlconfs(self) -> list[Source]:
        return [
            source
            for source in self._project.sources
            if (b"urlpatterns" in source.data or b".register(" in source.data)
            and not source.is_test
        ]

    def _find(self, name: str, module: Module) -> None:
        """Read the URLconfs that mention a name, and those next to its module."""
        word = name.encode()
        folder = module.path.rpartition("/")[0]
        for source in self._urlconfs:
            if source.path in self._read:
                continue
            if word in source.data or source.path.startswith(f"{folder}/urls"):
                self._read.add(source.path)
                with self._project.modules.parsing:
                    urlconf = self._project.modules.at(source.path)
                    if urlconf is not None:
                        self._read_urlconf(urlconf)

    def _read_urlconf(self, module: Module) -> None:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                called = last_name_of(node.func)
                named = [keyword.value for keyword in node.keywords if keyword.arg == "view"]
                view = next(iter([*node.args[1:2], *named]), None)
                if view is not None and (called in _ROUTING or called == "register"):
                    self._add(module, view)

    def _add(self, module: Module, view: ast.expr) -> None:
        state = state_of(module)
        atomic, non_atomic, actions = None, False, frozenset[str]()
        if isinstance(view, ast.Name):  # ``invoices = InvoiceViewSet.as_view({"get": "list"})``
            for binding in module.scope.names.get(view.id, ()):
                if isinstance(binding, Assigned) and isinstance(binding.expression, ast.Call):
                    view = binding.expression
                    break
        while isinstance(view, ast.Call):
            if last_name_of(view.func) == "as_view" and isinstance(view.func, ast.Attribute):
                actions = frozenset(_texts(view.args[0])) if view.args else actions
                view = view.func.value
                break
            for value in self._project.engine.evaluate(state, view.func):
                if isinstance(value, External):
                    non_atomic = non_atomic or value.name == "non_atomic_requests"
                if isinstance(value, External) and is_atomic(value.path):
                    atomic = Atomic(None, f"{name_of_atomic(value.path)} in the URLconf")
                elif isinstance(value, Atomic | FunctionValue):
                    atomic = atomic or self._project.transactions.by_decorator((value,))
            if not view.args:
                return
            view = view.args[0]
        for value in self._project.engine.evaluate(state, view):
            if isinstance(value, FunctionValue):
                self._routes[value.function].append(Route(atomic, non_atomic, actions))
            elif isinstance(value, ClassValue):
                self._routes[value.cls].append(Route(atomic, non_atomic, actions))


def _texts(mapping: ast.expr) -> list[str]:
    """The values of a dict that is written out."""
    values = mapping.values if isinstance(mapping, ast.Dict) else []
    return [str(value.value) for value in values if isinstance(value, ast.Constant)]
