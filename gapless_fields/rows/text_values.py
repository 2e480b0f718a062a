"""What the formats of texts show of rows: their columns, and those of rows they refer to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db import router
from django.db.models import BinaryField
from django.utils.translation import gettext as _

from gapless_fields.exceptions import NumberTextInvalid
from gapless_fields.rows.reading import all_rows
from gapless_fields.series.columns import column_value
from gapless_fields.series.formats import FISCAL, Nothing, fiscal_year, shown, year_of

if TYPE_CHECKING:
    from django.db.models import Model

    from gapless_fields.series.numbered_text import NumberedText

    Getter = Callable[[Model], Any]


class Values:
    """Reads the values of rows. Each related row is read once.

    Args:
        using: the alias of the database.
    """

    def __init__(self, using: str) -> None:
        self.using = using
        self._related: dict[tuple[Any, Any], Any] = {}

    def getter(self, path: str, text: NumberedText, format_: str) -> Getter | None:
        """Return what returns the value of a path of a format. None: the number itself.

        Nothing but columns is shown: the format may come from data.

        Raises:
            NumberTextInvalid: the path leads to no column.
        """
        numbers: Any = text.numbers
        if path in (numbers.name, numbers.attname):
            return None
        if path == FISCAL:
            part = fiscal_year(format_, text.model)
            if part is not None:
                return partial(year_of, part)
        names = path.split(".")
        model: Any = text.model
        columns: list[Any] = []
        for name in names:
            try:
                column = None if model is None else model._meta.get_field(name)
            except FieldDoesNotExist:
                column = None
            if column is None or not column.concrete or column.many_to_many:
                raise _no_path(text, path)
            reason = text.refused(column) if model is text.model else None
            if reason is not None or isinstance(column, BinaryField):
                raise NumberTextInvalid(
                    f"The format of {text} shows {path!r}, which {reason or 'has no text'}."
                )
            columns.append(column)
            model = column.related_model if column.is_relation and name == column.name else None
        *hops, last = columns
        if model is not None:  # the related row itself, as text
            return partial(self._follow, columns)
        if not hops:
            return partial(_own_value, text, last)
        return lambda row: _value(last, self._follow(hops, row))

    def _follow(self, relations: Sequence[Any], row: Model) -> Any:
        """Return the row at the end of some relations."""
        for relation in relations:
            row = self._related_row(row, relation)
            if isinstance(row, Nothing):
                break
        return row

    def _related_row(self, row: Model, relation: Any) -> Any:
        if relation.is_cached(row):
            found = getattr(row, relation.name)
            return Nothing() if found is None else found
        value = getattr(row, relation.attname)
        if value is None:
            return Nothing()
        if (relation, value) not in self._related:
            model = relation.related_model
            using = self.using
            if not router.allow_migrate_model(using, model):
                using = router.db_for_read(model, instance=row)
            # Not by a manager of the project, which may filter.
            rows = all_rows(model, using).filter(**{relation.target_field.attname: value})
            found = rows.first()
            if found is None:
                raise NumberTextInvalid(
                    _("%(field)s refers to a row that does not exist: %(value)r.")
                    % {"field": relation, "value": value}
                )
            self._related[relation, value] = found
        return self._related[relation, value]


def _own_value(text: NumberedText, column: Any, row: Model) -> Any:
    try:
        return shown(column_value(row, column.attname), column)
    except ValueError as problem:  # it is an expression, or the column would round it
        raise NumberTextInvalid(f"{text} cannot be made: {problem}") from problem


def _value(column: Any, row: Any) -> Any:
    return row if isinstance(row, Nothing) else shown(getattr(row, column.attname), column)


def _no_path(text: NumberedText, path: str) -> NumberTextInvalid:
    return NumberTextInvalid(
        _(
            "The format of %(text)s names %(path)r, which is no column of the row, or of a row "
            "that it refers to."
        )
        % {"text": text, "path": path}
    )
