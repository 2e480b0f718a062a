"""Signals: what a function is connected to, who sends it, and in which transaction."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.definitions import Class, Function, Module, decorator_name
from gapless_fields.callsites.entrypoints import ALONE, ATOMIC, REQUEST, EntryPoint
from gapless_fields.callsites.facts import Call, Signal
from gapless_fields.callsites.handing import last_name, last_name_of
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.values import ClassValue, Constant, External, Values, elements_of

SAVED = frozenset({"pre_save", "post_save"})
"""Sent where a row of the sender is saved."""

_IN_DELETE = EntryPoint(ATOMIC, "Django deletes and sends the signals in a transaction")
_IN_RELATED = EntryPoint(ATOMIC, "Django changes relations in a transaction")
_IN_REQUEST = EntryPoint(REQUEST, "receiver of a request's signal")

SENT_BY_DJANGO = {
    # Collector.delete() in django/db/models/deletion.py, with listeners: never its fast way out
    "pre_delete": _IN_DELETE,
    "post_delete": _IN_DELETE,
    # the manager of a many-to-many relation opens one for each change
    "m2m_changed": _IN_RELATED,
    # emit_post_migrate_signal(), after the last migration's transaction
    "pre_migrate": EntryPoint(ALONE, "receiver of pre_migrate"),
    "post_migrate": EntryPoint(ALONE, "receiver of post_migrate"),
    "request_started": EntryPoint(ALONE, "receiver of request_started"),
    "request_finished": EntryPoint(ALONE, "receiver of request_finished"),
    "connection_created": EntryPoint(ALONE, "receiver of connection_created"),
    "user_logged_in": _IN_REQUEST,
    "user_logged_out": _IN_REQUEST,
    "user_login_failed": _IN_REQUEST,
    # django-allauth
    "user_signed_up": _IN_REQUEST,
    "email_confirmed": _IN_REQUEST,
}
"""What other packages than the project's send, and how."""

_USER_SAVED = EntryPoint(ALONE, "createsuperuser saves a user")

_USERS = ("AUTH_USER_MODEL", "get_user_model()", "django.contrib.auth.models.User")


class Signals:
    def __init__(self, reader: Transactions) -> None:
        self.reader = reader

    def by_decorator(self, function: Function) -> Iterator[Call]:
        """The signals that ``@receiver`` connects a function to."""
        for decorator in function.decorators:
            if decorator_name(decorator) != "receiver" or not isinstance(decorator, ast.Call):
                continue
            frame = self.reader.module_frame(function.module)
            senders: Values = ()
            for keyword in decorator.keywords:
                if keyword.arg == "sender":
                    senders = self.reader.evaluate(frame, keyword.value)
            for argument in decorator.args[:1]:
                several = (
                    argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
                )
                for node in several:
                    names = {last_name(value) for value in self.reader.evaluate(frame, node)}
                    for name in (names & SENT_BY_DJANGO.keys()) | (names & SAVED) or {
                        last_name_of(node)
                    }:
                        signal = Signal(name, senders)
                        yield Call(function, (), "connected", decorator.lineno, signal=signal)

    def entry(self, signal: Signal) -> EntryPoint | None:
        """How another package sends a signal; None for the project's own, and for saved rows."""
        if signal.name in SAVED:
            is_user = any(self._is_user(value) for value in signal.senders)
            return _USER_SAVED if is_user else None
        return SENT_BY_DJANGO.get(signal.name)

    def _is_user(self, sender: object) -> bool:
        match sender:
            case ClassValue(cls):
                return self.reader.is_user(cls)
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
                    for found in self.reader.passed_over(value, module):
                        if isinstance(found, ClassValue):
                            yield found.cls
                case ClassValue(cls):
                    yield cls
                case Constant(str() as label):
                    app, _, name = label.rpartition(".")
                    yield from self.reader.model_named(app, name)
