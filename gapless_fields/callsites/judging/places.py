"""Where a line stands, for the advice on what to do about it."""

from __future__ import annotations

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.summaries import Site
from gapless_fields.callsites.judging.around_views import is_async
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.packages.django import COMMAND_HANDLERS
from gapless_fields.callsites.rules.project import Project

COROUTINE = "coroutine"
EDITING_VIEW = "editing view"
API_VIEW = "API view"
COMMAND = "command"
ELSEWHERE = ""


def place_of(project: Project, site: Site) -> str:
    """Where a site stands: in a coroutine, a generic view that saves, a command, or elsewhere."""
    function = site.function
    while function.outer is not None and not is_async(function):
        function = function.outer
    if is_async(function):
        return COROUTINE
    cls = site.view or (
        function.cls if function.name in COMMAND_HANDLERS | KNOWN.handlers else None
    )
    if cls is None:
        return ELSEWHERE
    if project.classes.inherits(cls, "Command") and function.name in COMMAND_HANDLERS:
        return COMMAND
    return _of_view(project, cls)


def _of_view(project: Project, cls: Class) -> str:
    if not project.views.is_view(cls):
        return ELSEWHERE
    saves = project.views.creates(cls) or project.views.updates(cls)
    if saves and project.classes.inherits(cls, "APIView", "ViewSet", "ModelMixin"):
        return API_VIEW
    return (
        EDITING_VIEW
        if saves or project.classes.inherits(cls, "FormView", "FormMixin")
        else ELSEWHERE
    )
