"""The application."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate, post_save, pre_save
from django.utils.translation import gettext_lazy as _

from gapless_fields.checks.admins import check_admins
from gapless_fields.checks.callsites import check_callsites
from gapless_fields.checks.databases import check_databases
from gapless_fields.checks.displays import check_displays
from gapless_fields.checks.protection import check_protection
from gapless_fields.checks.settings import check_settings
from gapless_fields.checks.timeouts import check_timeouts
from gapless_fields.counters.installation import create_missing_function
from gapless_fields.moving.questions import answer_questions
from gapless_fields.protection.flush import let_flush_pass
from gapless_fields.protection.installation import renew_protection
from gapless_fields.writing import fixtures, gate


class GaplessFieldsConfig(AppConfig):
    name = "gapless_fields"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = _("Gapless numbers")

    def ready(self) -> None:
        gate.install()
        post_migrate.connect(create_missing_function, sender=self)
        post_migrate.connect(renew_protection, sender=self)
        let_flush_pass()
        answer_questions()
        counter = self.get_model("Counter")
        pre_save.connect(fixtures.check_loaded_counter, sender=counter)
        post_save.connect(fixtures.drop_loaded_counter, sender=counter)
        for check in (
            *(check_settings, check_displays, check_admins, check_protection, check_callsites),
        ):
            register(check)
        register(check_databases, Tags.database)  # connects: with --database only
        register(check_timeouts, Tags.database, deploy=True)
