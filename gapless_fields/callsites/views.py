"""Views, commands and tasks: what their classes, routes and settings put around their methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.entrypoints import EntryPoint
from gapless_fields.callsites.routes import Route, Routes
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.values import (
    ANY_ALIAS,
    Atomic,
    Constant,
    External,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.verdicts import INSIDE, OUTSIDE, Verdict, by_blocks
from gapless_fields.callsites.vocabulary import ATOMIC_VIEWS, COMMAND_HANDLERS

_CALLED_BY = {
    "form_valid": ("post", "put"),
    "form_invalid": ("post", "put"),
    "perform_create": ("create", "post"),
    "perform_update": ("update", "partial_update", "put", "patch"),
    "create": ("post",),
    "update": ("put",),
}
"""For a method of a view, those that the framework calls it from, ``dispatch`` aside."""

_ENTERED_BY = {
    **dict.fromkeys(COMMAND_HANDLERS, ("execute", "run_from_argv")),
    "run": ("__call__",),
}
"""For a method of a command or a task, those that the framework calls it from."""


class Views:
    def __init__(self, reader: Transactions, routes: Routes) -> None:
        self.reader = reader
        self.options = reader.options
        self.routes = routes

    def around_method(self, cls: Class, name: str, alias: str) -> Verdict | None:
        """What surrounds a method of a view, a command or a task as a whole."""
        is_view = self.reader.is_view(cls)
        if not is_view and not self._is_entered(cls, name):
            return None
        by_route = _by_routes(self.routes.of_class(cls), alias) if is_view else None
        if by_route is not None:
            return by_route
        found = [atomic for atomic in self._around(cls, name) if atomic.covers(alias)]
        doubtful = not any(atomic.certain for atomic in found)
        if doubtful and is_view and self.atomic_requests(alias):
            return None
        return by_blocks(tuple(found), alias)

    def _is_entered(self, cls: Class, name: str) -> bool:
        """Whether a framework calls a method of a command or a task."""
        return name in _ENTERED_BY and self.reader.inherits(cls, "Command", "Task")

    def _around(self, cls: Class, name: str) -> Iterator[Atomic]:
        """What opens a transaction around a method: other methods, decorators, a base."""
        if self.reader.inherits(cls, *ATOMIC_VIEWS):
            yield Atomic(ANY_ALIAS, f"a base of {cls.name} opens atomic()")
        for base in self.reader.external_names(cls):
            if "atomic" in base.lower() and "nonatomic" not in base.lower():
                yield Atomic(ANY_ALIAS, f"{base}, of another package", certain=False)
        callers = _ENTERED_BY.get(name) or ("dispatch", *_CALLED_BY.get(name, ()))
        method = self.reader.find_method(cls, name)
        for caller in callers:
            override = self.reader.find_method(cls, caller)
            if override is not None and caller != name:
                atomic = self.reader.hands_on_inside(override, method)
                if atomic is not None:
                    yield Atomic(atomic.using, f"{atomic.how} opens atomic()", atomic.certain)
        for decorated, atomic in self._class_decorators(cls):
            if decorated in (*callers, name):
                yield atomic

    def _class_decorators(self, cls: Class) -> Iterator[tuple[str, Atomic]]:
        """``@method_decorator(atomic, name="dispatch")`` on a class."""
        for name, decorator, values in self._method_decorators(cls):
            atomic = self.reader.by_decorator(values)
            if atomic is not None:
                yield name, Atomic(atomic.using, f"@{ast.unparse(decorator)}", atomic.certain)

    def _method_decorators(self, cls: Class) -> Iterator[tuple[str, ast.Call, Values]]:
        for ancestor in self.reader.line(cls):
            frame = self.reader.module_frame(ancestor.module)
            for decorator in ancestor.node.decorator_list:
                if not isinstance(decorator, ast.Call) or not decorator.args:
                    continue
                names = [k.value for k in decorator.keywords if k.arg == "name"]
                for name in names:
                    with self.reader.thorough():
                        values = self.reader.evaluate(frame, decorator.args[0])
                    values = union(elements_of(values), values)
                    for value in self.reader.evaluate(frame, name):
                        if isinstance(value, Constant) and isinstance(value.value, str):
                            yield value.value, decorator, values

    def request(self, entry: EntryPoint, alias: str, view: Function | Class) -> Verdict:
        routes = self.routes.of_function(view) if isinstance(view, Function) else []
        by_route = _by_routes(routes, alias)
        if by_route is not None:
            return by_route
        if not self.atomic_requests(alias):
            return Verdict(OUTSIDE, f"{entry.what} without atomic()")
        if self._is_non_atomic(view, routes):
            return Verdict(OUTSIDE, f"{entry.what} with non_atomic_requests")
        return Verdict(INSIDE, "ATOMIC_REQUESTS")

    def atomic_requests(self, alias: str) -> bool:
        return alias in self.options.atomic_requests or (
            alias == ANY_ALIAS and bool(self.options.atomic_requests)
        )

    def _is_non_atomic(self, view: Function | Class, routes: list[Route]) -> bool:
        cls = view if isinstance(view, Class) else view.cls
        decorators = [(view.module, d) for d in getattr(view, "decorators", [])]
        values = [
            self.reader.evaluate(self.reader.module_frame(module), decorator)
            for module, decorator in decorators
        ]
        if cls is not None:
            routes = routes + self.routes.of_class(cls)
            values += [
                found for name, _, found in self._method_decorators(cls) if name == "dispatch"
            ]
            dispatch = self.reader.find_method(cls, "dispatch")
            if dispatch is not None and dispatch is not view:
                frame = self.reader.module_frame(dispatch.module)
                values += [self.reader.evaluate(frame, d) for d in dispatch.decorators]
        named = [value for found in values for value in found if isinstance(value, External)]
        return any(route.non_atomic for route in routes) or any(
            "non_atomic_requests" in value.path for value in named
        )


def _by_routes(routes: list[Route], alias: str) -> Verdict | None:
    """Inside where every route wraps the view."""
    wrappers = [route.atomic for route in routes]
    atomics = [atomic for atomic in wrappers if atomic is not None and atomic.covers(alias)]
    if routes and len(atomics) == len(routes):
        return Verdict(INSIDE, atomics[0].how)
    return None
