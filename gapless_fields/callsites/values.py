"""What an expression of the project can stand for, as far as reading it tells.

Every expression evaluates to a tuple of alternatives; the empty one means "anything".
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, Union

if TYPE_CHECKING:
    from gapless_fields.callsites.definitions import Class, Function, Module

ANY_ALIAS = "*"
"""A database that the code does not name by a constant: taken for the right one."""


@dataclass(frozen=True, slots=True)
class External:
    """A thing of another package, by its dotted path; ``()`` in it stands for a call."""

    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class ModuleValue:
    module: Module


@dataclass(frozen=True, slots=True)
class ClassValue:
    cls: Class


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function, method, lambda or generator of the project.

    ``within``: the transactions that a wrapper around it opens, as ``atomic(function)`` does.
    """

    function: Function
    within: tuple[Atomic, ...] = ()
    receiver: Value | None = None


@dataclass(frozen=True, slots=True)
class Object:
    """An instance of a class. ``origin`` is where it came from: see ``Frame.fresh``."""

    cls: Class | External
    origin: ast.AST
    loose: bool = False
    """Whether it may well be a saved instance: a parameter, of which only the type is known."""


@dataclass(frozen=True, slots=True)
class Form:
    """A model form, serializer or formset; fresh where it will INSERT rather than UPDATE."""

    model: Class
    cls: Class | None
    origin: ast.AST
    many: bool = False
    loose: bool = False
    """Whether it may well be one of a saved instance: nothing but its class is known."""


@dataclass(frozen=True, slots=True)
class FormClass:
    """What ``modelform_factory()`` and its like return; ``cls``: the project's class it is of."""

    model: Class
    many: bool
    cls: Class | None = None


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager or queryset of a model. ``through``: the numbered rows that ``add()`` inserts."""

    model: Class
    using: str | None = None
    custom: tuple[Class, ...] = ()
    through: Class | None = None


@dataclass(frozen=True, slots=True)
class Super:
    """``super()``: what stands behind ``cls`` in the inheritance of ``receiver``."""

    cls: Class
    receiver: Value


@dataclass(frozen=True, slots=True)
class Bound:
    """A method that is not the project's own, of a value."""

    receiver: Value
    name: str
    by_super: bool = False
    after: Class | None = None
    """With ``by_super``, the class behind which ``super()`` looks."""


@dataclass(frozen=True, slots=True)
class Items:
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


@dataclass(frozen=True, slots=True)
class Constant:
    value: str | bool | int | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a function was given for one of its parameters."""

    function: Function
    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """A ``gapless_fields.Sequence``."""

    using: str | None = None


@dataclass(frozen=True, slots=True)
class Highest:
    """The highest number of a model's rows, or how many there are; the next one, if ``added``."""

    model: Class
    field: str
    """Empty where the rows are counted."""
    added: bool = False


@dataclass(frozen=True, slots=True)
class Atomic:
    """An ``atomic()`` block; ``using`` is None for the default database."""

    using: str | None
    how: str
    certain: bool = field(default=True)

    def covers(self, alias: str) -> bool:
        """Whether rows that go to ``alias`` are inside."""
        return ANY_ALIAS in (self.using, alias) or (self.using or "default") == alias


Value: TypeAlias = Union[
    "External | ModuleValue | ClassValue | FunctionValue | Object | Form | FormClass | Manager",
    "Super | Bound | Items | Constant | Parameter | Sequence | Highest | Atomic",
]
Values: TypeAlias = tuple[Value, ...]

MOST_ALTERNATIVES = 12


def union(*alternatives: Values) -> Values:
    """All alternatives, each once."""
    alternatives = tuple(filter(None, alternatives))
    if len(alternatives) < 2:  # as most are
        return alternatives[0] if alternatives else ()
    merged = dict.fromkeys(value for values in alternatives for value in values)
    return tuple(merged)[:MOST_ALTERNATIVES]


def elements_of(values: Values) -> Values:
    """What iterating over such values yields."""
    found: list[Values] = []
    for value in values:
        if isinstance(value, Items):
            found += value.elements
    return union(*found)


MOST_DEPTH = 4
"""Lists in lists in lists … that are deeper than this hold no rows that anybody saves."""


def is_deep(value: Value, most: int = MOST_DEPTH) -> bool:
    """Whether a list or dict holds others too deeply to be followed."""
    if not isinstance(value, Items):
        return False
    return most == 0 or any(is_deep(one, most - 1) for held in value.elements for one in held)


def shallow(values: Values) -> Values:
    """Those that may be held by another list or dict, and still be followed."""
    return tuple(value for value in values if not is_deep(value, MOST_DEPTH - 1))


def origins_of(values: Values) -> set[ast.AST]:
    """Where the instances among some values came from."""
    return {value.origin for value in values if isinstance(value, Object)}


def may_be_a_row(value: Value) -> bool:
    """Whether nothing is known of a value but how it is called."""
    match value:
        case Parameter() | Bound() | Constant(None | False):
            return True
        case External(path):
            return "()" in path
    return False
