"""Inside, outside or unknown: the verdict on a site, drawn from the summary of the functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.options import may_set
from gapless_fields.callsites.engine.summaries import Call, Caller, Site
from gapless_fields.callsites.engine.values import External, Parameter
from gapless_fields.callsites.judging.surroundings import Surroundings
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
from gapless_fields.callsites.search.own_saves import own_calls
from gapless_fields.rowblocks import saves_row_alone


class Judge:
    """Draws the verdicts.

    Args:
        project: the project, which has been read.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._surroundings = Surroundings(project)

    def prepare(self, sites: Iterable[Site]) -> None:
        """Search for the callers of all functions with sites at once."""
        callers = {site.function.name.encode() for site in sites if not site.open}
        self._surroundings.callers.words.prepare(callers)

    def judge(self, site: Site) -> Verdict:
        """Whether a site is inside ``atomic()`` on the database that its rows go to."""
        self._surroundings.forget_guesses()
        verdict = self._judge(site)
        if verdict.verdict == CIRCLE:
            verdict = Verdict(UNKNOWN, verdict.because)
        if verdict.path:
            steps = " → ".join([*verdict.path, f"{site.function.name}()"])
            verdict = Verdict(verdict.verdict, f"{verdict.because}: {steps}")
        if verdict.verdict == OUTSIDE and site.is_draft:
            return Verdict(UNKNOWN, f"a draft, which takes no number: {verdict.because}")
        if site.kind == "update" and not site.is_doubtful:
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
        if site.model is not None and self._project.classes.inherits(
            site.model, *KNOWN.atomic_models
        ):
            called = site.node.func if isinstance(site.node, ast.Call) else None
            if getattr(called, "attr", "") not in ("bulk_create", "abulk_create"):
                return Verdict(INSIDE, "the model's save() opens atomic()")
        if site.is_route:
            entry = EntryPoint(Kind.REQUEST, "view")
            return self._surroundings.views.request(entry, alias, site.function)
        doubtful = alone = ""
        for override in self._overrides(site):
            atomic = self._project.transactions.around_super(override)
            if atomic is not None and atomic.covers(alias):
                if self._is_row_alone(override):
                    alone = f"{override.cls.name if override.cls else ''}.{override.name}()"
                elif atomic.certain:
                    return Verdict(INSIDE, f"{atomic.how} opens atomic()")
                else:
                    doubtful = f"{atomic.how} opens atomic(), but not on every path"
        if site.view is not None:
            verdict = self._surroundings.generic_views.around(site.view, alias)
        else:
            verdict = self._around_given(site, alias) or self._around_heirs(site, alias)
        if verdict.verdict == INSIDE:
            return verdict
        if found is not None:
            return found  # on the wrong database, or not on every path
        if verdict.verdict == OUTSIDE and doubtful:
            return Verdict(UNKNOWN, doubtful)
        if verdict.verdict == OUTSIDE and site.is_doubtful:
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
        cls, project = override.cls, self._project
        if cls is None or project.forms.serve(cls) or project.views.serve(cls):
            return False
        decorated = next(iter(project.transactions.decorated(override)), None) is not None

        def find(name: str) -> ast.AST | None:
            method = project.classes.find_method(cls, name)
            return method.node if method is not None else None

        return saves_row_alone(override.node, find, decorated=decorated)

    def _overrides(self, site: Site) -> Iterator[Function]:
        """The project's own methods that the row goes through, by ``super()`` as well."""
        project, model = self._project, site.model
        for override in site.overrides:
            step: Function | None = override
            while step is not None:
                yield step
                cls, name = step.cls, step.name
                if cls is None or not project.solver.summary(step).calls_super(name):
                    yield from (
                        inner
                        for inner in own_calls(project, step)
                        if project.solver.summary(inner).calls_super(name)
                    )
                    break
                heir = model if model is not None and cls in project.classes.mro(model) else cls
                step = project.classes.find_after(heir, cls, name)

    def alias(self, site: Site) -> str:
        """The database that a site writes to; ANY_ALIAS where the code does not say."""
        if site.using is not None:
            return site.using
        target = self._project.models.target_of(site.model) if site.model is not None else None
        return target.using if target is not None else "default"

    def _heirs(self, site: Site) -> list[Class]:
        """Of a method of a base view or form, the heirs that save rows of the model."""
        function, project = site.function, self._project
        base = function.cls if function.outer is None else None
        heirs = project.models.serving.get(base, {}) if base is not None else {}
        views = [
            heir
            for heir in heirs
            if project.views.is_view(heir)
            and any(m is site.model for m, _ in project.views.forms(heir))
        ]
        if base is not None and project.forms.serve(base) and base not in views:
            kin = self._surroundings.callers.heirs.direct(base)
            if any(
                models and site.model not in models for models in map(project.forms.models, kin)
            ):
                forms = (base, *heirs)
                return [form for form in forms if site.model in project.forms.models(form)]
        model = site.model
        if model is not None and base is not None and model in project.models.managed.get(base, {}):
            return [model]  # other models with this manager do not count
        if views or model is None or base not in project.classes.mro(model)[1:]:
            return views
        return [model]

    def _naming(self, site: Site) -> list[Class]:
        """Of ``self.model.objects.create()``, the classes that name this model, if others do not.

        What saves rows of other models by the same line is none of its business.
        """
        function, heirs = site.function, self._surroundings.callers.heirs
        base = function.cls if function.outer is None else None
        names = {
            node.attr
            for node in ast.walk(site.node)
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in ("self", "cls")
            if node is not getattr(site.node, "func", None)  # ``self.save()`` names no model
        }
        attributes = self._project.attributes
        if base is None or not any(attributes.names_numbered(base, name) for name in names):
            return []
        named = {
            cls: {model for name in names for model in attributes.named_by(cls, name)}
            for cls in (base, *heirs.inheriting(function))
        }
        mine = [cls for cls, models in named.items() if site.model in models]
        has_others = any(models and site.model not in models for models in named.values())
        return mine if has_others else []

    def _around_heirs(self, site: Site, alias: str) -> Verdict:
        """What is around a function; of a base view's, for those heirs alone."""
        verdicts = [
            self._surroundings.around(site.function, alias, heir, site.when)
            for heir in self._heirs(site) or self._naming(site)
        ]
        return (
            worst(verdicts)
            if verdicts
            else self._surroundings.around(site.function, alias, when=site.when)
        )

    def _around_given(self, site: Site, alias: str) -> Verdict | None:
        """What is around the calls that hand a function the new row that it saves."""
        function = site.function
        found = by_blocks(tuple(self._project.transactions.decorated(function)), alias)
        if not site.is_given or (found is not None and found.verdict == INSIDE):
            return found
        solver = self._project.solver
        givers = solver.tellers(*(Parameter(function, name) for name in function.parameters))
        callers = [
            Caller(giver, call)
            for giver in givers
            for call in solver.summary(giver).calls
            if (function, call.line) in solver.summary(giver).gives
            if _is_of(call, function) and may_set(call.node, function, site.when.options)
        ]
        owners: list[Class | None] = [*self._heirs(site)] or [function.cls]
        verdicts = [
            self._surroundings.of_caller(c, alias, owner, site.when)
            for c in callers
            for owner in owners
        ]
        return worst(verdicts) if verdicts else None


def _is_of(call: Call, function: Function) -> bool:
    target = call.target
    return target is function or (isinstance(target, External) and target.name == function.name)
