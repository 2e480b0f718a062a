"""Ways that a function may take: conditions, loops, exceptions, ``with``."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.options import kept_parameters, option_of, options_of
from gapless_fields.callsites.engine.protocol import Reader
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.summaries import Option
from gapless_fields.callsites.engine.values import Constant


class Branches:
    """Reads statements that hold blocks of others."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: dict[Function, frozenset[str]] = {}

    def if_(self, state: State, statement: ast.If) -> None:
        test, rules = statement.test, self._reader.rules
        self._reader.evaluate(state, test)
        branches = state.branch(), state.branch()
        option = option_of(test)
        is_usual = self._is_usual(state.function, option) if option is not None else None
        if is_usual is not None:
            usual, other = branches if is_usual else branches[::-1]
            other.by_option = True
        for branch, options in zip(branches, options_of(test), strict=True):
            if any(option.name in state.function.parameters for option in options):
                kept = self._kept_by(state.function)
                branch.options += tuple(option for option in options if option.name in kept)
            _without_none(branch, options)
        asks_for_saved = rules.condition(state, test, branches)
        self._reader.block(branches[0], statement.body)
        if asks_for_saved and not statement.orelse and not branches[0].dead:
            # ``if row.pk:`` by itself says nothing of others
            branches[1].rows.newness = dict(state.rows.newness)
        self._reader.block(branches[1], statement.orelse)
        state.merge(*branches)
        if option is not None and is_usual is not None:
            self._leave_to_option(state, option.name, usual, other)

    def _leave_to_option(self, state: State, option: str, usual: State, other: State) -> None:
        """``if save: row.save()``: saved, but for the callers that say ``save=False``."""
        summary = state.summary
        if not usual.dead:
            left = state.rows.new - usual.rows.new
            summary.optional.setdefault(option, set()).update(left)
            state.rows.not_new(left)
        if not other.dead:
            saved = usual.rows.new - other.rows.new
            summary.saved_with.setdefault(option, set()).update(saved)

    def _is_usual(self, function: Function, option: Option) -> bool | None:
        """Whether an option has to be as it is by default; None where it has no default."""
        default = function.defaults.get(option.name)
        usual = default.value if isinstance(default, ast.Constant) else None
        if default is None and option.name in function.parameters:
            usual = self._reader.rules.option_default(option.name)
        return usual is option.wanted if isinstance(usual, bool) else None

    def _kept_by(self, function: Function) -> frozenset[str]:
        if function not in self._kept:
            self._kept[function] = kept_parameters(function)
        return self._kept[function]

    def loop(self, state: State, loop: ast.For | ast.AsyncFor | ast.While) -> None:
        branch = state.branch()
        if isinstance(loop, ast.While):
            self._reader.evaluate(branch, loop.test)
        else:
            values = self._reader.evaluate(branch, loop.iter)
            values = self._reader.iterated(branch, loop.iter, values)
            self._reader.bind(branch, loop.target, values)
        self._reader.block(branch, loop.body)
        branch.dead = False  # the loop ends, whatever left its body
        state.merge(state.branch(), branch)
        if not isinstance(loop, ast.While):
            # A loop that runs leaves every instance of a list as it leaves one of them.
            state.rows.not_new(state.rows.new - branch.rows.new)
        self._reader.block(state, loop.orelse)

    def with_(self, state: State, statement: ast.With | ast.AsyncWith) -> None:
        before = state.open
        for item in statement.items:
            with self._reader.modules.parsing:
                values = self._reader.evaluate(state, item.context_expr)
            opened = self._reader.rules.opened_by(values)
            if opened is not None:
                state.open = (*state.open, opened)
            if item.optional_vars is not None:
                self._reader.bind(state, item.optional_vars, values)
        self._reader.block(state, statement.body)
        state.open = before

    def try_(self, state: State, statement: ast.Try | ast.TryStar) -> None:
        # An exception may leave the body anywhere: handlers start from before or after it.
        before = state.branch()
        self._reader.block(state, statement.body)
        ends = []
        for handler in statement.handlers:
            start = before.branch()
            if not state.dead:
                start.merge(before, state)
            if handler.name:
                start.env[handler.name] = ()
            self._reader.block(start, handler.body)
            ends.append(start)
        self._reader.block(state, statement.orelse)
        state.merge(state.branch(), *ends)
        was_dead, state.dead = state.dead, False
        self._reader.block(state, statement.finalbody)
        state.dead = state.dead or was_dead

    def match(self, state: State, statement: ast.Match) -> None:
        self._reader.evaluate(state, statement.subject)
        branches = [state.branch() for _ in statement.cases]
        for branch, case in zip(branches, statement.cases, strict=True):
            self._reader.block(branch, case.body)
        state.merge(*branches, state.branch())


def _without_none(branch: State, options: tuple[Option, ...]) -> None:
    """``if not row: return``: behind it, the row is not None."""
    for name, kind, wanted in options:
        known = branch.env.get(name, ())
        if Constant(None) in known and wanted is (kind == "true"):
            branch.env[name] = tuple(v for v in known if v != Constant(None)) or known
