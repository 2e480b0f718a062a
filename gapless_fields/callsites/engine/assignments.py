"""Assignments: what a name, an attribute or a tuple of those stands for from here on."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.protocol import Reader
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import path_of
from gapless_fields.callsites.engine.values import (
    Items,
    Values,
    elements_of,
    key_of,
    shallow,
    union,
)


class Assignments:
    """Binds the targets of assignments and loops."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def bind(self, state: State, target: ast.expr, values: Values) -> None:
        match target:
            case ast.Name(id=name):
                prefix = f"{name}."
                for path in [path for path in state.env if path.startswith(prefix)]:
                    del state.env[path]
                state.env[name] = values
            case ast.Attribute():
                self._reader.rules.assigning(state, target, values)
                if path := path_of(target):
                    state.env[path] = values
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for position, element in enumerate(elements):
                    self.bind(state, element, _unpacked(values, position, len(elements)))
            case ast.Starred(value=inner):
                self.bind(state, inner, (Items((elements_of(values),), fixed=False),))
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                self._reader.evaluate(state, target)
                key = key_of(self._reader.evaluate(state, index))
                values_now = state.env.get(name, ())
                known = [value for value in values_now if isinstance(value, Items)]
                if known or (key is not None and not values_now):
                    state.env[name] = (_with_key(known, key, shallow(values)),)
            case _:
                self._reader.evaluate(state, target)


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
        v for v in values if isinstance(v, Items) and not (v.fixed and len(v.elements) == count)
    )
    return union(*fixed, elements_of(loose))


def passed_through(state: State, targets: list[ast.expr], value: ast.expr) -> Values:
    """``row = who_knows_what(row)``: taken for the same row."""
    if not isinstance(value, ast.Call) or not isinstance(targets[0], ast.Name):
        return ()
    name = targets[0].id
    arguments = {argument.id for argument in value.args if isinstance(argument, ast.Name)}
    return state.env.get(name, ()) if name in arguments else ()
