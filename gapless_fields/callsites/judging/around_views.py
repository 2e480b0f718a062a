"""Views, commands and tasks: what their classes, routes and settings put around their methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import islice

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.syntax import keywords_of, name_of
from gapless_fields.callsites.engine.values import (
    ANY_ALIAS,
    Atomic,
    ClassValue,
    Constant,
    External,
    Values,
    elements_of,
    texts_in,
    union,
)
from gapless_fields.callsites.judging.overrides import Overrides
from gapless_fields.callsites.judging.routes import Route, Routes
from gapless_fields.callsites.judging.verdicts import INSIDE, OUTSIDE, Verdict, by_blocks
from gapless_fields.callsites.rules.frameworks import EntryPoint
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.packages.django import HTTP_METHODS
from gapless_fields.callsites.rules.project import Project

MOST_HEIRS = 10
"""Of a base view with more, it is not asked whether all of them open a transaction."""


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
        self.overrides = Overrides(project)

    def around_method(self, cls: Class, method: Function | str, alias: str) -> Verdict | None:
        """What surrounds a method of a view, a command or a task as a whole.

        Args:
            cls: the class whose instances it is called on.
            method: the method; the name of one that is the framework's own.
            alias: the database.
        """
        name = method if isinstance(method, str) else method.name
        is_view = self._project.views.is_view(cls)
        if not is_view and not self._called_from(cls, name):
            return None
        by_route = _by_routes(self.routes.of_class(cls), alias) if is_view else None
        if by_route is not None:
            return by_route
        function = method if isinstance(method, Function) else None
        found = [one for one in self._around(cls, name, function) if one.covers(alias)]
        doubtful = not any(atomic.certain for atomic in found)
        if doubtful and is_view and self.atomic_requests(alias):
            return None
        return by_blocks(tuple(found), alias)

    def around_task(self, function: Function) -> Iterator[Atomic]:
        """What the base of a task opens: ``@shared_task(base=AtomicTask)``."""
        for decorator in function.decorators:
            if isinstance(decorator, ast.Call) and name_of(decorator) in KNOWN.tasks:
                base = keywords_of(decorator).get("base")
                with self._project.modules.parsing:
                    bases = self._project.engine.evaluate(state_of(function.module), base)
                for value in bases:
                    if isinstance(value, ClassValue):
                        yield from self._around(value.cls, "run", None)
                    elif isinstance(value, External):
                        yield from _named_atomic(value.path)

    def is_refused(self, cls: Class, name: str) -> bool:
        """Whether ``http_method_names`` leaves out the requests that lead to a handler."""
        verbs = {name, *KNOWN.handler_callers.get(name, ())} & HTTP_METHODS
        named = self._project.classes.attribute(cls, "http_method_names")
        allowed = {text.lower() for text in texts_in(elements_of(named))}
        return bool(verbs and allowed) and verbs.isdisjoint(allowed)

    def is_only_inherited(self, cls: Class, heirs: Iterable[Class]) -> bool:
        """Whether no URLconf names a view, but one of its heirs, of which there are few."""
        if not self._project.views.is_view(cls) or self.routes.of_class(cls):
            return False
        some = list(islice(heirs, MOST_HEIRS + 1))
        return len(some) <= MOST_HEIRS and any(map(self.routes.of_class, some))

    def _called_from(self, cls: Class, name: str) -> tuple[str, ...]:
        """The methods from which a framework calls one of a command or a task."""
        for known in KNOWN.entry_methods:
            if name in known.methods and self._project.classes.inherits(cls, *known.bases):
                return known.called_from
        return ()

    def _around(self, cls: Class, name: str, function: Function | None) -> Iterator[Atomic]:
        """What opens a transaction around a method: other methods, decorators, a base."""
        if self._project.classes.inherits(cls, *KNOWN.atomic_views):
            yield Atomic(ANY_ALIAS, f"a base of {cls.name} opens atomic()")
        for path in self._project.classes.external_bases(cls):
            yield from _named_atomic(path)
        callers = self._called_from(cls, name)
        if not callers and name not in KNOWN.before_dispatch:
            callers = ("dispatch", *KNOWN.handler_callers.get(name, ()))
        for caller in callers:
            if caller != name:
                yield from self._opened_by(cls, caller, name, function)
        if not is_async(function):
            yield from self._opened_by_as_view(cls)
        for ancestor, decorated, atomic in self._class_decorators(cls):
            if decorated == name:
                line = self._project.classes.mro(cls)
                own = function.cls if function is not None else None
                if own not in line or line.index(own) >= line.index(ancestor):
                    yield atomic
            elif (
                decorated in callers
                and not is_async(function)
                and self.overrides.lead_to(cls, decorated, ancestor)
            ):
                yield atomic

    def _opened_by(
        self, cls: Class, caller: str, name: str, method: Function | None
    ) -> Iterator[Atomic]:
        """What the project's own ``dispatch()`` and its like open around a method.

        Around a coroutine, one that does not await it opens nothing: it runs afterwards.
        """
        project = self._project
        for override in self.overrides.of(cls, caller):
            atomic = project.transactions.around_super(override, method, name)
            if atomic is not None and (is_async(override) or not is_async(method)):
                yield Atomic(atomic.using, f"{atomic.how} opens atomic()", atomic.certain)

    def _opened_by_as_view(self, cls: Class) -> Iterator[Atomic]:
        """``as_view()`` that returns ``atomic(super().as_view(…))``."""
        for override in self.overrides.of(cls, "as_view"):
            returned = self._project.solver.summary(override).returns
            found = [value for value in returned if isinstance(value, Atomic)]
            if found:
                owner = override.cls.name if override.cls is not None else ""
                certain = len(found) == len(returned)
                yield Atomic(found[0].using, f"{owner}.as_view() opens atomic()", certain)

    def _class_decorators(self, cls: Class) -> Iterator[tuple[Class, str, Atomic]]:
        """``@method_decorator(atomic, name="dispatch")`` on a class, or on an ancestor."""
        for ancestor, name, decorator, values in self._method_decorators(cls):
            atomic = self._project.transactions.by_decorator(values)
            if atomic is not None:
                how = f"@{ast.unparse(decorator)}"
                yield ancestor, name, Atomic(atomic.using, how, atomic.certain)

    def _method_decorators(self, cls: Class) -> Iterator[tuple[Class, str, ast.Call, Values]]:
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
                            yield ancestor, value.value, decorator, values

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
                found for _, name, _, found in self._method_decorators(cls) if name == "dispatch"
            ]
            dispatch = self._project.classes.find_method(cls, "dispatch")
            if dispatch is not None and dispatch is not view:
                state = state_of(dispatch.module)
                values += [self._project.engine.evaluate(state, d) for d in dispatch.decorators]
        named = [value for found in values for value in found if isinstance(value, External)]
        return any(route.non_atomic for route in routes) or any(
            "non_atomic_requests" in value.path for value in named
        )


def is_async(function: Function | None) -> bool:
    return function is not None and isinstance(function.node, ast.AsyncFunctionDef)


def _named_atomic(path: str) -> Iterator[Atomic]:
    """A base of another package that says *atomic* may well open a transaction."""
    name = path.replace("()", "")
    if "atomic" in name.lower() and "nonatomic" not in name.lower().replace("_", ""):
        how = f"{name.rpartition('.')[2]}, of another package"
        yield Atomic(ANY_ALIAS, how, certain=False)


def _by_routes(routes: list[Route], alias: str) -> Verdict | None:
    """Inside where every route wraps the view."""
    wrappers = [route.atomic for route in routes]
    atomics = [atomic for atomic in wrappers if atomic is not None and atomic.covers(alias)]
    if routes and len(atomics) == len(routes):
        return Verdict(INSIDE, atomics[0].how)
    return None
