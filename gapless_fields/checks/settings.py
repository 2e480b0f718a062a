"""W1xx and E1xx that need no connection: what the settings do to numbered rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage
from django.db import connections, router
from django.db.models import Model

from gapless_fields import conf
from gapless_fields.checks.messages import error, warning
from gapless_fields.counters import dialects
from gapless_fields.series.registry import all_numbered_fields


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Check the settings; connects to no database."""
    return [*_check_own_settings(), *_check_databases(), *_check_tenants()]


def _check_own_settings() -> Iterator[CheckMessage]:
    for problem in conf.problems():
        yield error(
            101,
            "GAPLESS_FIELDS",
            problem,
            f"The settings are {', '.join(conf.SETTINGS)}; until this one is right, its default "
            "holds.",
        )


def _check_databases() -> Iterator[CheckMessage]:
    models: defaultdict[str, list[type[Model]]] = defaultdict(list)
    for field in all_numbered_fields():
        models[router.db_for_write(field.model)].append(field.model)
    for alias, numbered in sorted(models.items()):
        yield from _check_router(alias, numbered)
        yield from _check_transactions(alias)
    if models and getattr(settings, "ATOMIC_REQUESTS", False):
        without = [
            alias for alias in models if not connections[alias].settings_dict["ATOMIC_REQUESTS"]
        ]
        if without:
            yield warning(
                102,
                "ATOMIC_REQUESTS",
                "Django does not read the setting ATOMIC_REQUESTS: requests run without a "
                "transaction.",
                f'Set it for the database: DATABASES["{without[0]}"]["ATOMIC_REQUESTS"] = True.',
            )


def _check_router(alias: str, models: list[type[Model]]) -> Iterator[CheckMessage]:
    from gapless_fields.models import Counter

    # A model without a table there has no rows there, whatever the routers say of writing them:
    # those of a tenant's schema, seen from the public one.
    labels = [model._meta.label for model in models if router.allow_migrate_model(alias, model)]
    if labels and not router.allow_migrate_model(alias, Counter) and not tenants_share_counters():
        yield error(
            102,
            f'DATABASES["{alias}"]',
            f"Rows of {', '.join(dict.fromkeys(labels))} are written to this database, and "
            "DATABASE_ROUTERS keep the counters away from it.",
            'Let allow_migrate() answer True for the app "gapless_fields" there: a number and its '
            "row are committed together, or not at all.",
        )


def _check_transactions(alias: str) -> Iterator[CheckMessage]:
    connection = connections[alias]
    if dialects.locks_late(connection):
        yield warning(
            101,
            f'DATABASES["{alias}"]',
            "SQLite begins transactions without the write lock: one that reads first and then "
            'numbers a row fails with "database is locked" instead of waiting for another.',
            f'Set DATABASES["{alias}"]["OPTIONS"]["transaction_mode"] = "IMMEDIATE".',
        )
    if not connection.settings_dict["AUTOCOMMIT"]:
        yield warning(
            103,
            f'DATABASES["{alias}"]',
            "AUTOCOMMIT is False: a number stays locked until the project's own commit, and a "
            "transaction that is never committed loses its rows without a word.",
            "Remove AUTOCOMMIT, and put each business step into transaction.atomic().",
        )


def tenants_share_counters() -> bool:
    """Whether django-tenants keeps the counters in the public schema alone."""
    shared = getattr(settings, "SHARED_APPS", None)
    tenants = getattr(settings, "TENANT_APPS", None)
    if shared is None or tenants is None:
        return False
    own = apps.get_app_config("gapless_fields")
    return _is_in(shared, own) and not _is_in(tenants, own)


def _check_tenants() -> Iterator[CheckMessage]:
    """django-tenants keeps the apps of ``TENANT_APPS`` once for each tenant, in schemas."""
    if not tenants_share_counters():
        return
    tenants = getattr(settings, "TENANT_APPS", ())
    models = dict.fromkeys(field.model for field in all_numbered_fields())
    labels = [
        m._meta.label for m in models if _is_in(tenants, apps.get_app_config(m._meta.app_label))
    ]
    if labels:
        yield warning(
            108,
            "TENANT_APPS",
            f"Each tenant has rows of {', '.join(labels)} of its own, and all share the counters, "
            "which are in SHARED_APPS alone: the numbers of one tenant have gaps.",
            'Add "gapless_fields" to TENANT_APPS, and run "manage.py migrate_schemas".',
        )


def _is_in(names: Iterable[str], config: AppConfig) -> bool:
    """Whether a list of applications names one, by its module or by its class."""
    cls = type(config)
    return not {config.name, f"{cls.__module__}.{cls.__qualname__}"}.isdisjoint(names)
