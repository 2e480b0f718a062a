"""Generic views that insert without a line of their own."""

from __future__ import annotations

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.values import Atomic
from gapless_fields.callsites.judging.around_views import AroundViews
from gapless_fields.callsites.judging.verdicts import INSIDE, OUTSIDE, UNKNOWN, Verdict, by_blocks
from gapless_fields.callsites.rules.frameworks import EntryPoint, Kind
from gapless_fields.callsites.rules.project import Project


class GenericViews:
    """What is around their INSERTs.

    Args:
        project: the project.
        views: what is around the methods of views.
    """

    def __init__(self, project: Project, views: AroundViews) -> None:
        self._project = project
        self._views = views

    def around(self, view: Class, alias: str, hook: str = "") -> Verdict:
        """What is around the INSERT of a generic view."""
        if self._project.admins.is_admin(view):
            return Verdict(INSIDE, "the admin saves in a transaction")
        is_api = self._project.classes.inherits(view, "APIView", "ViewSet", "CreateModelMixin")
        routes = self._views.routes.of_class(view)
        if routes and all(route.actions and "create" not in route.actions for route in routes):
            return Verdict(UNKNOWN, "no URL leads to its create()")
        hook = hook or ("perform_create" if is_api else "form_valid")
        own = self._project.classes.find_method(view, hook)
        if (
            own is not None
            and own.cls is not None
            and self._views.overrides.is_behind(view, own.cls)
        ):
            own = None
        atomic = self._project.transactions.around_super(own) if own is not None else None
        within = None
        if atomic is not None and atomic.covers(alias):
            how = f"{atomic.how} opens atomic()"
            within = by_blocks((Atomic(atomic.using, how, atomic.certain),), alias)
        if within is not None and within.verdict == INSIDE:
            return within
        found = self._views.around_method(view, own or hook, alias)
        if found is None or found.verdict == OUTSIDE:
            found = self._views.request(EntryPoint(Kind.REQUEST, "view"), alias, view)
        return within if within is not None and found.verdict == OUTSIDE else found
