"""Refuse any change of the text that a row has got with its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.exceptions import NumberChanged, NumberNotIssued, NumberTextInUse
from gapless_fields.rows.memory import UNKNOWN, remember, remembered
from gapless_fields.series.numbered_text import texts_of
from gapless_fields.writing.first_use import behind
from gapless_fields.writing.imported_numbers import accepting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.numbered_text import NumberedText


def check_text_accepted(value: object, text: NumberedText, *, has_number: bool) -> None:
    """Refuse a new row with a text of its own, unless it is imported with its number.

    Raises:
        NumberNotIssued: it has no number of its own, or is not inside of ``accept_numbers()``.
    """
    if not (accepting() and has_number):
        raise NumberNotIssued(
            _(
                "%(text)s of a new row is %(value)r, and is made when the row gets its number. "
                "Leave it out. To import rows with their own texts, save them with their numbers "
                "inside gapless_fields.accept_numbers()."
            )
            % {"text": text, "value": value}
        )


def check_text_unchanged(text: NumberedText, instance: Model, row: QuerySet[Model]) -> None:
    """Refuse the UPDATE of an instance whose text was changed by hand.

    A text that the instance remembers costs no query. Any other is compared with the row's.

    Args:
        text: the field of the text.
        instance: the instance that is being saved.
        row: the queryset that the UPDATE will run on.

    Raises:
        NumberChanged: the row has another text.
    """
    value = instance.__dict__.get(text.attname, UNKNOWN)  # absent while it is deferred
    known = remembered(text, instance)
    if value is UNKNOWN or value == known or (not value and known is UNKNOWN):
        return
    for actual in row.order_by().values_list(text.attname, flat=True)[:1]:
        if actual != value:
            raise text_changed(text, instance.pk, actual, value)
        remember(text, instance, actual)


def check_texts(
    fields: Sequence[NumberedField], before: Mapping[Any, Model], after: Mapping[Any, Model]
) -> None:
    """Refuse the UPDATE of many rows that would change texts.

    A row that has its number and no text yet may get one: it was numbered before there were texts.

    Args:
        fields: the numbered fields.
        before: the rows as the database has them, by their primary keys.
        after: the rows as they would be.

    Raises:
        NumberChanged: a row would have another text.
    """
    for field in fields:
        for text in texts_of(field):
            changed = [
                key
                for key, row in before.items()
                if row.__dict__[text.attname] != after[key].__dict__[text.attname]
                and (row.__dict__[text.attname] or row.__dict__[field.attname] is None)
            ]
            for key in changed:
                old, new = (rows[key].__dict__[text.attname] for rows in (before, after))
                raise text_changed(text, key, old, new, count=len(changed))


def text_changed(
    text: NumberedText, key: Any, old: object, new: object, count: int = 1
) -> NumberChanged:
    """Return the error for rows whose text would change. The error names one of them."""
    if old:
        message = _(
            "%(text)s of the row with primary key %(pk)s is %(old)r and cannot be changed to "
            "%(new)r: a text stays with its number. Use refresh_from_db() to get it back."
        )
    else:
        message = _(
            "%(text)s of the row with primary key %(pk)s cannot be set to %(new)r: the text is "
            "made when the row gets its number. assign_numbers() makes the texts of rows that were "
            "numbered before."
        )
    if count > 1:
        message += " " + _("(The same is true of %(others)d more rows.)")
    return NumberChanged(
        message % {"text": text, "pk": key, "old": old, "new": new, "others": count - 1}
    )


@contextmanager
def doubles_told(
    fields: Iterable[NumberedField], connection: BaseDatabaseWrapper
) -> Iterator[None]:
    """Raise ``NumberTextInUse`` inside if another row has a text that is written with a number."""
    with_texts = [field for field in fields if texts_of(field)]
    if not with_texts:
        yield
        return
    try:
        yield
    except IntegrityError as error:
        dialect = dialect_for(connection)
        for field in with_texts:
            if dialect.is_double(error, field.model._meta.db_table, str(field.column)):
                raise behind(field.series, field, connection) from error
        for text in (text for field in with_texts for text in texts_of(field)):
            table, column = text.model._meta.db_table, str(text.column)
            if text.unique and dialect.is_double(error, table, column):
                raise NumberTextInUse(
                    _(
                        "Another row has the %(text)s that a row would get with its number. No "
                        "number was taken. Use a format that shows what the rows differ in. If the "
                        'counter is behind the rows, run "manage.py sync_sequences".'
                    )
                    % {"text": text}
                ) from error
        raise
