"""The application."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from gapless_fields import checks, gate


class GaplessFieldsConfig(AppConfig):
    name = "gapless_fields"
    verbose_name = _("Gapless numbers")

    def ready(self) -> None:
        gate.install()
        checks.register()
