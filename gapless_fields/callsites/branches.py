"""Ways that a function may take: conditions, loops, exceptions, ``with``."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Sequence
from functools import partial

from gapless_fields.callsites.assignments import Assignments
from gapless_fields.callsites.conditions import kept_parameters, options_of
from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.expressions import path_of
from gapless_fields.callsites.facts import Option
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.narrowing import narrowings
from gapless_fields.callsites.newness import asks_for_new_row, new_if, none_if
from gapless_fields.callsites.remembered import is_unset, remembered, saved_if
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    Atomic,
    ClassValue,
    Constant,
    Form,
    Value,
    Values,
    elements_of,
    origins_of,
)
from gapless_fields.callsites.vocabulary import SAVING_OPTIONS


class Branches(Assignments):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._kept: dict[Function, frozenset[str]] = {}

    @abstractmethod
    def block(self, frame: Frame, body: list[ast.stmt]) -> None:
        """Read statements, one after the other."""

    @abstractmethod
    def opened_by(self, values: Values) -> Atomic | None:
        """The transaction that ``with`` opens for such a value."""

    def _branches(self, frame: Frame, *bodies: list[ast.stmt]) -> None:
        branches = []
        for body in bodies:
            branch = frame.branch()
            self.block(branch, body)
            branches.append(branch)
        frame.merge(*branches)

    def if_(
        self, frame: Frame, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]
    ) -> None:
        branches = frame.branch(), frame.branch()
        usual = self._usual(frame, test, branches)
        if usual is not None:
            branches[1 if usual is branches[0] else 0].by_option = True
        kept = self._kept_by(frame.function)
        for branch, options in zip(branches, options_of(test), strict=True):
            branch.options += tuple(option for option in options if option.name in kept)
        memory = self._memory(frame, test)
        owner, new = new_if(test, {**frame.tests, **memory})
        if asks_for_new_row(frame.function, owner):
            branches[0 if new else 1].when_new = True
        if owner is not None:
            origins = origins_of(self.evaluate(frame, owner))
            branches[0 if new else 1].fresh |= origins - frame.saved
            branches[1 if new else 0].fresh -= origins
        for form in frame.env.get("self", ()) if memory else ():
            if isinstance(form, Form):
                saved = saved_if(test, memory, partial(is_unset, self.line(form.model)))
                if saved is not None:
                    branches[0 if saved else 1].fresh.discard(form.origin)
        self._narrow(frame, test, branches)
        name, none = none_if(test)
        values = self.evaluate(frame, name) if name is not None else ()
        if Constant(None) in values:  # a form with ``instance=name`` has a row, here
            forms = {frame.facts.forms.get(row) for row in origins_of(values)}
            branches[1 if none else 0].fresh -= forms - {None}
        self.asked_for_column(frame, test, branches)
        self.block(branches[0], body)
        if owner is not None and not orelse and not new and not branches[0].dead:
            branches[1].fresh = set(frame.fresh)  # ``if row.pk:`` by itself says nothing of others
        self.block(branches[1], orelse)
        frame.merge(*branches)
        option = _option_of(test)
        if usual is not None and not usual.dead and (left := frame.fresh - usual.fresh):
            # ``if save: row.save()``: saved, but for the callers that say ``save=False``
            if option is not None:
                optional = frame.facts.optional
                optional[option.name] = optional.get(option.name, set()) | left
            frame.fresh = set(usual.fresh)

    def _memory(self, frame: Frame, test: ast.expr) -> dict[str, ast.expr]:
        """What a form remembers, as far as a condition in one of its methods asks for it."""
        if frame.cls is None or not self.is_form(frame.cls):
            return {}
        return remembered(test, self.line(frame.cls))

    def _narrow(self, frame: Frame, test: ast.expr, branches: tuple[Frame, Frame]) -> None:
        """``if isinstance(form, InvoiceForm)``: a form of that class, and in the other branch not.

        Of a form of which nothing was known, it is not known either whether its row is new.
        """
        for found in narrowings(test):
            classes = self.evaluate(frame, found.classes)
            named = [v.cls for v in (*classes, *elements_of(classes)) if isinstance(v, ClassValue)]
            path = path_of(found.of)
            forms = [(cls, model) for cls in named for model in self.form_models(cls)]
            if not path or not forms:
                continue
            values = self.evaluate(frame, found.of)
            those = tuple(value for value in values if self._is_one_of(value, named))
            yes, no = branches if found.holds else branches[::-1]
            if not those:
                yes.fresh.add(found.of)
            yes.env[path] = those or tuple(
                Form(model, cls, found.of, loose=True) for cls, model in forms
            )
            if found.both and those:
                no.env[path] = tuple(value for value in values if value not in those)

    def _is_one_of(self, value: Value, classes: list[Class]) -> bool:
        cls = getattr(value, "cls", None)
        return isinstance(cls, Class) and not set(classes).isdisjoint(self.line(cls))

    def _kept_by(self, function: Function) -> frozenset[str]:
        if function not in self._kept:
            self._kept[function] = kept_parameters(function)
        return self._kept[function]

    def _usual(self, frame: Frame, test: ast.expr, branches: tuple[Frame, Frame]) -> Frame | None:
        """The branch that an option of the function takes by default; None for other tests."""
        option = _option_of(test)
        if option is None:
            return None
        default = frame.function.defaults.get(option.name)
        usual = default.value if isinstance(default, ast.Constant) else None
        if default is None and option.name in SAVING_OPTIONS:
            named = [argument.arg for argument in frame.function.arguments]
            usual = True if option.name in named else None
        if not isinstance(usual, bool):
            return None
        return branches[0 if usual is option.wanted else 1]

    def loop(self, frame: Frame, loop: ast.For | ast.AsyncFor | ast.While) -> None:
        branch = frame.branch()
        if isinstance(loop, ast.While):
            self.evaluate(branch, loop.test)
        else:
            values = self.iterate(branch, loop.iter)
            self.bind(branch, loop.target, values)
        self.block(branch, loop.body)
        branch.dead = False  # the loop ends, whatever left its body
        frame.merge(frame.branch(), branch)
        if not isinstance(loop, ast.While):
            # A loop that runs leaves every instance of a list as it leaves one of them.
            frame.fresh -= frame.fresh - branch.fresh
        self.block(frame, loop.orelse)

    def with_(self, frame: Frame, statement: ast.With | ast.AsyncWith) -> None:
        before = frame.open
        for item in statement.items:
            with self.thorough():
                values = self.evaluate(frame, item.context_expr)
            opened = self.opened_by(values)
            if opened is not None:
                frame.open = (*frame.open, opened)
            if item.optional_vars is not None:
                self.bind(frame, item.optional_vars, values)
        self.block(frame, statement.body)
        frame.open = before

    def try_(self, frame: Frame, statement: ast.Try) -> None:
        # An exception may leave the body anywhere: handlers start from before or after it.
        before = frame.branch()
        self.block(frame, statement.body)
        ends = []
        for handler in statement.handlers:
            start = before.branch()
            if not frame.dead:
                start.merge(before, frame)
            if handler.name:
                start.env[handler.name] = ()
            self.block(start, handler.body)
            ends.append(start)
        self.block(frame, statement.orelse)
        frame.merge(frame.branch(), *ends)
        was_dead, frame.dead = frame.dead, False
        self.block(frame, statement.finalbody)
        frame.dead = frame.dead or was_dead

    def match(self, frame: Frame, statement: ast.Match) -> None:
        self.evaluate(frame, statement.subject)
        self._branches(frame, *(case.body for case in statement.cases), [])


def _option_of(test: ast.expr) -> Option | None:
    """What ``if name`` and ``if not name`` ask of a parameter; None for other conditions."""
    yes, no = options_of(test)
    return yes[0] if len(yes) == len(no) == 1 and yes[0].kind == "true" else None
