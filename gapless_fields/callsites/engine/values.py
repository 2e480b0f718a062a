"""What an expression of the project can stand for, as far as reading it tells.

Every expression evaluates to a tuple of alternatives; the empty one means "anything". The rules
add values of their own, such as the manager of a model.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from gapless_fields.callsites.engine.definitions import Class, Function, Module

ANY_ALIAS = "*"
"""A database that the code does not name by a constant: taken for the right one."""

MOST_ALTERNATIVES = 12
MOST_DEPTH = 4
"""Lists in lists in lists … that are deeper than this hold no rows that anybody saves."""


class Value:
    """One thing that an expression may stand for. Nothing changes one."""

    # Not ``frozen``, which sets each field by a call of its own: that took 9 % of the whole time.

    __slots__ = ()


Values: TypeAlias = tuple[Value, ...]


class Newness(Enum):
    """Whether the next ``save()`` of an instance INSERTs it."""

    NEW = "new"
    """It does, at least on one of the ways to here."""
    EITHER = "either"
    """That depends on the callers, or nothing but the class of the instance is known."""
    SAVED = "saved"
    """It has been saved, on all of the ways to here."""


@dataclass(slots=True, unsafe_hash=True)
class Origin:
    """Where an instance came from, which tells it from all others of a function.

    ``part``: which one of several that come from one place. ``parameter``: by which the callers
    of the function give it.
    """

    node: ast.AST
    part: object = None
    parameter: Parameter | None = None


@dataclass(slots=True, unsafe_hash=True)
class External(Value):
    """A thing of another package, by its dotted path; ``()`` in it stands for a call."""

    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(slots=True, unsafe_hash=True)
class ModuleValue(Value):
    module: Module


@dataclass(slots=True, unsafe_hash=True)
class ClassValue(Value):
    cls: Class


@dataclass(slots=True, unsafe_hash=True)
class FunctionValue(Value):
    """A function, method, lambda or generator of the project.

    ``within``: the transactions that a wrapper around it opens, as ``atomic(function)`` does.
    """

    function: Function
    within: tuple[Atomic, ...] = ()
    receiver: Value | None = None


@dataclass(slots=True, unsafe_hash=True)
class Instance(Value):
    """An instance of a class. Whether it is new is known by its origin: see ``Rows``."""

    cls: Class | External | None
    origin: Origin

    @property
    def identity(self) -> object:
        """What tells it from the others that a function is given by one parameter."""
        return self.cls


@dataclass(slots=True, unsafe_hash=True)
class Super(Value):
    """``super()``: what stands behind ``cls`` in the inheritance of ``receiver``."""

    cls: Class
    receiver: Value


@dataclass(slots=True, unsafe_hash=True)
class Bound(Value):
    """A method that is not the project's own, of a value."""

    receiver: Value
    name: str
    by_super: bool = False
    after: Class | None = None
    """With ``by_super``, the class behind which ``super()`` looks."""


@dataclass(slots=True, unsafe_hash=True)
class Items(Value):
    """A tuple, list, dict or set: the alternatives at each position.

    ``keys``: of a dict, the keys that are written out, by position; None for others.
    """

    elements: tuple[Values, ...]
    fixed: bool = True
    keys: tuple[str | None, ...] = ()

    def at(self, key: str) -> Values:
        """What a dict holds under a key, as far as it is written out."""
        pairs = zip(self.keys, self.elements, strict=False)
        return union(*(element for name, element in pairs if name == key))


@dataclass(slots=True, unsafe_hash=True)
class Constant(Value):
    value: str | bool | int | None


@dataclass(slots=True, unsafe_hash=True)
class Parameter(Value):
    """What a function was given for one of its parameters."""

    function: Function
    name: str


@dataclass(slots=True, unsafe_hash=True)
class Atomic(Value):
    """A block in a transaction; ``using`` is None for the default database."""

    using: str | None
    how: str
    certain: bool = field(default=True)

    def covers(self, alias: str) -> bool:
        """Whether rows that go to ``alias`` are inside."""
        return ANY_ALIAS in (self.using, alias) or (self.using or "default") == alias


def union(*alternatives: Values) -> Values:
    """All alternatives, each once."""
    found = [values for values in alternatives if values]
    if len(found) < 2:  # as most are
        return found[0] if found else ()
    merged = dict.fromkeys(value for values in found for value in values)
    return tuple(merged)[:MOST_ALTERNATIVES]


def elements_of(values: Values) -> Values:
    """What iterating over such values yields."""
    found: list[Values] = []
    for value in values:
        if isinstance(value, Items):
            found += value.elements
    return union(*found)


def is_deep(value: Value, most: int = MOST_DEPTH) -> bool:
    """Whether a list or dict holds others too deeply to be followed."""
    if not isinstance(value, Items):
        return False
    return most == 0 or any(is_deep(one, most - 1) for held in value.elements for one in held)


def shallow(values: Values) -> Values:
    """Those that may be held by another list or dict, and still be followed."""
    return tuple(value for value in values if not is_deep(value, MOST_DEPTH - 1))


def class_of(value: object) -> Class | None:
    """The class of the project that a value is, or is an instance of."""
    cls = getattr(value, "cls", None)
    return cls if isinstance(cls, Class) else None


def classes_in(values: Values) -> list[Class]:
    """The classes of the project among some values."""
    return [value.cls for value in values if isinstance(value, ClassValue)]


def texts_in(values: Values) -> list[str]:
    """The texts that are written out among some values."""
    return [v.value for v in values if isinstance(v, Constant) and isinstance(v.value, str)]


def key_of(values: Values) -> str | None:
    """The key of a dict, where it is a text that is written out."""
    texts = texts_in(values)
    return texts[0] if len(texts) == len(values) == 1 else None


def is_nothing_known(value: Value) -> bool:
    """Whether nothing is known of a value but how it is called."""
    match value:
        case Parameter() | Bound() | Constant(None | False):
            return True
        case External(path):
            return "()" in path
    return False


def is_data(value: Value) -> bool:
    """Whether a value is, or holds, nothing that a row can be made of or saved by."""
    if isinstance(value, Items):
        return all(is_data(one) for held in value.elements for one in held)
    return isinstance(value, Constant | External | Parameter)


def last_name(value: Value) -> str:
    """The last name of what is called; empty where that says nothing."""
    match value:
        case External(path):
            return path.rpartition(".")[2]
        case Bound(name=name):
            return name
        case FunctionValue(function):
            return function.name if function.cls is None else ""
    return ""
