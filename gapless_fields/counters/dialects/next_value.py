"""The number of a row as an expression, which the INSERT that contains it evaluates.

It calls an SQL function that a migration creates: ``postgresql_function.py`` and
``mysql_function.py``. A new version gets a new name, because the signature may change, and because
processes of the previous release still call the old one during an upgrade.
"""

from __future__ import annotations

from abc import abstractmethod
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import DatabaseError
from django.db.models import BigIntegerField, Expression

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from gapless_fields.series.series import Series

FUNCTION = "gapless_fields_next_value_v1"


class Fault(Enum):
    """Why an INSERT has failed, if its number is the reason."""

    EXHAUSTED = auto()
    FIRST_USE = auto()
    LOCKED = auto()
    MISSING = auto()
    NOT_CALLABLE = auto()
    """The function is missing, or the user may not call it, and a number can do without it."""
    NOT_HERE = auto()
    """This INSERT cannot call the function, and its number can do without it."""


class NextValue(Expression):
    """The next number of a series, taken when the database evaluates the expression.

    Args:
        series: the series.
        may_be_first: whether the counter may be created. If not, a first use is an error
            (``FIRST_USE``).
    """

    CALL: ClassVar[str]
    """Takes ``params``."""

    early = False
    """Whether the counter is released early (see ``counters.early_release``)."""

    # Set here, because Expression takes 20 µs to determine them for each instance.
    output_field = BigIntegerField()
    contains_aggregate = False
    contains_column_references = False
    contains_over_clause = False

    def __init__(self, series: Series, *, may_be_first: bool) -> None:
        self.params: tuple[Any, ...] = (
            *(series.key, series.name, series.scope_text),
            *(series.initial_value, series.reset_value, may_be_first),
        )

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Self:
        return self  # refers to nothing in the query

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        return self.CALL, self.params

    @abstractmethod
    def fault(self, error: DatabaseError, connection: BaseDatabaseWrapper) -> Fault | None:
        """Return what an error of the INSERT means for its number, None if it has another cause.

        Args:
            error: as Django raises it, before it has broken a block.
            connection: the database.
        """

    @abstractmethod
    def was_first_use(self, connection: BaseDatabaseWrapper) -> bool:
        """Return whether the number has created its counter. Called for a series' first number."""
