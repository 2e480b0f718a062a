"""Where the number that an instance has in memory comes from.

After a rollback, an instance keeps the number that it was given, and a copy (``pk = None``) keeps
the original's. Neither number may reach another row, but a number that the user has set must not be
replaced. An instance therefore remembers the number that it was *given* by us or *loaded* with. If
its number is equal to that, the user has not set it. The memory is in ``_state``, which copies and
pickles include. It consists of plain attributes, which a copy does not share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from gapless_fields.django_internals.methods import wrap_once
from gapless_fields.series.numbered_text import number_texts, texts_of
from gapless_fields.series.registry import numbered_fields

if TYPE_CHECKING:
    from django.db.models import Model

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText

UNKNOWN: Final = object()


def in_memory(instance: Model, attname: str, default: Any = None) -> Any:
    """Return the value that an instance holds, without a query, or ``default`` if it is deferred.

    Since Python 3.11, an instance's ``__dict__`` is created when it is first accessed. That takes
    five times as long as reading the value, and memory.
    """
    state = instance._state
    if state.adding and state.db is None:  # made by the project: nothing is deferred
        return getattr(instance, attname, default)
    return instance.__dict__.get(attname, default)


@contextmanager
def taken_by_insert(field: NumberedField, instance: Model, expression: Any) -> Iterator[None]:
    """Let an INSERT inside take the number of an instance with an expression."""
    name = f"gapless_{field.attname}_expression"
    setattr(instance._state, name, expression)
    try:
        yield
    finally:
        delattr(instance._state, name)


def number_to_insert(field: NumberedField, instance: Model) -> Any:
    """Return what an INSERT writes: an instance's number, or an expression that takes it."""
    expression = getattr(instance._state, f"gapless_{field.attname}_expression", None)
    return in_memory(instance, field.attname) if expression is None else expression


def remember(field: NumberedField | NumberedText, instance: Model, value: Any) -> None:
    """Remember that a number, or its text, was given by us, or read from the instance's row."""
    setattr(instance._state, f"gapless_{field.attname}", value)


def remember_scope(field: NumberedField, instance: Model, row: Model) -> None:
    """Remember what the columns that a row keeps hold in the database: the values of ``row``."""
    if field.kept_attnames:
        scope = {name: in_memory(row, name, UNKNOWN) for name in field.kept_attnames}
        setattr(instance._state, f"gapless_scope_{field.attname}", scope)


def unchanged_scope(
    field: NumberedField, instance: Model, written: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """Return the values of those columns, or None if one is unknown or has changed.

    Args:
        field: the numbered field.
        instance: the instance.
        written: the values that are written, which a field's ``pre_save()`` may have changed.
    """
    known: dict[str, Any] | None = getattr(instance._state, f"gapless_scope_{field.attname}", None)
    values = instance.__dict__ if written is None else {**instance.__dict__, **written}
    if known is None or any(
        value is UNKNOWN or values.get(name, UNKNOWN) != value for name, value in known.items()
    ):
        return None
    return known


def remembered(field: NumberedField | NumberedText, instance: Model) -> Any:
    """Return the number, or its text, that was last given or loaded, or ``UNKNOWN``."""
    return getattr(instance._state, f"gapless_{field.attname}", UNKNOWN)


def is_explicit(field: NumberedField | NumberedText, instance: Model) -> bool:
    """Return whether the user has set the number, or its text, that the instance carries."""
    number = in_memory(instance, field.attname)
    return number is not None and number != remembered(field, instance)


def explicit_positions(
    field: NumberedField | NumberedText, rows: Sequence[Model], *, loaded: bool = False
) -> list[int]:
    """Return which rows carry a value that the user has set: ``is_explicit()`` for many rows.

    With ``loaded``, also return the rows that were read from the database and still have their
    keys. They keep their numbers, for example in another database. (A copy has no key.)
    """
    attname, memory = field.attname, f"gapless_{field.attname}"
    return [
        position
        for position, row in enumerate(rows)
        if (number := in_memory(row, attname)) is not None
        and (
            number != getattr(row._state, memory, UNKNOWN)
            or (loaded and number == getattr(row._state, f"{memory}_loaded", UNKNOWN) and row.pk)
        )
    ]


def give(field: NumberedField, numbered: Iterable[tuple[Model, int | None]]) -> None:
    """Set numbers on rows, which remember them and the series that they belong to."""
    attname, memory = field.attname, f"gapless_{field.attname}"
    scoped = bool(field.kept_attnames)
    for row, number in numbered:
        setattr(row, attname, number)
        setattr(row._state, memory, number)
        if scoped:
            remember_scope(field, row, row)


def tell(field: NumberedField, instance: Model, row: Model) -> None:
    """Set a row's number and its texts on an instance, which remembers them and the series."""
    columns: list[NumberedField | NumberedText] = [field, *texts_of(field)]
    for column in columns:
        value = row.__dict__[column.attname]
        setattr(instance, column.attname, value)
        remember(column, instance, value)
    remember_scope(field, instance, row)


def track(model: type[Model]) -> None:
    """Make instances of ``model`` remember the numbers that they are loaded with.

    This wraps the two documented methods that every load goes through, as the model defines or
    inherits them. A load cannot be detected from outside them: assigning a related object sets
    ``_state.db``, and the documented way to copy a row sets ``_state.adding``, as a load and a new
    row do.
    """
    wrap_once(model, "from_db", _tracking_from_db)
    wrap_once(model, "refresh_from_db", _tracking_refresh)


def _tracking_from_db(from_db: Callable[..., Model]) -> Callable[..., Model]:
    @wraps(from_db)
    def tracking_from_db(cls: type[Model], *args: Any, **kwargs: Any) -> Model:
        instance = from_db(cls, *args, **kwargs)
        _remember_loaded(instance)
        return instance

    return tracking_from_db


def _tracking_refresh(refresh_from_db: Callable[..., None]) -> Callable[..., None]:
    @wraps(refresh_from_db)
    def tracking_refresh(self: Model, *args: Any, **kwargs: Any) -> None:
        # Pass the arguments on as they are: a model's own version may take fewer.
        names: list[str] | None = None
        if len(args) > 1 and args[1] is not None:
            names = list(args[1])
            args = (args[0], names, *args[2:])
        elif kwargs.get("fields") is not None:
            names = kwargs["fields"] = list(kwargs["fields"])
        refresh_from_db(self, *args, **kwargs)
        _remember_loaded(self, names)

    return tracking_refresh


def _remember_loaded(instance: Model, names: list[str] | None = None) -> None:
    values = instance.__dict__
    for text in number_texts(type(instance)):
        if text.attname in values and (names is None or text.name in names):
            remember(text, instance, values[text.attname])
            setattr(instance._state, f"gapless_{text.attname}_loaded", values[text.attname])
    for field in numbered_fields(type(instance)):
        if field.attname in values and (names is None or field.name in names):
            remember(field, instance, values[field.attname])
            setattr(instance._state, f"gapless_{field.attname}_loaded", values[field.attname])
        if names is None:
            remember_scope(field, instance, instance)
        else:  # what was not read again may have been changed in memory
            setattr(instance._state, f"gapless_scope_{field.attname}", None)
