"""Signals: what a function is connected to, who sends it, and in which transaction."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.summaries import Call, Named, Sent, Signal
from gapless_fields.callsites.engine.syntax import keywords_of, last_name_of, name_of
from gapless_fields.callsites.engine.values import (
    ClassValue,
    Constant,
    External,
    elements_of,
    last_name,
    union,
)
from gapless_fields.callsites.rules.frameworks import EntryPoint, Kind
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.labels import Labels
from gapless_fields.callsites.rules.models import Models

SAVED = frozenset({"pre_save", "post_save"})
"""Sent where a row of the sender is saved."""

_USER_SAVED = EntryPoint(Kind.ALONE, "createsuperuser saves a user")
_USERS = ("AUTH_USER_MODEL", "get_user_model()", "django.contrib.auth.models.User")


class Signals:
    """The signals that functions of a project are connected to."""

    def __init__(self, engine: Engine, models: Models, labels: Labels) -> None:
        self._engine = engine
        self._models = models
        self._labels = labels

    def by_decorator(self, function: Function) -> Iterator[Call]:
        """The signals that ``@receiver`` connects a function to."""
        for decorator in function.decorators:
            if name_of(decorator) != "receiver" or not isinstance(decorator, ast.Call):
                continue
            state = state_of(function.module)
            senders = self._engine.evaluate(state, keywords_of(decorator).get("sender"))
            for argument in decorator.args[:1]:
                several = (
                    argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
                )
                for node in several:
                    names = {last_name(value) for value in self._engine.evaluate(state, node)}
                    known = names & (KNOWN.signals.keys() | SAVED)
                    for name in sorted(known) or [last_name_of(node)]:
                        signal = Signal(name, senders)
                        yield Call(function, (), "connected", decorator.lineno, signal=signal)

    def connects(self, call: Invocation, names: set[str], target: Function | External) -> bool:
        """Note a function that ``connect()`` makes a receiver, or ``add_to_class()`` a method."""
        state, node = call.state, call.node
        if names == {"add_to_class"}:
            added = [v.value for v in union(*call.everything) if isinstance(v, Constant)]
            named = Named(str(added[0]) if added else "", "")
            state.record_call(target, node.lineno, how="named", opened=(), named=named)
        elif names == {"connect"} and isinstance(node.func, ast.Attribute):
            signal = Signal(last_name_of(node.func.value), call.keywords.get("sender", ()))
            state.record_call(target, node.lineno, how="connected", opened=(), signal=signal)
        else:
            return False
        return True

    def sends(self, call: Invocation) -> None:
        """Note a signal that is sent."""
        called = call.node.func
        if isinstance(called, ast.Attribute) and called.attr.startswith(("send", "asend")):
            owner = called.value.func if isinstance(called.value, ast.Call) else called.value
            sent = Sent(last_name_of(owner))
            call.state.record_call(sent, call.node.lineno, node=call.node)

    def entry(self, signal: Signal) -> EntryPoint | None:
        """How another package sends a signal; None for the project's own, and for saved rows."""
        if signal.name in SAVED:
            is_user = any(self._is_user(value) for value in signal.senders)
            return _USER_SAVED if is_user else None
        return KNOWN.signals.get(signal.name)

    def _is_user(self, sender: object) -> bool:
        match sender:
            case ClassValue(cls):
                return self._models.is_user(cls)
            case External(path):
                return path.endswith(_USERS)
            case Constant("auth.User"):
                return True
        return False

    def senders(self, signal: Signal, module: Module) -> Iterator[Class]:
        """The models whose rows send it."""
        for value in (*signal.senders, *elements_of(signal.senders)):
            match value:
                case External():
                    for found in self._engine.modules.passed_over(value, module):
                        if isinstance(found, ClassValue):
                            yield found.cls
                case ClassValue(cls):
                    yield cls
                case Constant(str() as label):
                    app, _, name = label.rpartition(".")
                    yield from self._labels.named(app, name)
