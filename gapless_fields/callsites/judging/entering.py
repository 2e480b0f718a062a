"""Functions that a framework calls: in a transaction, or in none."""

from __future__ import annotations

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.judging.around_views import AroundViews
from gapless_fields.callsites.judging.entry_points import EntryPoints
from gapless_fields.callsites.judging.verdicts import INSIDE, OUTSIDE, UNKNOWN, Verdict
from gapless_fields.callsites.rules.frameworks import EntryPoint, Kind
from gapless_fields.callsites.rules.project import Project


class Entering:
    """What is around them.

    Args:
        project: the project.
        entry_points: which functions those are.
        views: what is around the methods of views.
    """

    def __init__(self, project: Project, entry_points: EntryPoints, views: AroundViews) -> None:
        self._project = project
        self._entry_points = entry_points
        self._views = views

    def of(self, function: Function, alias: str, cls: Class | None) -> Verdict | None:
        """What is around a function that a framework calls; None for one that other code calls.

        Args:
            function: the function.
            alias: the database.
            cls: the class whose instances it is called on.
        """
        method = None if cls is None else self._project.classes.find_method(cls, function.name)
        if method not in (None, function):
            return None  # else the override is
        entry = self._entry_points.of(function, cls)
        if entry is None:
            return None
        if cls is not None and self._views.is_refused(cls, function.name):
            return Verdict(UNKNOWN, f"http_method_names leaves out {function.name}")
        by_class = self._views.around_method(cls, function, alias) if cls is not None else None
        return by_class or self.entered(entry, function, alias)

    def entered(self, entry: EntryPoint, function: Function, alias: str) -> Verdict:
        """What is around a function that is entered so."""
        if entry.kind is Kind.ATOMIC:
            return Verdict(INSIDE, entry.what)
        if entry.kind is Kind.ALONE:
            return Verdict(OUTSIDE, f"{entry.what} without atomic()")
        return self._views.request(entry, alias, function)

    def is_mixin(self, cls: Class) -> bool:
        """Whether a class is nothing that a framework knows by itself, but its heirs may be."""
        project = self._project
        known = (project.views.is_view, project.forms.is_form, project.admins.is_admin)
        return not project.classes.inherits(cls, "Model") and not any(is_(cls) for is_ in known)
