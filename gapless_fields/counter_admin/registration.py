"""Registers the counters in the default admin site."""

from __future__ import annotations

from django.apps import apps

from gapless_fields import conf


def register_counters() -> None:
    """Let the default admin site show the counters, if the project has not done so itself.

    Does nothing without ``django.contrib.admin`` in ``INSTALLED_APPS``, or with the setting
    ``GAPLESS_FIELDS = {"ADMIN": False}``.
    """
    if not apps.apps_ready or not apps.is_installed("django.contrib.admin"):
        return
    if not conf.counter_admin():
        return
    from django.contrib import admin

    from gapless_fields.counter_admin.admins import CounterAdmin
    from gapless_fields.models import Counter

    if not admin.site.is_registered(Counter):
        admin.site.register(Counter, CounterAdmin)
