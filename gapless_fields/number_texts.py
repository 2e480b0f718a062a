"""The field for numbers as people read them, stored with the row: ``INV-2026-00042``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import checks
from django.db import models
from django.utils.translation import gettext_lazy as _

from gapless_fields.checks.number_texts import check_number_text
from gapless_fields.rows.memory import is_explicit
from gapless_fields.series.copies import numbers_rows_of
from gapless_fields.series.numbered_text import OWN_ATTRIBUTES, NumberedText
from gapless_fields.series.registry import forget_numbered_fields

if TYPE_CHECKING:
    from django.db.models import Model

__all__ = ["NumberTextField"]


class NumberTextField(NumberedText):
    """A column for the formatted number of a row, which is written with the number and then kept.

    It stands beside a ``GaplessSequenceField`` of the same model. A later change of the format, or
    of what it shows, does not change the text of a row that has its number::

        number = GaplessSequenceField(sequence="invoices")
        reference = NumberTextField("INV-{issued_on:%Y}-{number:05d}", max_length=40)

    The field is not editable, and unique unless ``unique=False``. It needs ``null=True`` if the
    number has it: a row without a number has no text. To compute a text whenever it is read, use
    ``NumberDisplay``.

    Args:
        format: a format string, as for ``str.format()``, or a function that returns one for a row.
            It contains the name of the numbered field, and may contain columns of the row, paths to
            columns of rows that it refers to (``{company.prefix}``), and ``{fiscal}``, the fiscal
            year in the number's scope. Datetimes are in the project's ``TIME_ZONE``. A function is
            called once for each series of a statement, before the number is taken. So its result
            may depend on what the series depends on, such as the row's company. Migrations name it
            by its path.
        verbose_name: the field's label, as in any field.
        number_field: the name of the numbered field. None means the one that the format names, or
            the only one.
        **options: any option of ``CharField`` except ``default`` and ``db_default``.

    Raises:
        ValueError: ``editable=True`` or ``blank=False``.

    Saving a row whose text is too long, or whose format is not one, raises ``NumberTextInvalid``.
    If another row has the text, saving raises ``NumberTextInUse``. No number is taken then.
    """

    description = _("Formatted number")

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        declared_on = self.__dict__.get("model") or self._rebuilt_from
        if declared_on is not None and not numbers_rows_of(cls, declared_on):
            # Copied by another package to a model of its own (a history table).
            for attribute in OWN_ATTRIBUTES:
                self.__dict__.pop(attribute, None)
            self.__class__ = models.CharField  # type: ignore[assignment]
            self.contribute_to_class(cls, name, private_only)
            return
        super().contribute_to_class(cls, name, private_only)
        forget_numbered_fields(cls)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *check_number_text(self)]

    def clean(self, value: Any, model_instance: Model | None) -> Any:
        """Validate a text. On a copy of a row, discard the text, which will be replaced."""
        value = super().clean(value, model_instance)
        if model_instance is None or is_explicit(self, model_instance):
            return value
        key = model_instance.pk if isinstance(model_instance.pk, tuple) else (model_instance.pk,)
        return None if model_instance._state.adding or None in key else value
