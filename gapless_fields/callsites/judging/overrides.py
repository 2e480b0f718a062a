"""Which of several methods of a name runs, where classes of frameworks are among the bases."""

from __future__ import annotations

from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.values import ClassValue, External
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.project import Project

_BASES = (*KNOWN.view_bases, *(base for known in KNOWN.entry_methods for base in known.bases))
"""How the names of the classes end whose methods frameworks call."""


class Overrides:
    """The project's own methods in place of a framework's."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def of(self, cls: Class, name: str) -> Iterator[Function]:
        """The project's own methods of that name that run, one after the other by ``super()``."""
        for ancestor in self._project.classes.mro(cls):
            method = ancestor.method(name)
            if method is not None:
                if self.is_behind(cls, ancestor):
                    return
                yield method
                if not self._project.solver.summary(method).calls_super(name):
                    return

    def is_behind(self, cls: Class, mixin: Class) -> bool:
        """``class V(View, AtomicMixin)``: the methods of ``View`` come first."""
        classes = self._project.classes
        if classes.inherits(mixin, *_BASES):
            return False
        for ancestor in classes.mro(cls):
            is_behind = False
            for base in classes.bases(ancestor):
                if isinstance(base, ClassValue) and mixin in classes.mro(base.cls):
                    if is_behind:
                        return True
                    break
                path = base.path if isinstance(base, External) else ""
                is_behind |= path.endswith(_BASES)
                is_behind |= isinstance(base, ClassValue) and classes.inherits(base.cls, *_BASES)
        return False

    def lead_to(self, cls: Class, name: str, ancestor: Class) -> bool:
        """Whether a method that is called on ``cls`` leads to that of an ancestor."""
        line = self._project.classes.mro(cls)
        before = (step.method(name) for step in line[: line.index(ancestor)])
        overrides = [method for method in before if method is not None]
        return all(self._project.solver.summary(one).calls_super(name) for one in overrides)
