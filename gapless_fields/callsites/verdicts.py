"""Inside, outside or unknown: the verdict on a site, drawn from the facts of the functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.entrypoints import ADMIN, ALONE, EntryPoint, EntryPoints
from gapless_fields.callsites.facts import Call, Site
from gapless_fields.callsites.routes import Route, Routes
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.values import (
    ANY_ALIAS,
    Atomic,
    Constant,
    External,
    elements_of,
    union,
)

INSIDE, OUTSIDE, UNKNOWN = "inside", "outside", "unknown"

_CALLED_BY = {
    "form_valid": ("post", "put"),
    "form_invalid": ("post", "put"),
    "perform_create": ("create", "post"),
    "perform_update": ("update", "partial_update", "put", "patch"),
    "create": ("post",),
    "update": ("put",),
}
"""For a method of a view, those that the framework calls it from, ``dispatch`` aside."""


@dataclass(frozen=True)
class Verdict:
    verdict: str
    because: str


class Judge:
    def __init__(self, reader: Transactions) -> None:
        self.reader = reader
        self.options = reader.options
        self.routes = Routes(reader)
        self.entry_points = EntryPoints(reader, self.routes)
        self._judging: set[Function] = set()

    def judge(self, site: Site) -> Verdict:
        """Whether a site is inside ``atomic()`` on the database that its rows go to."""
        alias = self._alias(site)
        if site.deferred:
            return Verdict(OUTSIDE, _DEFERRED[site.deferred])
        found = _by_blocks(site.open, alias)
        if found is not None and found.verdict == INSIDE:
            return found
        for override in site.overrides:
            atomic = self.reader.hands_on_inside(override)
            if atomic is not None and atomic.certain and atomic.covers(alias):
                return Verdict(INSIDE, f"{atomic.how} opens atomic()")
        if site.view is not None:
            verdict = self._of_view(site.view, "form_valid", alias)
            verdict = verdict or self._request(EntryPoint("request", "view"), alias, site.view)
        else:
            verdict = self.around(site.function, alias)
        if verdict.verdict == INSIDE:
            return verdict
        if found is not None:
            return found  # on the wrong database, or not on every path
        if verdict.verdict == OUTSIDE and site.loose:
            return Verdict(UNKNOWN, "whether the row is new depends on the caller")
        return verdict

    def _alias(self, site: Site) -> str:
        if site.using is not None:
            return site.using
        target = self.reader.target_of(site.model) if site.model is not None else None
        return target.using if target is not None else "default"

    def around(self, function: Function, alias: str) -> Verdict:
        """Whether the whole of a function runs inside ``atomic()``."""
        if function in self._judging:
            return Verdict(UNKNOWN, f"{function.name}() calls itself")
        self._judging.add(function)
        try:
            return self._around(function, alias)
        finally:
            self._judging.discard(function)

    def _around(self, function: Function, alias: str) -> Verdict:
        found = _by_blocks(tuple(self.reader.decorated(function)), alias)
        if found is not None and found.verdict != OUTSIDE:
            return found
        verdict = self._by_framework(function, alias)
        return found if found is not None and verdict.verdict != INSIDE else verdict

    def _by_framework(self, function: Function, alias: str) -> Verdict:
        cls = function.cls if function.outer is None else None
        if cls is not None:
            by_class = self._of_view(cls, function.name, alias)
            if by_class is not None:
                return by_class
        entry = self.entry_points.of(function)
        if entry is not None:
            return self._entered(entry, function, alias)
        if cls is not None and self.reader.is_view(cls) and self._atomic_requests(alias):
            return self._request(EntryPoint("request", "view"), alias, function)
        if function.outer is not None:
            return self._nested(function, alias)
        return self._called_by_module(function, alias) or Verdict(
            UNKNOWN, f"{function.name}() leaves the transaction to its callers"
        )

    # Views

    def _of_view(self, cls: Class, name: str, alias: str) -> Verdict | None:
        """What surrounds a method of a view class as a whole."""
        if not self.reader.is_view(cls):
            return None
        callers = ("dispatch", *_CALLED_BY.get(name, ()))
        method = self.reader.find_method(cls, name)
        for caller in callers:
            override = self.reader.find_method(cls, caller)
            if override is not None and caller != name:
                atomic = self.reader.hands_on_inside(override, method)
                if atomic is not None and atomic.certain and atomic.covers(alias):
                    return Verdict(INSIDE, f"{atomic.how} opens atomic()")
        for method, atomic in self._class_decorators(cls):
            if method in (*callers, name) and atomic.certain and atomic.covers(alias):
                return Verdict(INSIDE, atomic.how)
        routes = self.routes.of_class(cls)
        return _by_routes(routes, alias)

    def _class_decorators(self, cls: Class) -> Iterator[tuple[str, Atomic]]:
        """``@method_decorator(atomic, name="dispatch")`` on a class."""
        for name, decorator, values in self._method_decorators(cls):
            atomic = self.reader.by_decorator(values)
            if atomic is not None:
                yield name, Atomic(atomic.using, f"@{ast.unparse(decorator)}", atomic.certain)

    def _method_decorators(self, cls: Class) -> Iterator[tuple[str, ast.Call, tuple]]:  # type: ignore[type-arg]
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

    # Entry points

    def _entered(self, entry: EntryPoint, function: Function, alias: str) -> Verdict:
        if entry.kind == ADMIN:
            return Verdict(INSIDE, entry.what)
        if entry.kind == ALONE:
            return Verdict(OUTSIDE, f"{entry.what} without atomic()")
        return self._request(entry, alias, function)

    def _request(self, entry: EntryPoint, alias: str, view: Function | Class) -> Verdict:
        routes = self.routes.of_function(view) if isinstance(view, Function) else []
        by_route = _by_routes(routes, alias)
        if by_route is not None:
            return by_route
        if not self._atomic_requests(alias):
            return Verdict(OUTSIDE, f"{entry.what} without atomic()")
        if self._is_non_atomic(view, routes):
            return Verdict(OUTSIDE, f"{entry.what} with non_atomic_requests")
        return Verdict(INSIDE, "ATOMIC_REQUESTS")

    def _atomic_requests(self, alias: str) -> bool:
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

    # Functions that are called in the same place

    def _nested(self, function: Function, alias: str) -> Verdict:
        """A nested function, lambda or generator belongs to where it is called."""
        outermost = function
        while outermost.outer is not None:
            outermost = outermost.outer
        calls = [
            (facts.function, call)
            for facts in self.reader.with_nested(outermost)
            for call in facts.calls
            if call.target is function
        ]
        verdicts = [self._of_call(caller, call, alias) for caller, call in calls]
        for wanted in (OUTSIDE, UNKNOWN):
            for verdict in verdicts:
                if verdict.verdict == wanted:
                    return verdict
        if verdicts:
            return verdicts[0]
        return Verdict(UNKNOWN, f"where {function.name} is called is not known")

    def _of_call(self, caller: Function, call: Call, alias: str) -> Verdict:
        if call.how in _DEFERRED:
            return Verdict(OUTSIDE, _DEFERRED[call.how])
        if call.how == "escapes":
            return Verdict(UNKNOWN, f"handed on in line {call.line}")
        found = _by_blocks(call.open, alias)
        return (
            found if found is not None and found.verdict == INSIDE else self.around(caller, alias)
        )

    def _called_by_module(self, function: Function, alias: str) -> Verdict | None:
        """A ``main()`` that the module itself calls is a script's."""
        body = function.module.body
        for call in self.reader.facts(body).calls:
            if call.target is function and call.how == "direct":
                return self._of_call(body, call, alias)
        return None


_DEFERRED = {
    "on_commit": "on_commit() runs it after the transaction",
    "thread": "another thread runs it, with a connection of its own",
}


def _by_blocks(opened: tuple[Atomic, ...], alias: str) -> Verdict | None:
    """What the open blocks say; None where there are none."""
    right = [atomic for atomic in opened if alias == ANY_ALIAS or atomic.covers(alias)]
    for atomic in right:
        if atomic.certain:
            return Verdict(INSIDE, atomic.how)
    if right:
        return Verdict(UNKNOWN, f"{right[0].how}, but not on every path")
    if opened:
        using = opened[0].using or "default"
        return Verdict(OUTSIDE, f'{opened[0].how} is on "{using}", the row goes to "{alias}"')
    return None


def _by_routes(routes: list[Route], alias: str) -> Verdict | None:
    """Inside where every route wraps the view."""
    wrappers = [route.atomic for route in routes]
    atomics = [atomic for atomic in wrappers if atomic is not None and atomic.covers(alias)]
    if routes and len(atomics) == len(routes):
        return Verdict(INSIDE, atomics[0].how)
    return None


__all__ = ["ALONE", "INSIDE", "OUTSIDE", "UNKNOWN", "Judge", "Verdict"]
