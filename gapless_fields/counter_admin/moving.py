"""Moving a counter forward: the numbers that are left out become void, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import connections
from django.utils.translation import gettext as _

from gapless_fields.counters import writer
from gapless_fields.rows.in_series import fields_of_series, highest_number
from gapless_fields.sequences import Sequence
from gapless_fields.series.ranges import NumberRange

if TYPE_CHECKING:
    from gapless_fields.series.series import Series


def left_out(series: Series, before: int, last: int) -> NumberRange:
    """Return the numbers that a move of a counter leaves out.

    Args:
        series: the series, which does not loop.
        before: the last number that was given.
        last: the number that the counter is moved to.

    Raises:
        ValidationError: this would not move the counter forward.
    """
    lowest = max(before + 1, series.initial_value)
    if last < lowest:
        raise ValidationError(
            _(
                "The last number is %(before)d, and a counter is only moved forward: enter "
                "%(lowest)d or a higher number."
            )
            % {"before": before, "lowest": lowest}
        )
    return NumberRange(lowest, last)


def move_forward(series: Series, last: int, *, reason: str, by: str, using: str) -> NumberRange:
    """Move a counter forward, and write into the register why the numbers left out are void.

    Call it inside ``transaction.atomic()``, and leave that block if it raises. The series stays
    locked until the transaction ends.

    Args:
        series: the series, which does not loop.
        last: the number that the counter is moved to, itself void as well.
        reason: why.
        by: who moves it.
        using: the alias of the database.

    Returns:
        The numbers that are void from now on.

    Raises:
        NotVoidable: one of the numbers is void already.
        SequenceLocked: the database's lock timeout has expired.
        ValidationError: the counter would not be moved forward, it is gone, or rows carry numbers
            that it has not given.
    """
    connection = connections[using]
    sequence = Sequence(series.name, series.initial_value, scope=series.scope, using=using)
    before = writer.lock(series, connection)
    if before is None:  # the lock has created the counter, and the rollback takes it back
        raise ValidationError(_("The counter was deleted in the meantime."))
    numbers = left_out(series, before, last)
    highest = highest_number(series, connection, fields_of_series(series, connection))
    if highest is not None and highest[0] > before:
        raise ValidationError(
            _(
                "%(field)s has numbers up to %(highest)d, which the counter has not given. Run "
                '"manage.py sync_sequences" first.'
            )
            % {"field": highest[1], "highest": highest[0]}
        )
    sequence.advance_to(last)
    sequence.void(range(numbers.first, numbers.last + 1), reason=reason, by=by)
    return numbers
