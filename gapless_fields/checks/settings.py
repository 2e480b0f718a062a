"""W1xx and E1xx that need no connection: how the settings affect numbered rows."""

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
    """Check the settings, without connecting to a database."""
    return [*_check_own_settings(), *_check_databases(), *_check_tenants()]


def _check_own_settings() -> Iterator[CheckMessage]:
    for problem in conf.problems():
        yield error(
            101,
            "GAPLESS_FIELDS",
            problem,
            f"The settings are {', '.join(conf.SETTINGS)}. Until this one is corrected, its "
            "default applies.",
        )


def _check_databases() -> Iterator[CheckMessage]:
    models: defaultdict[str, list[type[Model]]] = defaultdict(list)
    for field in all_numbered_fields():
        models[router.db_for_write(field.model)].append(field.model)
    for alias, numbered in sorted(models.items()):
        yield from _check_router(alias, numbered)
        yield from _check_transactions(alias)
        yield from _check_early_release(alias)
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

    # A model without a table in a database has no rows there, whatever the routers say about
    # writing: for example, the models of a tenant's schema, seen from the public one.
    labels = [model._meta.label for model in models if router.allow_migrate_model(alias, model)]
    if labels and not router.allow_migrate_model(alias, Counter) and not tenants_share_counters():
        yield error(
            102,
            f'DATABASES["{alias}"]',
            f"Rows of {', '.join(dict.fromkeys(labels))} are written to this database, but "
            "DATABASE_ROUTERS keep the counters out of it.",
            'Let allow_migrate() return True for the app "gapless_fields" there: a number and its '
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
            "transaction that is never committed loses its rows silently.",
            "Remove AUTOCOMMIT, and put each business step into transaction.atomic().",
        )


def _check_early_release(alias: str) -> Iterator[CheckMessage]:
    vendor = connections[alias].vendor
    if conf.early_lock_release(alias) and not dialects.can_release_early(vendor):
        yield warning(
            110,
            f'DATABASES["{alias}"]',
            "EARLY_LOCK_RELEASE has no effect: the database is not PostgreSQL.",
            "Name the databases that it is for, which must be PostgreSQL: "
            'EARLY_LOCK_RELEASE = ["default"]. MariaDB without a binary log releases locks before '
            "the disk has the COMMIT by itself; with one, nothing can be done.",
        )


def tenants_share_counters() -> bool:
    """Return whether django-tenants keeps the counters only in the public schema."""
    shared = getattr(settings, "SHARED_APPS", None)
    tenants = getattr(settings, "TENANT_APPS", None)
    if shared is None or tenants is None:
        return False
    own = apps.get_app_config("gapless_fields")
    return _is_in(shared, own) and not _is_in(tenants, own)


def _check_tenants() -> Iterator[CheckMessage]:
    """Check django-tenants, which creates the tables of ``TENANT_APPS`` in each tenant's schema."""
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
            f"Each tenant has its own rows of {', '.join(labels)}, but all tenants share the "
            "counters, which are only in SHARED_APPS: the numbers of each tenant have gaps.",
            'Add "gapless_fields" to TENANT_APPS, and run "manage.py migrate_schemas".',
        )


def _is_in(names: Iterable[str], config: AppConfig) -> bool:
    """Return whether a list of applications names one, by its module or by its class."""
    cls = type(config)
    return not {config.name, f"{cls.__module__}.{cls.__qualname__}"}.isdisjoint(names)
