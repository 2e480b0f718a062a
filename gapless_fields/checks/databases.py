"""W1xx and E1xx that query the database: ``manage.py check --database default``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage
from django.db import connections

from gapless_fields.checks.messages import error, warning
from gapless_fields.checks.protection import check_triggers
from gapless_fields.checks.scopes import check_parts
from gapless_fields.checks.settings import tenants_share_counters
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.series.registry import all_numbered_fields


def check_databases(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the given databases, if they hold numbered rows.

    Django 6.1 passes all databases if none was requested. Those without the table of a numbered
    model are skipped.
    """
    return [message for alias in databases or () for message in _check_database(alias)]


def _check_database(alias: str) -> Iterator[CheckMessage]:
    from gapless_fields.models import Counter

    fields = list(all_numbered_fields(alias))
    wanted = {field.model._meta.db_table for field in fields}
    if not wanted:
        return
    connection = connections[alias]
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
    tables = sorted(wanted & existing)
    if not tables:
        return
    name = f'DATABASES["{alias}"]'
    counters = Counter._meta.db_table
    if counters in existing:
        tables.append(counters)
    elif not tenants_share_counters():
        # Not an error: that would keep "migrate" from creating it.
        yield warning(
            104,
            name,
            f'The table of the counters, "{counters}", does not exist: no row can be numbered.',
            f"Run: manage.py migrate gapless_fields --database {alias}",
        )
    yield from check_triggers(alias, connection)
    dialect = dialect_for(connection)
    if dialect.lacks_function() and not dialect.NEEDS_FUNCTION:
        rights = " ".join(f"{statement};" for statement in dialect.rights_for_function())
        yield warning(
            109,
            name,
            "The function that takes numbers inside an INSERT does not exist, or this user may not "
            "call it: a save in autocommit mode takes at least twice as many statements.",
            f"Run as the database's administrator: {rights} Then run: manage.py migrate --database "
            f"{alias}.",
        )
    elif dialect.lacks_function():
        yield warning(
            106,
            name,
            "The function that takes numbers inside an INSERT does not exist: saves fail.",
            f"Run: manage.py migrate --database {alias}",
        )
    for table in dialect.tables_with_insert_rules(tables):
        yield error(
            104,
            name,
            f'The table "{table}" has a rule on INSERT: PostgreSQL may take a second number for '
            "what the rule does, and one of the two is lost.",
            "Replace the rule by a trigger.",
        )
    if dialect.reads_uncommitted():
        yield warning(
            105,
            name,
            "The isolation level is READ UNCOMMITTED: the first use of a sequence, "
            "sync_sequences and reports see numbers that are rolled back later.",
            'Set DATABASES["' + alias + '"]["OPTIONS"]["isolation_level"] = "read committed".',
        )
    for table in dialect.tables_without_transactions(tables):
        yield error(
            103,
            name,
            f'The table "{table}" does not support transactions: what is rolled back stays in it, '
            "and numbers are given twice or lost.",
            f"Run in manage.py dbshell: ALTER TABLE {connection.ops.quote_name(table)} "
            "ENGINE=InnoDB;",
        )
    for table in dialect.unlogged_tables(tables):
        yield warning(
            107,
            name,
            f'The table "{table}" is UNLOGGED: PostgreSQL empties it after a crash.',
            f"Run in manage.py dbshell: ALTER TABLE {connection.ops.quote_name(table)} SET LOGGED;",
        )
    converted = [
        str(field)
        for field in fields
        if field.model._meta.db_table in existing
        and not any(check_parts(field))
        and field.depends_on_time_zone
    ]
    if converted and settings.USE_TZ and dialect.lacks_time_zone():
        yield error(
            105,
            name,
            f"The database has no definition of the time zone {settings.TIME_ZONE}, which it needs "
            f"for the datetimes in the scope of {', '.join(converted)}: the first use of a series "
            "and sync_sequences cannot find the existing rows.",
            "Load the definitions: mysql_tzinfo_to_sql /usr/share/zoneinfo | mysql -u root mysql.",
        )
