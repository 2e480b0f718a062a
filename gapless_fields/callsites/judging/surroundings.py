"""What is around a function: its decorators, its framework, whoever calls it."""

from __future__ import annotations

from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.options import may_set
from gapless_fields.callsites.engine.summaries import ALWAYS, Call, Caller, When
from gapless_fields.callsites.judging.around_views import AroundViews
from gapless_fields.callsites.judging.either_or import either_or
from gapless_fields.callsites.judging.entering import Entering
from gapless_fields.callsites.judging.entry_points import EntryPoints
from gapless_fields.callsites.judging.generic_views import GenericViews
from gapless_fields.callsites.judging.routes import Routes
from gapless_fields.callsites.judging.verdicts import (
    CIRCLE,
    DEFERRED,
    INSIDE,
    OUTSIDE,
    UNKNOWN,
    Verdict,
    by_blocks,
    worst,
)
from gapless_fields.callsites.rules.frameworks import EntryPoint, Kind
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.saving import SAVING
from gapless_fields.callsites.search.callers import Callers

_Question = tuple[Function, str, Class | None, When]


class Surroundings:
    def __init__(self, project: Project) -> None:
        self._project = project
        routes = Routes(project)
        self.entry_points = EntryPoints(project, routes)
        self.views = AroundViews(project, routes)
        self._entering = Entering(project, self.entry_points, self.views)
        self.generic_views = GenericViews(project, self.views)
        self.callers = Callers(project)
        self._judging: set[Function] = set()
        self._judged: dict[_Question, Verdict] = {}
        """What was found on the way to one verdict. In a circle it holds for that one alone."""
        self._outside: dict[_Question, Verdict] = {}
        """What holds for all: one caller outside is enough."""

    def forget_guesses(self) -> None:
        """Begin another verdict."""
        self._judged.clear()

    def around(
        self, function: Function, alias: str, owner: Class | None = None, when: When = ALWAYS
    ) -> Verdict:
        """Whether the whole of a function runs inside ``atomic()``.

        Args:
            function: the function.
            alias: the database.
            owner: the class that it is a method of, where that is known better than by where the
                function stands.
            when: which of its callers matter: those that save a new row, or set an option so.
        """
        if function in self._judging:
            return Verdict(CIRCLE, f"{function.name}() is called by itself alone")
        question = function, alias, owner, when
        known = self._outside.get(question) or self._judged.get(question)
        if known is not None:
            return known
        self._judging.add(function)
        try:
            verdict = self._around(function, alias, owner, when)
        finally:
            self._judging.discard(function)
        (self._outside if verdict.verdict == OUTSIDE else self._judged)[question] = verdict
        return verdict

    def _around(self, function: Function, alias: str, owner: Class | None, when: When) -> Verdict:
        decorated = self._project.transactions.decorated(function)
        found = by_blocks((*decorated, *self.views.around_task(function)), alias)
        if found is not None and found.verdict != OUTSIDE:
            return found
        verdict = self._by_framework(function, alias, owner, when)
        return found if found is not None and verdict.verdict != INSIDE else verdict

    def _by_framework(
        self, function: Function, alias: str, owner: Class | None, when: When
    ) -> Verdict:
        cls = None if function.outer is not None else owner or function.cls
        entered = self._as_entry(function, alias, cls)
        if entered is not None:
            is_base = cls is not None and cls is function.cls and entered.verdict == OUTSIDE
            if cls is None or not is_base:
                return entered
            if self.views.is_only_inherited(cls, self.callers.heirs.direct(cls)):
                return worst([*self._inherited(function, alias, when)] or [entered])
            return entered
        if function.outer is not None:
            return self._nested(function, alias)
        verdict = self._by_callers(function, alias, owner or cls, when)
        if verdict.verdict != UNKNOWN or cls is None:
            return verdict
        by_class = self.views.around_method(cls, function, alias)
        is_view = self._project.views.is_view(cls)
        if by_class is None and is_view and self.views.atomic_requests(alias):
            by_class = self.views.request(EntryPoint(Kind.REQUEST, "view"), alias, function)
        return by_class or verdict

    # Entry points

    def _as_entry(self, function: Function, alias: str, cls: Class | None) -> Verdict | None:
        """What is around a function that a framework calls; None for one that other code calls."""
        found = self._entering.of(function, alias, cls)
        past = self._past(function, alias, cls) if found and found.verdict == INSIDE else None
        return past or found

    def _past(self, function: Function, alias: str, cls: Class | None) -> Verdict | None:
        """What is around the calls of a hook by other methods than the framework's own."""
        name = function.name
        known = {name, "dispatch", *KNOWN.handler_callers.get(name, ())}
        for caller in self.callers.of(function, cls) if cls is not None else ():
            is_call = caller.call.target is function and caller.call.how == "direct"
            if is_call and caller.sure and caller.function.name not in known:
                verdict = self.of_caller(caller, alias, cls, ALWAYS)
                if verdict.verdict == OUTSIDE:
                    return verdict
        return None

    # Functions that are called in the same place

    def _nested(self, function: Function, alias: str) -> Verdict:
        """A nested function, lambda or generator belongs to where it is called."""
        outermost = function
        while outermost.outer is not None:
            outermost = outermost.outer
        calls = [
            (summary.function, call)
            for summary in self._project.engine.with_nested(outermost)
            for call in summary.calls
            if call.target is function
        ]
        verdicts = [self._of_call(caller, call, alias) for caller, call in calls]
        if verdicts:
            return worst(verdicts)
        return Verdict(UNKNOWN, f"where {function.name} is called is not known")

    def _of_call(
        self,
        caller: Function,
        call: Call,
        alias: str,
        owner: Class | None = None,
        when: When = ALWAYS,
    ) -> Verdict:
        if call.how in DEFERRED:
            return Verdict(OUTSIDE, DEFERRED[call.how])
        entry = self._project.signals.entry(call.signal) if call.signal is not None else None
        if entry is not None:
            return self._entering.entered(entry, caller, alias)
        if call.how in ("escapes", "connected"):
            return Verdict(UNKNOWN, f"handed on in line {call.line}")
        opened = call.open
        if call.via is not None:
            atomic, is_called = self._project.transactions.around_parameter(call.via)
            if not is_called:
                return Verdict(UNKNOWN, f"handed on in line {call.line}")
            opened = opened if atomic is None else (*opened, atomic)
        found = by_blocks(opened, alias)
        if found is not None and found.verdict == INSIDE:
            return found
        handed_on = when.new and call.new is None and caller.name in SAVING
        verdict = self.around(
            caller, alias, owner, When(call.when.new or handed_on, call.when.options)
        )
        return found if found is not None and verdict.verdict != INSIDE else verdict

    # Functions that are called elsewhere

    def _by_callers(
        self, function: Function, alias: str, owner: Class | None, when: When
    ) -> Verdict:
        """Inside where all callers are, outside where one is."""
        called = self._called(function, alias, owner, when)
        verdicts = [called] if called is not None else []
        if owner is function.cls and owner is not None and self._entering.is_mixin(owner):
            verdicts += self._inherited(function, alias, when)
        if verdicts:
            return worst(verdicts)
        entry = self.entry_points.by_place(function)
        if entry is not None and self.callers.tables.holding(function.name):
            return Verdict(UNKNOWN, f"who calls {function.name}() by its table is not known")
        if entry is not None:
            return self.views.request(entry, alias, function)
        return Verdict(UNKNOWN, f"{function.name}() leaves the transaction to its callers")

    def _called(
        self, function: Function, alias: str, owner: Class | None, when: When
    ) -> Verdict | None:
        """What is around the calls of a function; None where there are none."""
        callers = self.callers.of(function, owner)
        if when.new:
            callers = [caller for caller in callers if caller.call.new is not False]
        callers = [
            caller for caller in callers if may_set(caller.call.node, function, when.options)
        ]
        known = [caller for caller in callers if caller.sure]
        sure = either_or(known, [self.of_caller(c, alias, owner, when) for c in known])
        guesses = [self.of_caller(c, alias, owner, when) for c in callers if not c.sure]
        for view, hook in self.callers.forms.views_of(function, owner):
            verdict = self.generic_views.around(view, alias, hook)
            step = f"{view.module.source.relative}:{view.node.lineno}"
            sure.append(Verdict(verdict.verdict, verdict.because, (step,)))
        if len({verdict.verdict for verdict in (*sure, *guesses)}) == 1:
            sure += guesses  # whichever of the calls are meant
        elif guesses and not any(verdict.verdict == OUTSIDE for verdict in sure):
            return Verdict(UNKNOWN, f"who calls {function.name}() is not known for certain")
        return worst(sure) if sure else None

    def _inherited(self, function: Function, alias: str, when: When) -> Iterator[Verdict]:
        """What is around a method of a mixin, which frameworks call on the heirs of its class."""
        for heir, before in self.callers.heirs.reaching(function):
            found = self._as_entry(before[0] if before else function, alias, heir)
            opened = [self._project.transactions.around_super(one) for one in before]
            within = by_blocks(tuple(one for one in opened if one is not None), alias)
            if within is not None and within.verdict != OUTSIDE:
                found = within
            if found is None and self._project.forms.is_form(heir):
                found = self._called(function, alias, heir, when)
            if found is not None:
                yield found

    def of_caller(self, caller: Caller, alias: str, owner: Class | None, when: When) -> Verdict:
        """What is around a call, and the way to it."""
        cls, project = caller.function.cls, self._project
        within = owner is not None and cls in project.classes.mro(owner)
        within |= cls is not None and owner in project.models.managed.get(cls, {})
        receiver = owner if within else caller.owner
        verdict = self._of_call(caller.function, caller.call, alias, receiver, when)
        step = f"{caller.function.module.source.relative}:{caller.call.line}"
        return Verdict(verdict.verdict, verdict.because, (*verdict.path, step))
