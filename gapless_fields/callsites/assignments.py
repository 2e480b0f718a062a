"""Assignments: what a name, an attribute or a tuple of those stands for from here on."""

from __future__ import annotations

import ast

from gapless_fields.callsites.expressions import key_of, path_of
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.parameters import Parameters
from gapless_fields.callsites.values import (
    Constant,
    Items,
    Object,
    Parameter,
    Values,
    elements_of,
    origins_of,
    shallow,
    union,
)


class Assignments(Parameters):
    def bind(self, frame: Frame, target: ast.expr, values: Values) -> None:
        match target:
            case ast.Name(id=name):
                self._forget_paths(frame, name)
                frame.env[name] = values
            case ast.Attribute(value=owner, attr=attribute):
                owners = self.evaluate(frame, owner)
                if attribute in ("pk", "id", "adding") and values in (
                    (Constant(None),),
                    (Constant(True),),
                ):
                    self._renew(frame, owner, owners or self._named_like(frame, owner))
                if path := path_of(target):
                    frame.env[path] = values
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for position, element in enumerate(elements):
                    self.bind(frame, element, _unpacked(values, position, len(elements)))
            case ast.Starred(value=inner):
                self.bind(frame, inner, (Items((elements_of(values),), fixed=False),))
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                self.evaluate(frame, target)
                key = key_of(self.evaluate(frame, index))
                values_now = frame.env.get(name, ())
                known = [value for value in values_now if isinstance(value, Items)]
                if known or (key is not None and not values_now):
                    frame.env[name] = (_with_key(known, key, shallow(values)),)
            case _:
                self.evaluate(frame, target)

    def assigned(self, frame: Frame, target: ast.expr, value: ast.expr) -> None:
        """``invoice.issued_on = value``, which may number a draft once it is saved."""
        if not isinstance(target, ast.Attribute) or not self.issues_drafts(target.attr):
            return
        owners = self.evaluate(frame, target.value)
        if all(isinstance(owner, Parameter) for owner in owners):
            owners = self._named_like(frame, target.value)
        for owner in owners:
            if isinstance(owner, Object):
                self.column_set(frame, owner, target.attr, value)

    def _renew(self, frame: Frame, owner: ast.expr, owners: Values) -> None:
        """``invoice.pk = None``, ``invoice._state.adding = True``: the next save() INSERTs."""
        if isinstance(owner, ast.Attribute) and owner.attr == "_state":
            owners = self.evaluate(frame, owner.value)
        frame.fresh |= origins_of(owners)
        frame.saved -= origins_of(owners)
        frame.facts.renewed |= {value.name for value in owners if isinstance(value, Parameter)}

    def _named_like(self, frame: Frame, owner: ast.expr) -> Values:
        """``invoice.pk = None`` of who knows what: of an ``Invoice``, if that is numbered."""
        name = owner.id.replace("_", "").lower() if isinstance(owner, ast.Name) else ""
        rows = tuple(Object(cls, owner) for cls in self.numbered if cls.name.lower() == name)
        if rows and isinstance(owner, ast.Name):
            frame.env[owner.id] = rows
        return rows

    def _forget_paths(self, frame: Frame, name: str) -> None:
        prefix = f"{name}."
        for path in [path for path in frame.env if path.startswith(prefix)]:
            del frame.env[path]


def _with_key(known: list[Items], key: str | None, values: Values) -> Items:
    """A dict, whichever of several it was, once it holds something more."""
    held: dict[str | None, Values] = {}
    for items in known:
        keys = (*items.keys, *[None] * len(items.elements))
        for name, element in zip(keys, items.elements, strict=False):
            held[name] = union(held.get(name, ()), element)
    held[key] = values if key is not None else union(held.get(None, ()), values)
    return Items(tuple(held.values()), False, tuple(held))


def _unpacked(values: Values, position: int, count: int) -> Values:
    """What an unpacking binds to one of ``count`` names."""
    fixed = [
        value.elements[position]
        for value in values
        if isinstance(value, Items) and value.fixed and len(value.elements) == count
    ]
    loose = tuple(
        value for value in values if isinstance(value, Items) and len(value.elements) != count
    )
    return union(*fixed, elements_of(loose))


def handed_through(frame: Frame, targets: list[ast.expr], value: ast.expr) -> Values:
    """``row = who_knows_what(row)``: taken for the same row."""
    if not isinstance(value, ast.Call) or not isinstance(targets[0], ast.Name):
        return ()
    name = targets[0].id
    arguments = {argument.id for argument in value.args if isinstance(argument, ast.Name)}
    return frame.env.get(name, ()) if name in arguments else ()
