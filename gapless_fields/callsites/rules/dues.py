"""What numbers the drafts of each model, as its source declares it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Assigned, Class
from gapless_fields.callsites.engine.inheritance import Inheritance
from gapless_fields.callsites.engine.syntax import keywords_of
from gapless_fields.callsites.rules.due import Due, conditions_of
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.targets import Target


class Dues:
    """Finds ``when`` in the fields of numbered models."""

    def __init__(self, classes: Inheritance, models: Models) -> None:
        self._classes = classes
        self._models = models
        self._due: dict[Class, Due | None] = {}

    def of(self, cls: object) -> Due | None:
        """What numbers the drafts of a model; None where it has none, or it is not understood."""
        if not isinstance(cls, Class):
            return None
        if cls not in self._due:
            target = self._models.target_of(cls)
            self._due[cls] = self._declared_when(cls, target) if target is not None else None
        return self._due[cls]

    def are_any(self, column: str = "") -> bool:
        """Whether a numbered model has drafts, and such a column in their ``when``."""
        found = (self.of(cls) for cls in self._models.numbered)
        return any(due is not None and (not column or column in due.columns) for due in found)

    def default_of(self, cls: Class, column: str) -> ast.expr | None:
        """What a column is by default, as its field declares it; None where it says nothing."""
        for ancestor in self._classes.mro(cls):
            for binding in ancestor.scope.names.get(column, ()):
                call = binding.expression if isinstance(binding, Assigned) else None
                if isinstance(call, ast.Call):
                    return keywords_of(call).get("default")
        return None

    def _declared_when(self, cls: Class, target: Target) -> Due | None:
        for ancestor in self._classes.mro(cls):
            found = dict(_conditional(ancestor, target.fields))
            conditions = [one for when in found.values() for one in conditions_of(when)]
            if conditions:
                return Due(ancestor, tuple(found), tuple(conditions))
        return None


def _conditional(cls: Class, fields: tuple[str, ...]) -> Iterator[tuple[str, ast.expr]]:
    """The numbered fields that a class declares with a ``when``."""
    for name, bindings in cls.scope.names.items():
        for binding in bindings:
            call = binding.expression if isinstance(binding, Assigned) else None
            if not isinstance(call, ast.Call):
                continue
            named = keywords_of(call)
            if "when" in named and (name in fields if fields else "sequence" in named):
                yield name, named["when"]
