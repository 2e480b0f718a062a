"""The state while a function is read, statement by statement."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.rows import Rows, rows_in
from gapless_fields.callsites.engine.summaries import Call, Option, Summary, When
from gapless_fields.callsites.engine.values import Atomic, Value, Values


@dataclass(eq=False)
class State:
    """What is known at one point of a function."""

    module: Module
    summary: Summary
    cls: Class | None = None
    env: dict[str, Values] = field(default_factory=dict)
    """Local names, and paths such as ``self.invoice``."""
    rows: Rows = field(default_factory=Rows)
    open: tuple[Atomic, ...] = ()
    """The transactions that are open at this point."""
    in_class_body: bool = False
    dead: bool = False
    """Whether the statement before has left the block."""
    when_new: bool = False
    """Whether this is reached only where the row that the function is about is new."""
    options: tuple[Option, ...] = ()
    """The options of the function that must be set so, to get here."""
    by_option: bool = False
    """Whether this is reached only where an option is set that is not set by default."""
    unused: ast.expr | None = None
    """The call whose value nobody uses: a statement of its own."""
    deferred: str = ""
    """``on_commit``, ``thread`` or ``queue`` while a call is looked at that one will make."""
    tests: dict[str, ast.expr] = field(default_factory=dict)
    """The conditions that local names stand for: ``is_new = self.pk is None``."""

    @property
    def when(self) -> When:
        return When(self.when_new, self.options)

    @property
    def function(self) -> Function:
        return self.summary.function

    def record_call(
        self,
        target: Any,
        line: int,
        *,
        how: str = "",
        opened: tuple[Atomic, ...] | None = None,
        **known: Any,
    ) -> None:
        """Note a call. ``known``: what else is known of it, as ``Call`` has it."""
        within = self.open if opened is None else opened
        how = how or self.deferred or "direct"
        self.summary.calls.append(Call(target, within, how, line, when=self.when, **known))

    def save(self, value: Value) -> None:
        """Note that an instance is saved: another ``save()`` of it is an UPDATE."""
        if (origin := getattr(value, "origin", None)) is not None:
            self.rows.save(origin)
            if not self.by_option:
                self.summary.ever_saved.add(origin)

    def note_returned(self, value: Value) -> None:
        """Note what the function returns, and which of its rows are new."""
        summary = self.summary
        new = [row for row in rows_in(value) if self.rows.may_be_new(row)]
        summary.returns[value] = summary.returns.get(value, False) or bool(new)
        for row in new:
            is_doubtful = self.rows.maybe_saved(row)
            (summary.maybe_saved if is_doubtful else summary.unsaved).add(row.origin)

    def branch(self) -> State:
        """A copy, for one of several ways to go on."""
        return State(
            self.module,
            self.summary,
            self.cls,
            dict(self.env),
            self.rows.copy(),
            self.open,
            self.in_class_body,
            self.dead,
            self.when_new,
            self.options,
            self.by_option,
            self.unused,
            self.deferred,
            self.tests,
        )

    def merge(self, *branches: State) -> None:
        """Go on with what any of the branches leads to."""
        living = [branch for branch in branches if not branch.dead]
        self.dead = not living
        if not living:
            return
        first, *others = living
        self.when_new = all(branch.when_new for branch in living)
        self.options = tuple(o for o in first.options if all(o in b.options for b in others))
        self.open = _merged_open([branch.open for branch in living])
        self.rows.merge([branch.rows for branch in living])
        self.env = dict(first.env)
        for branch in others:
            for name, values in branch.env.items():
                known = self.env.get(name, ())
                if known is not values and known != values:
                    self.env[name] = tuple(dict.fromkeys((*known, *values)))


def _merged_open(opens: list[tuple[Atomic, ...]]) -> tuple[Atomic, ...]:
    if len(set(opens)) == 1:
        return opens[0]
    everywhere = [atomic for atomic in opens[0] if all(atomic in other for other in opens)]
    somewhere = dict.fromkeys(atomic for other in opens for atomic in other)
    doubtful = [
        Atomic(atomic.using, atomic.how, certain=False)
        for atomic in somewhere
        if atomic not in everywhere
    ]
    return (*everywhere, *doubtful)
