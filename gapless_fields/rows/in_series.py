"""The rows of a series in all tables that share it, and the numbers that they carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from gapless_fields.counters.dialects import dialect_for
from gapless_fields.exceptions import ScopeIncomplete, TimeZonesMissing
from gapless_fields.rows.reading import MOST_KEYS, all_rows
from gapless_fields.series.registry import fields_of_sequence

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet

    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.series import Series


def rows_of_series(
    series: Series, field: NumberedField, connection: BaseDatabaseWrapper
) -> QuerySet[Model]:
    """Return the rows of a series in one of its tables. Read them in ``project_time_zone()``.

    Raises:
        TimeZonesMissing: the database cannot tell which rows they are.
    """
    refuse_without_time_zones(field, connection)
    rows = all_rows(field.model, connection.alias)
    parts = zip(field.scope_parts, series.scope, strict=True)
    try:
        return rows.filter(*(part.matching(text) for part, text in parts))
    except (ValidationError, ValueError):
        return rows.none()  # a text, while the column of this table holds numbers


def fields_of_series(
    series: Series, connection: BaseDatabaseWrapper, apps: Apps | None = None
) -> list[NumberedField]:
    """Return the fields that share a series."""
    return [
        field
        for field in fields_of_sequence(series.name, connection.alias, apps)
        if len(field.scope) == len(series.scope)  # the check E006 reports others
    ]


def project_time_zone() -> AbstractContextManager[None]:
    """Make Django take parts of datetimes in ``TIME_ZONE``, whatever zone a request activates."""
    return timezone.override(None)


def refuse_without_time_zones(field: NumberedField, connection: BaseDatabaseWrapper) -> None:
    """Refuse to look for rows that the database would not find, because it returns NULL.

    Raises:
        TimeZonesMissing: the database cannot tell which rows are in the series of a field.
    """
    if not field.depends_on_time_zone or not dialect_for(connection).lacks_time_zone():
        return
    raise TimeZonesMissing(
        _(
            'The database "%(database)s" cannot convert datetimes to the time zone %(zone)s, so '
            "the rows of a series of %(field)s cannot be found. Load its time zone tables: "
            "mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql mysql."
        )
        % {
            "database": connection.alias,
            "zone": timezone.get_default_timezone_name(),
            "field": field,
        }
    )


def has_column(field: NumberedField, connection: BaseDatabaseWrapper) -> bool:
    """Return whether a field's column exists: a migration may run before the one that adds it."""
    table = field.model._meta.db_table
    with connection.cursor() as cursor:
        if table not in connection.introspection.table_names(cursor):
            return False
        columns = connection.introspection.get_table_description(cursor, table)
    return any(column.name == field.column for column in columns)


def highest_number(
    series: Series,
    connection: BaseDatabaseWrapper,
    fields: Iterable[NumberedField],
    besides: tuple[type[Model], Any] | None = None,
) -> tuple[int, NumberedField] | None:
    """Return the highest number that a row of the series carries, and the field that holds it.

    Args:
        series: the series.
        connection: the database.
        fields: the fields that share the series.
        besides: a row that does not count: the model that declares its field, and its key.
    """
    highest = None
    for field in fields:
        rows = rows_of_series(series, field, connection)
        if besides is not None and besides[0] is field.model:
            rows = rows.exclude(pk=besides[1])
        with project_time_zone():
            value = rows.aggregate(highest=Max(field.name))["highest"]
        if value is not None and (highest is None or value > highest[0]):
            highest = value, field
    return highest


def carried_numbers(
    series: Series,
    numbers: Sequence[int],
    connection: BaseDatabaseWrapper,
    apps: Apps | None = None,
) -> list[int]:
    """Return which of these numbers rows of the series carry, once per row."""
    fields = fields_of_series(series, connection, apps)
    highest = highest_number(series, connection, fields)
    wanted = sorted({number for number in numbers if highest and number <= highest[0]})
    size = min(connection.features.max_query_params or MOST_KEYS, MOST_KEYS) // 2
    found: list[int] = []
    for field in fields:
        for start in range(0, len(wanted), size):
            some = {f"{field.attname}__in": wanted[start : start + size]}
            rows = rows_of_series(series, field, connection).filter(**some)
            with project_time_zone():
                found += rows.values_list(field.attname, flat=True)
    return found


def series_in_use(
    sequence: str, connection: BaseDatabaseWrapper, apps: Apps | None = None
) -> Iterator[Series]:
    """Yield every series whose numbers rows carry. Without a scope, yield the only series.

    Args:
        sequence: the name of the sequence.
        connection: the database.
        apps: the models whose rows count. None means the project's. (A migration has its own.)
    """
    found: dict[str, Series] = {}
    for field in fields_of_sequence(sequence, connection.alias, apps):
        if not field.scope:
            found.setdefault(field.series.key, field.series)
            continue
        refuse_without_time_zones(field, connection)
        rows = all_rows(field.model, connection.alias)
        rows = rows.filter(**{f"{field.attname}__isnull": False})
        names = {f"gapless_{n}": part.expression() for n, part in enumerate(field.scope_parts)}
        with project_time_zone():
            scopes = list(rows.annotate(**names).values_list(*names).distinct())
        for values in scopes:
            pairs = zip(field.scope_parts, values, strict=True)
            try:
                texts = tuple(part.canonical(value) for part, value in pairs)
            except ScopeIncomplete as error:
                raise ScopeIncomplete(f"{field}: {error}") from error
            series = replace(field.series, scope=texts)
            found.setdefault(series.key, series)
    return iter([found[key] for key in sorted(found)])
