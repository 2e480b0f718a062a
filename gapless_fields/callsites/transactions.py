"""What opens ``atomic()``: Django's own, and the project's wrappers around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.externals import ATOMIC
from gapless_fields.callsites.facts import Call, Facts
from gapless_fields.callsites.statements import Statements
from gapless_fields.callsites.values import (
    ANY_ALIAS,
    Atomic,
    ClassValue,
    External,
    FunctionValue,
    Items,
    Object,
    Parameter,
    Value,
    Values,
    elements_of,
)


class Transactions(Statements):
    """The whole reader."""

    # Context managers

    def opened_by(self, values: Values) -> Atomic | None:
        """The transaction that ``with`` opens for such a value; doubtful if only some do."""
        opened = [self._opened(value) for value in values]
        found = [atomic for atomic in opened if atomic is not None]
        if not found:
            return None
        first = found[0]
        return Atomic(first.using, first.how, first.certain and len(found) == len(opened))

    def _opened(self, value: Value) -> Atomic | None:
        match value:
            case Atomic():
                return value
            case External(path) if self._is_wrapper(path.replace("()", "")):
                return Atomic(ANY_ALIAS, path.replace("()", ""))
            case External() if "atomic" in (name := _last_name(value)) and "non_" not in name:
                return Atomic(ANY_ALIAS, f"{name}(), of another package", certain=False)
            case Object(Class() as cls):
                return self._opened_by_class(cls)
        return None

    def _opened_by_class(self, cls: Class) -> Atomic | None:
        name = f"{cls.module.dotted}.{cls.name}"
        if self.externals(cls) & ATOMIC or self._is_wrapper(name):
            return Atomic(ANY_ALIAS, cls.name)
        for method in ("__enter__", "__aenter__"):
            enter = self.find_method(cls, method)
            if enter is not None and self.facts(enter).enters:
                entered = self.facts(enter).enters[0]
                return Atomic(entered.using, cls.name, entered.certain)
        return None

    def context_of(self, function: Function) -> Values:
        atomic = self._wrapper(function)
        if atomic is None:
            atomic = _common(self.facts(function).yields, function.name)
        return (atomic,) if atomic is not None else ()

    def _wrapper(self, function: Function) -> Atomic | None:
        if self._is_wrapper(f"{function.module.dotted}.{function.name}"):
            return Atomic(ANY_ALIAS, f"{function.name}()")
        return None

    def _is_wrapper(self, path: str) -> bool:
        """Whether ``ATOMIC_WRAPPERS`` names it, in full or from any dot on."""
        if not self.options.atomic_wrappers:
            return False
        return any(
            path == name or path.endswith(f".{name}") or name.endswith(f".{path}")
            for name in self.options.atomic_wrappers
        )

    # Decorators

    def decorated(self, function: Function) -> Iterator[Atomic]:
        """The transactions that a function's decorators open around it."""
        frame = self.class_frame(function.cls) if function.cls else None
        closure = self.closures.get(function)
        for decorator in function.decorators:
            if closure is None:
                scope = frame or self.module_frame(function.module)
            else:
                scope = closure.branch()
            with self.thorough():
                values = self.evaluate(scope, decorator)
            atomic = self.by_decorator(values)
            if atomic is not None:
                yield Atomic(atomic.using, f"@{ast.unparse(decorator)}", atomic.certain)

    def by_decorator(self, values: Values) -> Atomic | None:
        """The transaction that a decorator opens around what it decorates."""
        for value in values:
            match value:
                case External(path) if path in ATOMIC:
                    return Atomic(None, "transaction.atomic")
                case Items():
                    atomic = self.by_decorator(elements_of((value,)))
                    if atomic is not None:
                        return atomic
                case FunctionValue(function):
                    atomic = self._around_parameter(function)
                    if atomic is not None:
                        return atomic
                case ClassValue(cls) | Object(Class() as cls):
                    call = self.find_method(cls, "__call__")
                    atomic = self._opened_by_class(cls) or (
                        self._around_parameter(call) if call is not None else None
                    )
                    if atomic is not None:
                        return atomic
                case _:
                    atomic = self._opened(value)
                    if atomic is not None:
                        return atomic
        return None

    def _around_parameter(self, decorator: Function) -> Atomic | None:
        """What a decorator of the project opens around every call of what it is given."""
        wrapper = self._wrapper(decorator)
        if wrapper is not None:
            return wrapper
        opens = [
            opened
            for facts in self.with_nested(decorator)
            for call, opened in self._calls_of_parameters(facts)
        ]
        return _common(opens, f"@{decorator.name}")

    def around_parameter(self, parameter: Parameter) -> tuple[Atomic | None, bool]:
        """What a function opens around its calls of a parameter, and whether there are any."""
        opens = [
            opened
            for facts in self.with_nested(parameter.function)
            for call, opened in self._calls_of_parameters(facts)
            if call.target == parameter
        ]
        return _common(opens, f"{parameter.function.name}()"), bool(opens)

    def _calls_of_parameters(self, facts: Facts) -> Iterator[tuple[Call, tuple[Atomic, ...]]]:
        around = tuple(self.decorated(facts.function))
        for call in facts.calls:
            if isinstance(call.target, Parameter) and call.how == "direct":
                yield call, (*call.open, *around)

    def with_nested(self, function: Function) -> Iterator[Facts]:
        facts = self.facts(function)
        yield facts
        for inner in facts.nested:
            yield from self.with_nested(inner)

    # Overrides of save() and create()

    def hands_on_inside(self, override: Function, to: Function | None = None) -> Atomic | None:
        """The transaction in which an override calls ``super()``, or the function ``to``."""
        for atomic in self.decorated(override):
            return atomic
        facts = self.facts(override)
        opens = [opened for name, opened in facts.hands_on if name == override.name]
        opens += [call.open for call in facts.calls if call.target is to]
        opens = opens or [opened for _, opened in facts.hands_on]
        opens = opens or [site.open for site in facts.sites if site.has_verdict]
        return _common(opens, f"{override.cls.name if override.cls else ''}.{override.name}()")


def _common(opens: list[tuple[Atomic, ...]], how: str) -> Atomic | None:
    """What is open in all of several places; doubtful if only in some."""
    firsts = [_best(opened) for opened in opens]
    found = [atomic for atomic in firsts if atomic is not None]
    if not found:
        return None
    certain = len(found) == len(firsts) and all(atomic.certain for atomic in found)
    using = found[0].using if len({atomic.using for atomic in found}) == 1 else ANY_ALIAS
    return Atomic(using, how, certain)


def _best(opened: tuple[Atomic, ...]) -> Atomic | None:
    """The outermost transaction that is open for certain."""
    certain = [atomic for atomic in opened if atomic.certain]
    return next(iter([*certain, *opened]), None)


def _last_name(value: External) -> str:
    return value.path.replace("()", "").rpartition(".")[2].lower()
