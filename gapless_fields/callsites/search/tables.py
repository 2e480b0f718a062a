"""Tables of functions and classes: ``HANDLERS = {"issue": issue}``, to be called by a key."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from gapless_fields.callsites.engine.definitions import Module
from gapless_fields.callsites.engine.syntax import name_of, statements_in
from gapless_fields.callsites.files.words import Words
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.project import Project


class Table(NamedTuple):
    """A dict, list or tuple that holds a function or class, by its name."""

    name: str
    owner: str
    """What a file that uses it holds too: the name of its class or module."""


class Tables:
    def __init__(self, project: Project, words: Words) -> None:
        self._project = project
        self._words = words
        self._found: dict[str, list[Table]] = {}
        self._tables: dict[Module, list[tuple[Table, frozenset[str]]]] = {}

    def holding(self, name: str) -> list[Table]:
        """The tables of modules, classes and instances that hold something of that name."""
        if name not in self._found:
            self._found[name] = list(dict.fromkeys(self._find(name)))
        return self._found[name]

    def _find(self, name: str) -> Iterator[Table]:
        for source in self._words.holding(name.encode()):
            if _may_be_held(name.encode(), source.data):
                module = self._project.modules.parsed(source.path)
                if module is not None:
                    if module not in self._tables:
                        self._tables[module] = list(_tables(module))
                    yield from (table for table, held in self._tables[module] if name in held)


_BEFORE = re.compile(rb"[\[({,:=]\s*(?:\w+\.)*$")
MOST_BEFORE = 100
"""Characters before a name: a module's path, and what it is indented by."""


def _may_be_held(word: bytes, data: bytes) -> bool:
    """Whether a name stands where an element of a table does. Most names do not."""
    for match in re.finditer(rb"\b" + re.escape(word) + rb"(?:\s*[,\])}]|\(|\s*\n)", data):
        if _BEFORE.search(data, max(0, match.start() - MOST_BEFORE), match.start()):
            return True
    return False


def _tables(module: Module) -> Iterator[tuple[Table, frozenset[str]]]:
    """The tables of a file, each with the names of what it holds."""
    stem = module.dotted.rpartition(".")[2]
    for node in statements_in(module.tree.body):
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        is_entry = isinstance(target, ast.Subscript)  # ``HANDLERS["issue"] = issue``
        value = node.value
        if value is None or not (is_entry or isinstance(value, _DISPLAYS) or _is_dict(value)):
            continue
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Attribute | ast.Name):
            table = target.attr if isinstance(target, ast.Attribute) else target.id
            owner = _class_around(module, node.lineno) or stem
            yield Table(table, owner), frozenset(_held(value))


_DISPLAYS = ast.Dict | ast.List | ast.Tuple | ast.Set
_WRAPPERS = KNOWN.transparent | {"atomic"}


def _is_dict(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") == "dict"


def _class_around(module: Module, line: int) -> str:
    around = (c for c in module.classes if c.node.lineno <= line <= (c.node.end_lineno or 0))
    return next((cls.name for cls in around), "")


def _held(value: ast.expr) -> Iterator[str]:
    """The last names of what a table holds, be it in tables; of ``Issue()``, of what is called."""
    match value:
        case ast.Dict(values=elements) | ast.List(elts=elements):
            pass
        case ast.Tuple(elts=elements) | ast.Set(elts=elements):
            pass
        case ast.Call(keywords=keywords) if _is_dict(value):
            elements = [keyword.value for keyword in keywords]
        case ast.Call(func=func, args=[first, *_]) if name_of(func) in _WRAPPERS:
            elements = [first]
        case ast.Call(func=func):
            elements = [func]
        case ast.Lambda(body=ast.Call(func=func)):
            elements = [func]
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
            return
        case _:
            return
    for element in elements:
        yield from _held(element)
