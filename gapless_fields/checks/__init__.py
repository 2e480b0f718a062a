"""System checks; docs/checks.md has a heading for each id.

``declarations`` is called by the field, for its own model. The others look at the project.
"""

from __future__ import annotations

from django.core.checks import Tags
from django.core.checks import register as register_check

from gapless_fields.checks.admins import check_admins
from gapless_fields.checks.callsites import check_callsites
from gapless_fields.checks.databases import check_databases
from gapless_fields.checks.declarations import check_declaration
from gapless_fields.checks.displays import check_displays
from gapless_fields.checks.settings import check_settings

__all__ = ["check_declaration", "register"]


def register() -> None:
    """Register the checks of the project; those that connect run with ``--database`` only."""
    register_check(check_settings)
    register_check(check_displays)
    register_check(check_admins)
    register_check(check_callsites)
    register_check(check_databases, Tags.database)
