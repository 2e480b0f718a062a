"""Generic views, which insert without a line of their own."""

from __future__ import annotations

from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.summaries import Method, Site
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.sites import call_text
from gapless_fields.callsites.rules.views import CREATE_HOOKS

_NAMING = (*KNOWN.form_attributes, "model", "queryset")


def of_view(project: Project, cls: Class) -> Iterator[Site]:
    """A generic view inserts without a line of its own, unless a hook says otherwise."""
    if not project.views.is_view(cls) or not project.views.creates(cls):
        return
    if cls in project.models.serving and not any(
        project.classes.attribute(cls, name) for name in _NAMING
    ):
        return  # its heirs name the models
    for hook in CREATE_HOOKS:
        for ancestor in project.classes.mro(cls):
            method = ancestor.method(hook)
            if method is None:
                continue
            summary = project.solver.summary(method)
            methods = (call.target for call in summary.calls)
            goes_on = summary.calls_super(*CREATE_HOOKS) or any(
                isinstance(method, Method) and method.name in CREATE_HOOKS for method in methods
            )
            if any(site.kind == "insert" for site in summary.sites) or not goes_on:
                return
    named = list(project.views.forms(cls))
    own = [o for model, form in named for o in project.forms.overrides(model, form)]
    if any(goes_elsewhere(project, override) for override in own if override is not None):
        return  # which of the forms creates rows?
    if any(project.classes.find_method(form, "create") for form in project.views.plain_forms(cls)):
        return
    for model, form in dict(named).items():
        if project.models.target_of(model) is not None:
            overrides = project.forms.overrides(model, form)
            yield Site(
                "insert",
                cls.node,
                call_text(cls.node),
                cls.module.body,
                model,
                None,
                (),
                tuple(override for override in overrides if override is not None),
                view=cls,
            )


def goes_elsewhere(project: Project, override: Function) -> bool:
    """Whether a form's own ``save()`` or ``create()`` does not call the form's.

    Whatever inserts the row then is a call of its own, be it in that method.
    """
    if override.cls is None or not project.forms.serve(override.cls):
        return False
    return not project.solver.summary(override).calls_super("save", "create")
