"""E019, W111 and I101: numbers that the database itself protects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.checks import CheckMessage
from django.db import connections, router

from gapless_fields.checks.messages import error, info, warning
from gapless_fields.counters.dialects import can_protect, dialect_for
from gapless_fields.protection.constraints import NumberProtection, has_own_tables
from gapless_fields.protection.installation import (
    is_stale,
    protections,
    register_triggers,
    triggers_of_register,
)
from gapless_fields.protection.keys import protection_of
from gapless_fields.series.registry import all_numbered_fields

if TYPE_CHECKING:
    from django.apps import AppConfig
    from django.db.backends.base.base import BaseDatabaseWrapper

MOST_NAMED = 5


def check_protection(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check what models declare, and suggest protection once for all that declare none."""
    configs = list(apps.get_app_configs() if app_configs is None else app_configs)
    return [*_check_declared(configs), *_suggest(configs)]


def _check_declared(configs: Sequence[AppConfig]) -> Iterator[CheckMessage]:
    for config in configs:
        for model in config.get_models():
            for constraint in model._meta.constraints:
                if not isinstance(constraint, NumberProtection):
                    continue
                known = {field.name for field in constraint.numbered(model)}
                for name in constraint.fields:
                    if name not in known:
                        yield error(
                            19,
                            model,
                            f"The constraint {constraint.name!r} protects {name!r}, which is not a "
                            f"GaplessSequenceField that {model._meta.label} itself declares.",
                            "Name the model's own numbered fields. A parent's field is protected "
                            "by a constraint of the parent.",
                        )


def _suggest(configs: Sequence[AppConfig]) -> Iterator[CheckMessage]:
    fields = [
        field
        for field in all_numbered_fields()
        if field.model._meta.app_config in configs
        and field.model._meta.managed
        and protection_of(field) is None
        and can_protect(connections[router.db_for_write(field.model)].vendor)
    ]
    if not fields:
        return
    names = [str(field) for field in fields[:MOST_NAMED]]
    if len(fields) > MOST_NAMED:
        names.append(f"{len(fields) - MOST_NAMED} more")
    first = fields[0]
    line = (
        f'NumberProtection(fields=["{first.name}"], '
        f'name="{first.model._meta.model_name}_{first.name}_protected")'
    )
    yield info(
        101,
        "NumberProtection",
        f"Nothing in the database protects the numbers of {', '.join(names)} from SQL and other "
        "programs.",
        f"Add to Meta.constraints of {first.model._meta.label}: {line}. Or silence this hint: "
        'SILENCED_SYSTEM_CHECKS = ["gapless_fields.I101"].',
    )


def check_triggers(alias: str, connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """Check that a database has the triggers that models declare."""
    writer = dialect_for(connection).trigger_writer()
    if writer is None or not has_own_tables(connection) or not writer.can_see_triggers():
        return  # another check says that tables are missing
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    wanted = sorted(trigger.name for trigger in register_triggers(connection))
    if triggers_of_register(connection) != wanted:
        yield warning(
            111,
            f'DATABASES["{alias}"]',
            "The triggers by which the register is append-only are missing. MariaDB and MySQL "
            "refuse them with a binary log to users without further rights.",
            "Let an administrator run: SET GLOBAL log_bin_trust_function_creators = 1; and grant "
            f'TRIGGER. Then run "manage.py migrate --database {alias}".',
        )
    for model, constraint in protections(alias):
        if model._meta.db_table in tables and is_stale(model, constraint, connection):
            yield warning(
                111,
                f'DATABASES["{alias}"]',
                f"The triggers of the constraint {constraint.name!r} of {model._meta.label} are "
                "missing, or are not those that the model declares.",
                f'Run "manage.py migrate --database {alias}", which creates them.',
            )
