"""What opens ``atomic()``: Django's own, and the project's wrappers around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.summaries import Call
from gapless_fields.callsites.engine.values import (
    ANY_ALIAS,
    Atomic,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Items,
    Parameter,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.sites import alias_of
from gapless_fields.callsites.targets import Options

ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})


def is_atomic(path: str) -> bool:
    """Whether a function is ``atomic()``, or another package's that is used in the same way."""
    return path in ATOMIC or without_modules(path) in KNOWN.atomic_functions


def without_modules(path: str) -> str:
    """A dotted path without the modules between."""
    return f"{path.partition('.')[0]}.{path.rpartition('.')[2]}"


def name_of_atomic(path: str) -> str:
    """How a reason calls such a function."""
    return "transaction.atomic" if path in ATOMIC else path.rpartition(".")[2]


class Transactions:
    """The transactions that a project opens.

    Args:
        engine: reads the project.
        options: the wrappers that nobody can look into.
    """

    def __init__(self, engine: Engine, options: Options) -> None:
        self._engine = engine
        self._classes = engine.classes
        self._wrappers = options.atomic_wrappers

    # Calls

    def call(self, call: Invocation, path: str) -> Values | None:
        """``atomic()``, and what other packages have for it."""
        if is_atomic(path):
            using = union(call.keywords.get("using", ()), call.first)
            given = "using" in call.keywords or bool(call.node.args)
            wraps = any(isinstance(v, FunctionValue | Parameter | ClassValue) for v in using)
            alias = alias_of(using) if given and not wraps else None
            atomic = Atomic(alias, f"{name_of_atomic(path)}() in line {call.node.lineno}")
            return self._engine.wrap(call, atomic) if wraps else (atomic,)
        opens = KNOWN.atomic_calls.get(without_modules(path))
        if opens is not None:
            opened = opens(call)
            return (opened,) if opened is not None else ()
        return None

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
            case External(path):
                name = path.replace("()", "").rpartition(".")[2].lower()
                if "atomic" in name and "non_" not in name:
                    return Atomic(ANY_ALIAS, f"{name}(), of another package", certain=False)
            case Instance(Class() as cls):
                return self._opened_by_class(cls)
        return None

    def _opened_by_class(self, cls: Class) -> Atomic | None:
        if self._classes.external_bases(cls) & ATOMIC or self._is_wrapper(
            f"{cls.module.dotted}.{cls.name}"
        ):
            return Atomic(ANY_ALIAS, cls.name)
        for method in ("__enter__", "__aenter__"):
            enter = self._classes.find_method(cls, method)
            if enter is not None and (entered := self._engine.solver.summary(enter).enters):
                return Atomic(entered[0].using, cls.name, entered[0].certain)
        return None

    def context_of(self, function: Function) -> Values:
        """What ``with function():`` opens, for a generator with ``@contextmanager``."""
        atomic = self._wrapper(function)
        if atomic is None:
            atomic = in_all(self._engine.solver.summary(function).yields, function.name)
        return (atomic,) if atomic is not None else ()

    def _wrapper(self, function: Function) -> Atomic | None:
        if self._is_wrapper(f"{function.module.dotted}.{function.name}"):
            return Atomic(ANY_ALIAS, f"{function.name}()")
        return None

    def _is_wrapper(self, path: str) -> bool:
        """Whether ``ATOMIC_WRAPPERS`` names it, in full or from any dot on."""
        return any(
            path == name or path.endswith(f".{name}") or name.endswith(f".{path}")
            for name in self._wrappers
        )

    # Decorators

    def decorated(self, function: Function) -> Iterator[Atomic]:
        """The transactions that a function's decorators open around it."""
        for decorator in function.decorators:
            state = self._engine.state_of_decorator(function)
            with self._engine.modules.parsing:
                values = self._engine.evaluate(state, decorator)
            atomic = self.by_decorator(values)
            if atomic is not None:
                yield Atomic(atomic.using, f"@{ast.unparse(decorator)}", atomic.certain)

    def by_decorator(self, values: Values) -> Atomic | None:
        """The transaction that a decorator opens around what it decorates."""
        found = [self._by_decorator(value) for value in values]
        opened = [atomic for atomic in found if atomic is not None]
        # ``return atomic if enabled else lambda view: view``
        plain = any(_is_lambda(value) for value in values)
        certain = not plain and all(atomic.certain for atomic in opened)
        return replace(opened[0], certain=certain) if opened else None

    def _by_decorator(self, value: Value) -> Atomic | None:
        match value:
            case External(path) if is_atomic(path):
                return Atomic(None, name_of_atomic(path))
            case Items():
                return self.by_decorator(elements_of((value,)))
            case FunctionValue(function):
                return self._around_calls(function)
            case ClassValue(cls) | Instance(Class() as cls):
                call = self._classes.find_method(cls, "__call__")
                around = self._around_calls(call) if call is not None else None
                return self._opened_by_class(cls) or around
        return self._opened(value)

    def _around_calls(self, decorator: Function) -> Atomic | None:
        """What a decorator of the project opens around every call of what it is given."""
        wrapper = self._wrapper(decorator)
        if wrapper is not None:
            return wrapper
        opens = [opened for _, opened in self._calls_of_parameters(decorator)]
        for summary in self._engine.with_nested(decorator):
            given = (value for value in summary.returns if isinstance(value, Parameter))
            if any(value.name == p for value in given for p in value.function.parameters[:1]):
                opens.append(())  # on one of its ways it returns what it decorates, as it is
        return in_all(opens, f"@{decorator.name}")

    def around_parameter(self, parameter: Parameter) -> tuple[Atomic | None, bool]:
        """What a function opens around its calls of a parameter, and whether there are any."""
        calls = self._calls_of_parameters(parameter.function)
        opens = [opened for call, opened in calls if call.target == parameter]
        return in_all(opens, f"{parameter.function.name}()"), bool(opens)

    def _calls_of_parameters(self, function: Function) -> Iterator[tuple[Call, tuple[Atomic, ...]]]:
        """The calls of what a function is given, be it in one that is defined in it."""
        for summary in self._engine.with_nested(function):
            around: tuple[Atomic, ...] | None = None
            for call in summary.calls:
                if isinstance(call.target, Parameter) and call.how == "direct":
                    if around is None:
                        around = tuple(self.decorated(summary.function))
                    yield call, (*call.open, *around)

    # Overrides of save() and create()

    def around_super(
        self, override: Function, to: Function | None = None, name: str = ""
    ) -> Atomic | None:
        """The transaction in which an override calls ``super()``, or a method of its own.

        Args:
            override: the override.
            to: the method.
            name: its name, where it is not the project's.
        """
        for atomic in self.decorated(override):
            return atomic
        summary = self._engine.solver.summary(override)
        opens = [opened for called, opened in summary.super_calls if called == override.name]
        opens += [
            call.open
            for call in summary.calls
            if call.target is to or (name and getattr(call.target, "name", "") == name)
        ]
        opens = opens or [opened for _, opened in summary.super_calls]
        opens = opens or [site.open for site in summary.sites if site.has_verdict]
        owner = override.cls.name if override.cls else ""
        return in_all(opens, f"{owner}.{override.name}()")


def _is_lambda(value: Value) -> bool:
    return isinstance(value, FunctionValue) and isinstance(value.function.node, ast.Lambda)


def in_all(opens: list[tuple[Atomic, ...]], how: str) -> Atomic | None:
    """What is open in all of several places; doubtful if only in some."""
    outermost = [_outermost(opened) for opened in opens]
    found = [atomic for atomic in outermost if atomic is not None]
    if not found:
        return None
    certain = len(found) == len(outermost) and all(atomic.certain for atomic in found)
    using = found[0].using if len({atomic.using for atomic in found}) == 1 else ANY_ALIAS
    return Atomic(using, how, certain)


def _outermost(opened: tuple[Atomic, ...]) -> Atomic | None:
    """The outermost transaction that is open for certain."""
    certain = [atomic for atomic in opened if atomic.certain]
    return next(iter([*certain, *opened]), None)
