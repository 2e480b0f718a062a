"""What an expression can stand for, beside what Python knows: managers, forms, numbers."""

from __future__ import annotations

from dataclasses import dataclass

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.values import Instance, Value


@dataclass(slots=True, unsafe_hash=True)
class Manager(Value):
    """A manager or queryset of a model. ``through``: the numbered rows that ``add()`` inserts."""

    model: Class
    using: str | None = None
    custom: tuple[Class, ...] = ()
    through: Class | None = None


@dataclass(slots=True, unsafe_hash=True)
class Form(Instance):
    """A model form, serializer or formset; new where it will INSERT rather than UPDATE."""

    model: Class
    many: bool = False

    @property
    def identity(self) -> object:
        return self.model


@dataclass(slots=True, unsafe_hash=True)
class FormClass(Value):
    """What ``modelform_factory()`` and its like return; ``cls``: the project's class it is of."""

    model: Class
    many: bool
    cls: Class | None = None
    only_saved: bool = False
    """Whether it shows no form for a new row: ``extra=0``."""


@dataclass(slots=True, unsafe_hash=True)
class Sequence(Value):
    """A ``gapless_fields.Sequence``."""

    using: str | None = None


@dataclass(slots=True, unsafe_hash=True)
class Highest(Value):
    """The highest number of a model's rows, or how many there are; the next one, if ``added``."""

    model: Class
    field: str
    """Empty where the rows are counted."""
    added: bool = False
