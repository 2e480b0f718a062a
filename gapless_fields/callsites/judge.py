"""Inside, outside or unknown: the verdict on a site, drawn from the facts of the functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gapless_fields.callsites.conditions import may_set
from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.drafts import is_draft
from gapless_fields.callsites.facts import Call, Caller, Site
from gapless_fields.callsites.surroundings import Surroundings
from gapless_fields.callsites.values import External
from gapless_fields.callsites.verdicts import (
    CIRCLE,
    DEFERRED,
    INSIDE,
    OUTSIDE,
    UNKNOWN,
    Verdict,
    by_blocks,
    worst,
)
from gapless_fields.callsites.vocabulary import ATOMIC_MODELS
from gapless_fields.rowblocks import saves_row_alone


class Judge(Surroundings):
    def prepare(self, sites: Iterable[Site]) -> None:
        """Search for the callers of all functions with sites at once."""
        callers = {site.function.name.encode() for site in sites if not site.open}
        self.callers.search.prepare(callers)

    def judge(self, site: Site) -> Verdict:
        """Whether a site is inside ``atomic()`` on the database that its rows go to."""
        self._judged.clear()
        verdict = self._judge(site)
        if verdict.verdict == CIRCLE:
            verdict = Verdict(UNKNOWN, verdict.because)
        if verdict.path:
            steps = " → ".join([*verdict.path, f"{site.function.name}()"])
            verdict = Verdict(verdict.verdict, f"{verdict.because}: {steps}")
        if verdict.verdict == OUTSIDE and is_draft(
            site, self.reader.target_of(site.model) if site.model else None
        ):
            return Verdict(UNKNOWN, f"a draft, which takes no number: {verdict.because}")
        if site.kind == "update" and not site.loose:
            because = f"{verdict.because}; the UPDATE issues a draft ({', '.join(site.columns)})"
            return Verdict(verdict.verdict, because)
        return verdict

    def _judge(self, site: Site) -> Verdict:
        alias = self.alias(site)
        if site.deferred:
            return Verdict(OUTSIDE, DEFERRED[site.deferred])
        found = by_blocks(site.open, alias)
        if found is not None and found.verdict == INSIDE:
            return found
        if site.model is not None and self.reader.inherits(site.model, *ATOMIC_MODELS):
            called = site.node.func if isinstance(site.node, ast.Call) else None
            if getattr(called, "attr", "") not in ("bulk_create", "abulk_create"):
                return Verdict(INSIDE, "the model's save() opens atomic()")
        doubtful = alone = ""
        for override in self._overrides(site):
            atomic = self.reader.hands_on_inside(override)
            if atomic is not None and atomic.covers(alias):
                if self._is_row_alone(override):
                    alone = f"{override.cls.name if override.cls else ''}.{override.name}()"
                elif atomic.certain:
                    return Verdict(INSIDE, f"{atomic.how} opens atomic()")
                else:
                    doubtful = f"{atomic.how} opens atomic(), but not on every path"
        if site.view is not None:
            verdict = self.of_view(site.view, alias)
        else:
            verdict = self._around_given(site, alias) or self._around_heirs(site, alias)
        if verdict.verdict == INSIDE:
            return verdict
        if found is not None:
            return found  # on the wrong database, or not on every path
        if verdict.verdict == OUTSIDE and doubtful:
            return Verdict(UNKNOWN, doubtful)
        if verdict.verdict == OUTSIDE and site.loose:
            if site.kind == "update":
                columns = ", ".join(site.columns)
                return Verdict(UNKNOWN, f"whether it issues a draft ({columns}) is not certain")
            return Verdict(UNKNOWN, "whether the row is new depends on the caller")
        if verdict.verdict == OUTSIDE and alone:
            because = (
                f"{verdict.because}; {alone} opens atomic(), which ends before the lines after it"
            )
            return replace(verdict, because=because)
        return verdict

    def _is_row_alone(self, override: Function) -> bool:
        """Whether the ``atomic()`` of a model's or manager's own method holds only its row."""
        cls, reader = override.cls, self.reader
        if cls is None or reader.is_form(cls):
            return False
        decorated = next(iter(reader.decorated(override)), None) is not None
        return saves_row_alone(override.node, decorated=decorated)

    def _overrides(self, site: Site) -> Iterator[Function]:
        """The project's own methods that the row goes through, and those that they hand on to."""
        reader, model = self.reader, site.model
        for override in site.overrides:
            step: Function | None = override
            while step is not None:
                yield step
                cls, name = step.cls, step.name
                if cls is None or all(other != name for other, _ in reader.facts(step).hands_on):
                    break
                heir = model if model is not None and cls in reader.line(model) else cls
                step = reader.find_after(heir, cls, name)

    def alias(self, site: Site) -> str:
        """The database that a site writes to; ANY_ALIAS where the code does not say."""
        if site.using is not None:
            return site.using
        target = self.reader.target_of(site.model) if site.model is not None else None
        return target.using if target is not None else "default"

    def _heirs(self, site: Site) -> list[Class]:
        """Of a base view's method, the heirs that save rows of the model."""
        function, reader = site.function, self.reader
        base = function.cls if function.outer is None else None
        return [
            heir
            for heir in (reader.serving.get(base, ()) if base is not None else ())
            if reader.is_view(heir) and any(m is site.model for m, _ in reader.view_forms(heir))
        ]

    def _around_heirs(self, site: Site, alias: str) -> Verdict:
        """What is around a function; of a base view's, for those heirs alone."""
        verdicts = [
            self.around(site.function, alias, heir, site.when) for heir in self._heirs(site)
        ]
        return worst(verdicts) if verdicts else self.around(site.function, alias, when=site.when)

    def _around_given(self, site: Site, alias: str) -> Verdict | None:
        """What is around the calls that hand a function the new row that it saves."""
        function = site.function
        found = by_blocks(tuple(self.reader.decorated(function)), alias)
        if not site.given or (found is not None and found.verdict == INSIDE):
            return found
        callers = [
            Caller(giver, call)
            for giver, line in self.reader.givers[function]
            for call in self.reader.facts(giver).calls
            if call.line == line and _is_of(call, function)
            if may_set(call.node, function, site.when.options)
        ]
        owners: list[Class | None] = [*self._heirs(site)] or [function.cls]
        verdicts = [self.of_caller(c, alias, owner, site.when) for c in callers for owner in owners]
        return worst(verdicts) if verdicts else None


def _is_of(call: Call, function: Function) -> bool:
    target = call.target
    return target is function or (isinstance(target, External) and target.name == function.name)
