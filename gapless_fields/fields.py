"""The field: its declaration, and ``pre_save()``, which fills it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Never

from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext_lazy as _

from gapless_fields import gate
from gapless_fields.checks.declarations import check_declaration
from gapless_fields.provenance import is_explicit, track
from gapless_fields.series import Series

if TYPE_CHECKING:
    from django.db.models import Model

    IntegerField = models.PositiveBigIntegerField[int | str | None, int]
else:
    IntegerField = models.PositiveBigIntegerField


__all__ = ["GaplessSequenceField"]


class GaplessSequenceField(IntegerField):
    """An integer column that every saved row gets the next number of a sequence in, without a gap.

    The number is taken when the row is inserted, in the same transaction of the same database, so
    that it is taken if, and only if, the row is committed. Not editable: ``full_clean()`` passes
    without it, and forms leave it out. It is unique, unless it loops.

    Args:
        sequence: the name of the sequence. Models that name the same one share its numbers. On an
            abstract model it may hold ``%(app_label)s`` and ``%(class)s``, as ``related_name``
            does. It is not derived from the model's name, so that renaming a model keeps its
            counter.
        initial_value: the first number, from 0 to 2**63 - 1.
        reset_value: the number at which the sequence starts again at ``initial_value``, instead
            of giving it; None: it never does.
        **options: any option of ``Field`` but ``default``, ``db_default`` and ``primary_key``.

    Raises:
        ValueError: ``editable=True`` or ``blank=False``.

    Every other mistake in a declaration is found by ``manage.py check``.
    """

    description = _("Number without gaps")

    # Not columns: a change of these alone must not make SQLite copy the table.
    non_db_attrs = (
        *models.PositiveBigIntegerField.non_db_attrs,
        "sequence",
        "initial_value",
        "reset_value",
    )

    def __init__(
        self,
        *,
        sequence: str,
        initial_value: int = 1,
        reset_value: int | None = None,
        **options: Any,
    ) -> None:
        if options.setdefault("editable", False):
            raise ValueError("GaplessSequenceField cannot be editable.")
        if not options.setdefault("blank", True):
            raise ValueError("GaplessSequenceField must be blank.")
        options.setdefault("unique", reset_value is None)
        self.sequence = sequence
        self.initial_value = initial_value
        self.reset_value = reset_value
        super().__init__(**options)

    def contribute_to_class(self, cls: type[Model], name: str, private_only: bool = False) -> None:
        declared_on = self.__dict__.get("model")
        if declared_on is not None and not issubclass(cls, declared_on):
            # Copied by another package onto a model of its own (a history table): there it is a
            # plain integer. (Django copies an abstract model's field onto a subclass.)
            for attribute in ("sequence", "initial_value", "reset_value", "series"):
                self.__dict__.pop(attribute, None)
            self.__class__ = models.PositiveBigIntegerField  # type: ignore[assignment]
            self.contribute_to_class(cls, name, private_only)
            return
        if not cls._meta.abstract and isinstance(self.sequence, str):
            self.sequence = self.sequence.replace("%(class)s", cls.__name__.lower()).replace(
                "%(app_label)s", cls._meta.app_label.lower()
            )
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            track(cls)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"], kwargs["blank"]
        kwargs.pop("unique", None)
        if self.unique != (self.reset_value is None):
            kwargs["unique"] = self.unique
        kwargs["sequence"] = self.sequence
        if self.initial_value != 1:
            kwargs["initial_value"] = self.initial_value
        if self.reset_value is not None:
            kwargs["reset_value"] = self.reset_value
        if path == "gapless_fields.fields.GaplessSequenceField":
            path = "gapless_fields.GaplessSequenceField"
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *check_declaration(self)]

    def clean(self, value: Any, model_instance: Model | None) -> Any:
        """Validate a number; on a copy of a row, forget the number that will give way.

        ``full_clean()`` would otherwise find that the original has it already.
        """
        value = super().clean(value, model_instance)
        if model_instance is None or is_explicit(self, model_instance):
            return value
        key = model_instance.pk if isinstance(model_instance.pk, tuple) else (model_instance.pk,)
        return None if model_instance._state.adding or None in key else value

    @cached_property
    def series(self) -> Series:
        """The settings of the numbers."""
        return Series(self.sequence, self.initial_value, self.reset_value)

    def series_for(self, instance: Model) -> Series:
        """The series that numbers ``instance``."""
        return self.series

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Take the row's number, where Django is putting its INSERT together.

        Asked at any other time, answers with what the instance has. For an UPDATE it answers with
        a stand-in that the gate takes out again, since no number is ever written from memory.
        """
        if not gate.installed():
            self._raise_not_installed()
        if not add:
            return gate.Unwritten(model_instance)
        insertion = gate.current_insertion()
        if insertion is None:
            return model_instance.__dict__.get(self.attname)
        return insertion.number_of(self, model_instance)

    def _raise_not_installed(self) -> Never:
        state = "has not been set up yet" if apps.is_installed("gapless_fields") else "is missing"
        raise ImproperlyConfigured(
            f'{self.model._meta.label}.{self.name} cannot be numbered: "gapless_fields" {state}. '
            f'Add it to INSTALLED_APPS and run "manage.py migrate".'
        )
