"""The project as Django has loaded it, in the terms of ``callsites``."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models, router

from gapless_fields import conf
from gapless_fields.callsites import Options, Report, Target, find_callsites
from gapless_fields.rows.reading import row_of
from gapless_fields.series.registry import numbered_fields

_FOREIGN = frozenset({"site-packages", "dist-packages"})


def project_callsites() -> Report:
    """Find the calls in the project's own code that number rows.

    It reads files, and imports none. If no model is numbered, it reads nothing.
    """
    targets = numbered_models()
    if not targets:
        return Report()
    base = Path.cwd()
    paths = first_party_paths()
    foreign = _files_of_foreign_models(targets)
    report = find_callsites([*paths, *foreign], targets, _options(), base=base)
    findings = [found for found in report.findings if base / found.path not in foreign]
    return replace(report, findings=findings)


def numbered_models() -> list[Target]:
    """Return every model whose rows are numbered, including proxies and multi-table children."""
    return [
        Target(
            path=f"{model.__module__}.{model.__qualname__}",
            fields=tuple(field.name for field in fields),
            using=router.db_for_write(model),
            label=model._meta.label,
            due=_due(model),
        )
        for model in apps.get_models(include_auto_created=True)
        if (fields := numbered_fields(model))
    ]


def _due(model: type[models.Model]) -> tuple[str, ...]:
    """Return the columns of which one must be set for a row to be numbered; empty if none must."""
    names: list[str] = []
    for field in numbered_fields(model):
        if field.condition is None:
            return ()
        blank: dict[str, Any] = {}
        for attname in field.condition.attnames:
            column: Any = model._meta.get_field(attname)
            # A callable default may do anything, such as query the database: not in a check.
            if column.has_default() and callable(column.default):
                return ()
            blank[attname] = column.get_default()
            names += [attname, column.name]
        if field.condition.holds(row_of(model, "", blank)):
            return ()
    return tuple(dict.fromkeys(names))


def _files_of_foreign_models(targets: list[Target]) -> list[Path]:
    """Return where installed packages declare numbered models: only the class must be known."""
    modules = {target.path.rpartition(".")[0] for target in targets}
    files = [getattr(sys.modules.get(module), "__file__", None) for module in sorted(modules)]
    return [Path(file).resolve() for file in files if file and _is_foreign(Path(file))]


def first_party_paths() -> list[Path]:
    """Return the project's own applications, the packages of its settings and URLconf, and more.

    The rest are the paths in ``CHECK_PATHS``.
    """
    found = [Path(config.path) for config in apps.get_app_configs()]
    found += _code_of(getattr(settings, "SETTINGS_MODULE", None))
    found += _code_of(getattr(settings, "ROOT_URLCONF", None))
    own = [path for path in dict.fromkeys(found) if not _is_foreign(path)]
    return own + conf.check_paths()


def _code_of(dotted: object) -> Iterator[Path]:
    """Yield the outermost package of a module, or the file of a module outside any package."""
    if not isinstance(dotted, str) or not dotted:
        return
    top = dotted.partition(".")[0]
    try:
        # For a name without a dot, this imports nothing.
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):  # "__main__" and the like have no spec
        spec = None
    if spec is None:
        return
    if spec.submodule_search_locations is not None:
        yield from map(Path, spec.submodule_search_locations)
    elif spec.origin is not None and spec.has_location:
        yield Path(spec.origin)


def _is_foreign(path: Path) -> bool:
    """Return whether a path belongs to an installed package, Django or this package."""
    own = Path(__file__).parents[1], Path(django.__file__).parent
    return not _FOREIGN.isdisjoint(path.parts) or any(
        root == path or root in path.parents for root in own
    )


def _options() -> Options:
    return Options(
        atomic_requests=frozenset(
            alias for alias in connections if connections[alias].settings_dict["ATOMIC_REQUESTS"]
        ),
        atomic_wrappers=conf.atomic_wrappers(),
        user_model=_user_model(),
    )


def _user_model() -> str:
    try:
        model: type[models.Model] = get_user_model()
    except (ImproperlyConfigured, LookupError):
        return ""
    return f"{model.__module__}.{model.__qualname__}"
