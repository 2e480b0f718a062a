"""Forms that are made at run time: ``modelform_factory()``, ``type()``."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.inheritance import Inheritance
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.syntax import keywords_of
from gapless_fields.callsites.engine.values import (
    ClassValue,
    Items,
    Parameter,
    Values,
    classes_in,
    elements_of,
)
from gapless_fields.callsites.rules.values import FormClass

FORM_FACTORIES = {
    "modelform_factory": 0,
    "modelformset_factory": 0,
    "inlineformset_factory": 1,
    "generic_inlineformset_factory": 0,
    "generic_inlineformset_factory()": 0,
}
"""The position of the model among the arguments."""


def of_factory(classes: Inheritance, name: str, call: Invocation) -> Values:
    """What ``inlineformset_factory(Customer, Invoice, formset=…)`` and its like return."""
    models = classes_in(call.argument(FORM_FACTORIES[name], "model"))
    many = name != "modelform_factory"
    named = (
        *call.keywords.get("form", ()),
        *(call.keywords.get("formset", ()) if many else ()),
    )
    made_of = classes_in(named)
    # A formset saves each row by its form: whichever has a save() of its own.
    find = classes.find_method
    saving = (c for c in made_of if any(find(c, n) for n in ("save", "create")))
    cls = next(saving, made_of[-1] if made_of else None)
    extra = keywords_of(call.node).get("extra")
    only_saved = many and isinstance(extra, ast.Constant) and extra.value == 0
    return tuple(FormClass(model, many, cls, only_saved) for model in models)


def of_type(classes: Inheritance, bases: Values, namespace: Values) -> Values:
    """``type("Form", (InvoiceForm,), {…})``: taken for its bases, or a form of its ``Meta``."""
    kinds = ClassValue | FormClass | Parameter
    inherited = tuple(v for v in elements_of(bases) if isinstance(v, kinds))
    if inherited:
        return inherited
    held = [value for value in namespace if isinstance(value, Items)]
    found: list[FormClass] = []
    for items in held:
        for meta in items.at("Meta"):
            models: Values = ()
            if isinstance(meta, ClassValue):
                models = classes.attribute(meta.cls, "model")
            elif isinstance(meta, Items):
                models = meta.at("model")
            found += [FormClass(model, many=False) for model in classes_in(models)]
    is_plain = bases == (Items(()),)  # as a ``Meta``, which is known by what it holds
    return tuple(found) or (tuple(held) if is_plain else ())
