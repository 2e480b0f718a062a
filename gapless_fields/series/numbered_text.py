"""What the rest of the package needs from a field for formatted numbers. It writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models

from gapless_fields.series.copies import DeclaredName
from gapless_fields.series.formats import FISCAL, paths
from gapless_fields.series.numbered_field import NumberedField, with_own_pre_save

if TYPE_CHECKING:
    from django.db.models import Model

    Format = str | Callable[[Any], str]

OWN_ATTRIBUTES = (
    *("format", "number_field", "_rebuilt_from"),
    *("numbers", "needed_attnames", "prepared_columns"),
)
"""What a copy of the field that shows no numbers does without."""


class NumberedText(models.CharField):  # type: ignore[type-arg]
    """A column of texts that show the numbers of another column of the same table."""

    # The text of a row without a number is NULL. An empty one would be a double.
    empty_strings_allowed = False

    # Not attributes of the column: a change of these alone must not make SQLite copy the table.
    non_db_attrs = (*models.CharField.non_db_attrs, "format", "number_field")

    def __init__(
        self,
        format: Format,  # noqa: A002 (as str.format() calls it)
        verbose_name: str | None = None,
        *,
        number_field: str | None = None,
        **options: Any,
    ) -> None:
        if options.setdefault("editable", False):
            raise ValueError("NumberTextField cannot be editable.")
        if not options.setdefault("blank", True):
            raise ValueError("NumberTextField must be blank.")
        options.setdefault("unique", True)
        self._rebuilt_from = format.model if isinstance(format, DeclaredName) else None
        self.format: Format = str(format) if isinstance(format, DeclaredName) else format
        self.number_field = number_field
        super().__init__(verbose_name, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for option in ("editable", "unique"):
            kwargs.pop(option, None)
        kwargs["blank"] = True
        if not self.unique:
            kwargs["unique"] = False
        kwargs["format"] = (
            DeclaredName(self.format, getattr(self, "model", None))
            if isinstance(self.format, str)
            else self.format
        )
        if self.number_field is not None:
            kwargs["number_field"] = self.number_field
        if path == "gapless_fields.number_texts.NumberTextField":
            path = "gapless_fields.NumberTextField"
        return name, path, args, kwargs

    @cached_property
    def numbers(self) -> NumberedField | None:
        """The field whose numbers the texts show. None if there is none, which a check reports."""
        fields = {
            field.name: field
            for field in self.model._meta.local_concrete_fields
            if isinstance(field, NumberedField)
        }
        if self.number_field is not None:
            return fields.get(self.number_field)
        if isinstance(self.format, str):
            try:
                named = {
                    name: field for name, field in fields.items() if name in paths(self.format)
                }
            except ValueError:
                named = {}  # reported by a check
            fields = named or fields
        return next(iter(fields.values())) if len(fields) == 1 else None

    @cached_property
    def needed_attnames(self) -> tuple[str, ...]:
        """The columns of the table that a text may depend on."""
        columns = self.model._meta.local_concrete_fields
        if not isinstance(self.format, str):  # it may ask for any
            return tuple(column.attname for column in columns if column is not self)
        names = {path.partition(".")[0] for path in paths(self.format)} - {FISCAL}
        needed = [column.attname for column in columns if {column.name, column.attname} & names]
        if self.numbers is not None:
            needed += self.numbers.scope_attnames
        return tuple(dict.fromkeys(needed))

    @cached_property
    def prepared_columns(self) -> tuple[models.Field[Any, Any], ...]:
        """Those of these columns whose fields have their own ``pre_save()``."""
        return tuple(
            column
            for column in with_own_pre_save(self.model, self.needed_attnames)
            if column.model is self.model and not isinstance(column, NumberedField | NumberedText)
        )

    def refused(self, column: Any) -> str | None:
        """Return why a text cannot show a column of its own row, or None if it can."""
        if isinstance(column, models.BinaryField):
            return "has no text"
        if column.model is self.model and isinstance(column, NumberedField | NumberedText):
            return "is another number, or its text"
        if column is not self.numbers and (
            getattr(column, "auto_now", False)
            or getattr(column, "auto_now_add", False)
            or column.generated
            or column.db_default is not models.NOT_PROVIDED
            or isinstance(column, models.AutoField)
        ):
            return "is not known before the row is written"
        return None


def number_texts(model: type[Model]) -> tuple[NumberedText, ...]:
    """Return the fields of ``model`` whose texts show numbers, including those of its parents.

    They are cached on the class itself, as ``numbered_fields()`` are.
    """
    texts: tuple[NumberedText, ...] | None = model.__dict__.get("_gapless_texts")
    if texts is None:
        texts = tuple(
            field
            for field in model._meta.concrete_fields
            if isinstance(field, NumberedText) and field.numbers is not None
        )
        model._gapless_texts = texts  # type: ignore[attr-defined]
    return texts


def texts_of(field: NumberedField) -> tuple[NumberedText, ...]:
    """Return the fields whose texts show the numbers of a field."""
    return tuple(text for text in number_texts(field.model) if text.numbers is field)
