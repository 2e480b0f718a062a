"""E017: the forms of the admin, in which a number cannot be an editable field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage
from django.db.models import Model

from gapless_fields.checks.messages import error
from gapless_fields.series.numbered_text import number_texts
from gapless_fields.series.registry import numbered_fields

_DYNAMIC = (
    *("get_fieldsets", "get_fields", "get_exclude", "get_readonly_fields"),
    *("get_form", "get_formset", "has_change_permission"),
)
"""The methods with which a class decides during each request what its forms contain."""


def check_admins(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Check the admin classes of the models of these applications, if the admin is installed.

    None: of all applications.
    """
    if not apps.is_installed("django.contrib.admin"):
        return []
    configs = apps.get_app_configs() if app_configs is None else app_configs
    models = [model for config in configs for model in config.get_models()]
    found = {(str(message.obj), message.msg): message for message in _check_sites(models)}
    return list(found.values())


def _check_sites(models: Sequence[type[Model]]) -> Iterator[CheckMessage]:
    from django.contrib.admin.options import InlineModelAdmin, ModelAdmin
    from django.contrib.admin.sites import all_sites

    for site in all_sites:
        for admin in (site.get_model_admin(model) for model in models if site.is_registered(model)):
            yield from _check(admin, ModelAdmin)
            if _overrides(admin, ModelAdmin, "get_inlines", "get_inline_instances"):
                continue
            # Django reports values that are no lists, and inlines without a model.
            for inline in admin.inlines if isinstance(admin.inlines, list | tuple) else ():
                if _is_class(inline, InlineModelAdmin) and _is_class(inline.model, Model):
                    yield from _check(inline(admin.model, site), InlineModelAdmin)


def _is_class(value: object, base: type[Any]) -> bool:
    return isinstance(value, type) and issubclass(value, base)


def _check(admin: Any, base: type[Any]) -> Iterator[CheckMessage]:
    from django.contrib.admin.utils import flatten_fieldsets

    if _overrides(admin, base, *_DYNAMIC):
        return
    model: type[Model] = admin.model
    option = "fieldsets" if admin.fieldsets else "fields"
    try:
        named = flatten_fieldsets(admin.fieldsets or [(None, {"fields": admin.fields or ()})])
        exclude = admin.exclude
        if exclude is None:
            exclude = getattr(getattr(admin.form, "_meta", None), "exclude", None)
        left = set(named).difference(admin.readonly_fields, exclude or ())
    except (LookupError, TypeError, ValueError):
        return  # not lists of names: reported by Django
    for field in (*numbered_fields(model), *number_texts(model)):
        if field.name in left:
            cls = type(admin)
            yield error(
                17,
                cls,
                f"{cls.__name__}.{option} names {model._meta.label}.{field.name}, which is not "
                "editable: Django raises FieldError when the form is opened.",
                f"Name it in {cls.__name__}.readonly_fields too: "
                f'readonly_fields = ["{field.name}"].',
            )


def _overrides(admin: Any, base: type[Any], *methods: str) -> bool:
    """Return whether the class of ``admin`` overrides one of these methods of Django."""
    return any(
        getattr(type(admin), method) is not getattr(base, method)
        for method in methods
        if hasattr(base, method)
    )
