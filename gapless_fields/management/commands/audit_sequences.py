"""``manage.py audit_sequences``: find what is missing or wrong in the numbers of the rows."""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from gapless_fields.audit.audits import AuditReport, audit
from gapless_fields.audit.html import render
from gapless_fields.audit.texts import table, write_csv
from gapless_fields.management.commands._errors import as_command_errors

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS, ERROR = 1, 2
"""Exit statuses: something is wrong with the numbers, and they could not be read."""


class Command(BaseCommand):
    help = (
        "Finds missing and double numbers, and all other faults, in the rows of every numbered "
        "field, as one snapshot of the database has them. It writes nothing, and the exit status "
        "is 0 if nothing is wrong, 1 if something is, and 2 if the rows could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "targets",
            nargs="*",
            metavar="app.Model[.field]",
            help="Whose sequences to audit. Defaults to those of every model.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='The database to audit. Defaults to "default".',
        )
        parser.add_argument(
            "--format",
            dest="form",
            choices=["table", "json", "csv"],
            default="table",
            help="How to write the result. Defaults to a table.",
        )
        parser.add_argument(
            "--faults-only",
            action="store_true",
            help="Leave out the series that are complete.",
        )
        parser.add_argument(
            "--since",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="Audit only the series that have a row with this date or a later one.",
        )

        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE.html",
            help="Also write the result as a page that can be printed and handed over.",
        )

    def handle(
        self,
        *,
        targets: list[str],
        database: str,
        form: str,
        faults_only: bool,
        since: datetime.date | str | None,
        report: Path | None,
        verbosity: int,
        **options: Any,
    ) -> None:
        try:
            with as_command_errors():
                if isinstance(since, str):  # from call_command()
                    since = datetime.date.fromisoformat(since)
                found = audit(*targets, using=database, since=since).run(self._progress(verbosity))
                if report is not None:
                    Path(report).write_text(render(found), encoding="utf-8")
                self._write(found, form, faults_only)
        except OSError as error:
            raise CommandError(str(error), returncode=ERROR) from error
        except CommandError as error:
            error.returncode = ERROR
            raise
        if not found.is_complete:
            sys.exit(FAULTS)

    def _progress(self, verbosity: int) -> Callable[[str], None] | None:
        """Return what tells a person at a terminal how far the audit is."""
        if verbosity < 1 or not self.stderr.isatty():
            return None
        return lambda line: self.stderr.write(line, self.style.NOTICE)

    def _write(self, report: AuditReport, form: str, faults_only: bool) -> None:
        shown = [one for one in report if not (faults_only and one.is_complete)]
        if form == "json":
            content = report.as_dict()
            if faults_only:
                content["series"] = [s for s in content["series"] if not s["is_complete"]]
            self.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=str))
            return
        if form == "csv":
            write_csv(shown, self.stdout)  # type: ignore[arg-type]
            return
        data = report.metadata
        self.stdout.write(
            f'Database "{data["database"]}" ({data["vendor"]} {data["vendor_version"]}), '
            f"{data['started_at']:%Y-%m-%d %H:%M:%S} {data['started_at'].tzname() or ''}".rstrip()
        )
        if shown:
            self.stdout.write("\n".join(table(shown)))
        faults = len(report.faults)
        self.stdout.write(f"{len(report)} series, {faults} {'fault' if faults == 1 else 'faults'}.")
