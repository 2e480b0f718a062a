"""Other names for models, forms and sequences: ``BillForm = modelform_factory(Bill)``."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.definitions import Assigned, Class, Import
from gapless_fields.callsites.engine.values import ClassValue, Value
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.values import FormClass, Sequence


def may_rename(binding: object, name: str) -> bool:
    """Whether a binding may give a model, a form or a sequence another name."""
    if isinstance(binding, Import):
        return binding.name != name
    expressions = ast.Name | ast.Attribute | ast.Call | ast.IfExp | ast.Subscript
    return isinstance(binding, Assigned) and isinstance(binding.expression, expressions)


def is_alias(project: Project, value: Value, name: str) -> bool:
    """Whether code that holds a name may number rows, because of what it stands for."""
    match value:
        case ClassValue(cls):
            models: tuple[Class, ...] = (
                (cls, *project.forms.models(cls)) if cls.name != name else ()
            )
        case FormClass(model):
            models = (model,)
        case _:
            return isinstance(value, Sequence)
    return any(project.models.target_of(model) is not None for model in models)
