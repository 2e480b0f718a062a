"""Generic views, which insert without a line of their own."""

from __future__ import annotations

from collections.abc import Iterator

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Method, Site
from gapless_fields.callsites.inserts import call_text
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.vocabulary import CREATE_HOOKS, FORM_ATTRIBUTES

_NAMING = (*FORM_ATTRIBUTES, "model", "queryset")


def of_view(reader: Transactions, cls: Class) -> Iterator[Site]:
    """A generic view inserts without a line of its own, unless a hook says otherwise."""
    if not reader.is_view(cls) or not reader.creates(cls):
        return
    if cls in reader.serving and not any(reader.class_attribute(cls, name) for name in _NAMING):
        return  # its heirs name the models
    for hook in CREATE_HOOKS:
        for ancestor in reader.line(cls):
            method = ancestor.method(hook)
            if method is None:
                continue
            facts = reader.facts(method)
            called = [name for name, _ in facts.hands_on]
            called += [call.target.name for call in facts.calls if isinstance(call.target, Method)]
            hands_on = any(name in CREATE_HOOKS for name in called)
            if any(site.kind == "insert" for site in facts.sites) or not hands_on:
                return
    named = list(reader.view_forms(cls))
    own = [o for model, form in named for o in reader.form_overrides(model, form)]
    if any(goes_elsewhere(reader, override) for override in own if override is not None):
        return  # which of the forms creates rows?
    if any(reader.find_method(form, "create") for form in reader.plain_forms(cls)):
        return
    for model, form in dict(named).items():
        if reader.target_of(model) is not None:
            overrides = reader.form_overrides(model, form)
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


def goes_elsewhere(reader: Transactions, override: Function) -> bool:
    """Whether a form's own ``save()`` or ``create()`` does not hand on to the form's.

    Whatever inserts the row then is a call of its own, be it in that method.
    """
    if override.cls is None or not reader.is_form(override.cls):
        return False
    return all(name not in ("save", "create") for name, _ in reader.facts(override).hands_on)
