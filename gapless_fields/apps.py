"""The application."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save, pre_save
from django.utils.translation import gettext_lazy as _

from gapless_fields import checks, fixtures, gate
from gapless_fields.installation import create_missing_function


class GaplessFieldsConfig(AppConfig):
    name = "gapless_fields"
    verbose_name = _("Gapless numbers")

    def ready(self) -> None:
        gate.install()
        checks.register()
        post_migrate.connect(create_missing_function, sender=self)
        counter = self.get_model("Counter")
        pre_save.connect(fixtures.check_loaded_counter, sender=counter)
        post_save.connect(fixtures.drop_loaded_counter, sender=counter)
