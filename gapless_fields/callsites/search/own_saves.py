"""Lines that are part of a model's own ``save()``: whoever calls that inserts the row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.summaries import Site
from gapless_fields.callsites.engine.syntax import is_super
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.saving import SAVING

MOST_STEPS = 3
"""From ``save()`` to the method that calls ``super().save()``."""


def is_part_of_save(project: Project, site: Site) -> bool:
    """Whether ``super().save()`` stands in a method that the model's own ``save()`` calls."""
    called = site.node.func if isinstance(site.node, ast.Call) else None
    is_own = isinstance(called, ast.Attribute) and is_super(called.value)
    if not is_own or site.model is None or site.function.name in SAVING:
        return False
    saves = (project.classes.find_method(site.model, name) for name in SAVING)
    steps = {save for save in saves if save is not None}
    for _ in range(MOST_STEPS):
        if site.function in steps:
            return True
        steps = {inner for step in steps for inner in own_calls(project, step)}
    return site.function in steps


def own_calls(project: Project, function: Function) -> Iterator[Function]:
    """The methods of the project that a function calls."""
    for call in project.solver.summary(function).calls:
        if isinstance(call.target, Function) and call.target.cls is not None:
            yield call.target
