"""``manage.py gapless_callsites``: list every call that numbers a row, with its verdict."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gapless_fields.callsites.faces.listing import as_json, as_text, notes
from gapless_fields.checks.project import project_callsites


class Command(BaseCommand):
    help = (
        "Lists the calls in the project's own code that number a row or take a number. For each, "
        "it says whether the call is inside transaction.atomic(), outside, or unknown, and why. "
        '"manage.py check" reports the calls that are outside.'
    )
    requires_system_checks = []  # the checks read the same code

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--format",
            choices=["text", "json"],
            default="text",
            help="JSON is a list of {path, line, model, call, verdict, because}; files that could "
            "not be read are then reported on stderr.",
        )

    def handle(self, *, format: str, **options: Any) -> None:  # noqa: A002 (the option's name)
        report = project_callsites()
        if format == "json":
            self.stdout.write(as_json(report))
            self.stderr.write(notes(report), ending="")
        else:
            self.stdout.write(as_text(report), ending="")
