"""Views, commands and tasks: what their classes, routes and settings put around their methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.values import (
    ANY_ALIAS,
    Atomic,
    Constant,
    External,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.judging.routes import Route, Routes
from gapless_fields.callsites.judging.verdicts import INSIDE, OUTSIDE, Verdict, by_blocks
from gapless_fields.callsites.rules.frameworks import EntryPoint
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.project import Project


class AroundViews:
    """The transactions around the methods of views, commands and tasks.

    Args:
        project: the project.
        routes: its URLconfs.
    """

    def __init__(self, project: Project, routes: Routes) -> None:
        self._project = project
        self._options = project.options
        self.routes = routes

    def around_method(self, cls: Class, name: str, alias: str) -> Verdict | None:
        """What surrounds a method of a view, a command or a task as a whole."""
        is_view = self._project.views.is_view(cls)
        if not is_view and not self._called_from(cls, name):
            return None
        by_route = _by_routes(self.routes.of_class(cls), alias) if is_view else None
        if by_route is not None:
            return by_route
        found = [atomic for atomic in self._around(cls, name) if atomic.covers(alias)]
        doubtful = not any(atomic.certain for atomic in found)
        if doubtful and is_view and self.atomic_requests(alias):
            return None
        return by_blocks(tuple(found), alias)

    def _called_from(self, cls: Class, name: str) -> tuple[str, ...]:
        """The methods from which a framework calls one of a command or a task."""
        for known in KNOWN.entry_methods:
            if name in known.methods and self._project.classes.inherits(cls, *known.bases):
                return known.called_from
        return ()

    def _around(self, cls: Class, name: str) -> Iterator[Atomic]:
        """What opens a transaction around a method: other methods, decorators, a base."""
        if self._project.classes.inherits(cls, *KNOWN.atomic_views):
            yield Atomic(ANY_ALIAS, f"a base of {cls.name} opens atomic()")
        for base in self._project.classes.external_names(cls):
            if "atomic" in base.lower() and "nonatomic" not in base.lower():
                yield Atomic(ANY_ALIAS, f"{base}, of another package", certain=False)
        callers = self._called_from(cls, name)
        callers = callers or ("dispatch", *KNOWN.handler_callers.get(name, ()))
        method = self._project.classes.find_method(cls, name)
        for caller in callers:
            override = self._project.classes.find_method(cls, caller)
            if override is not None and caller != name:
                atomic = self._project.transactions.around_super(override, method)
                if atomic is not None:
                    yield Atomic(atomic.using, f"{atomic.how} opens atomic()", atomic.certain)
        for decorated, atomic in self._class_decorators(cls):
            if decorated in (*callers, name):
                yield atomic

    def _class_decorators(self, cls: Class) -> Iterator[tuple[str, Atomic]]:
        """``@method_decorator(atomic, name="dispatch")`` on a class."""
        for name, decorator, values in self._method_decorators(cls):
            atomic = self._project.transactions.by_decorator(values)
            if atomic is not None:
                yield name, Atomic(atomic.using, f"@{ast.unparse(decorator)}", atomic.certain)

    def _method_decorators(self, cls: Class) -> Iterator[tuple[str, ast.Call, Values]]:
        for ancestor in self._project.classes.mro(cls):
            state = state_of(ancestor.module)
            for decorator in ancestor.node.decorator_list:
                if not isinstance(decorator, ast.Call) or not decorator.args:
                    continue
                names = [k.value for k in decorator.keywords if k.arg == "name"]
                for name in names:
                    with self._project.modules.parsing:
                        values = self._project.engine.evaluate(state, decorator.args[0])
                    values = union(elements_of(values), values)
                    for value in self._project.engine.evaluate(state, name):
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
        return alias in self._options.atomic_requests or (
            alias == ANY_ALIAS and bool(self._options.atomic_requests)
        )

    def _is_non_atomic(self, view: Function | Class, routes: list[Route]) -> bool:
        cls = view if isinstance(view, Class) else view.cls
        decorators = [(view.module, d) for d in getattr(view, "decorators", [])]
        values = [
            self._project.engine.evaluate(state_of(module), decorator)
            for module, decorator in decorators
        ]
        if cls is not None:
            routes = routes + self.routes.of_class(cls)
            values += [
                found for name, _, found in self._method_decorators(cls) if name == "dispatch"
            ]
            dispatch = self._project.classes.find_method(cls, "dispatch")
            if dispatch is not None and dispatch is not view:
                state = state_of(dispatch.module)
                values += [self._project.engine.evaluate(state, d) for d in dispatch.decorators]
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
