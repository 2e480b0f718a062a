"""``manage.py demo``: see whether the promise holds."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from tqdm import tqdm

import gapless_fields
from shop.models import Company, CreditNote, Invoice, Line

MANAGE = str(Path(__file__).resolve().parents[3] / "manage.py")


class Command(BaseCommand):
    help = "Issues documents in several processes. Many fail on purpose, and some are killed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--processes", type=int, default=4)
        parser.add_argument("--seconds", type=float, default=6)

    def handle(self, *, processes: int, seconds: float, **options: Any) -> None:
        with transaction.atomic():
            for model in (CreditNote, Line, Invoice):
                model.objects.all().delete()
            for code in ("ACME", "BOLT", "COIL"):
                company, _ = Company.objects.get_or_create(code=code)
                for year in (2026, 2027):
                    gapless_fields.delete("documents", scope=(company.pk, year))
        self.stdout.write(
            f"It is the turn of the year. For {seconds:g} seconds, {processes} processes write "
            f"invoices for three\ncompanies on {connection.display_name}. They write drafts, and "
            "issue their own and each other's by and by. They\nalso write credit notes, which "
            "share the invoices' numbers. Half of the steps fail on purpose,\nand other processes "
            "are killed in the middle of a transaction.\n\n"
        )
        self.stdout.flush()
        outcome = self.run(processes, seconds)
        self.stdout.write("\nWhat happened:")
        for what, count in sorted(outcome.items()):
            self.stdout.write(f"  {what:<34}{count:>7}")
        if not self.report():
            raise CommandError("The promise did not hold.")
        self.stdout.write(
            "The promise held: each series runs from 1 to the last number, without gaps or "
            "duplicates."
        )

    def run(self, processes: int, seconds: float) -> Counter[str]:
        writers = [self.start(f"writer{n}", seconds) for n in range(processes)]
        outcome: Counter[str] = Counter()
        with tqdm(total=100, desc="Writing", unit="%", ascii=True, file=sys.stdout) as bar:
            started = time.monotonic()
            while any(writer.poll() is None for writer in writers):
                victim = self.start("victim", 0, "--die")
                if victim.wait() != -signal.SIGKILL:
                    raise CommandError(f"The victim was not killed:\n{victim.communicate()[1]}")
                outcome["processes killed by SIGKILL"] += 1
                bar.update(min(100, int(100 * (time.monotonic() - started) / seconds)) - bar.n)
                time.sleep(0.2)
            bar.update(100 - bar.n)
        for writer in writers:
            answer, errors = writer.communicate()
            if writer.returncode:
                raise CommandError(f"A writer failed:\n{errors}")
            outcome.update(json.loads(answer))
        return outcome

    def start(self, name: str, seconds: float, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, MANAGE, "write_invoices", name, str(seconds), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def report(self) -> bool:
        head = ("series", "invoices", "credit notes", "lowest", "highest", "missing", "duplicate")
        self.stdout.write("\n" + self.row(*head, "counter"))
        held = True
        for company in Company.objects.order_by("code"):
            for year in (2026, 2027):
                held &= self.report_series(company, year)
        drafts = Invoice.objects.filter(number=None).count()
        ids = Invoice.objects.order_by("pk").values_list("pk", flat=True)
        lost = max(ids, default=0) - len(ids)
        self.stdout.write(
            f"\n{drafts:,} drafts have no number. Of the invoices' automatic ids, {lost:,} "
            "were lost."
        )
        if connection.vendor == "sqlite":
            self.stdout.write(
                "(SQLite has one writer at a time, and takes automatic ids back with a rollback.\n"
                "PostgreSQL and MariaDB do not take them back: set DATABASE_URL to see that.)"
            )
        self.stdout.write("")
        return held

    def report_series(self, company: Company, year: int) -> bool:
        invoices, notes = (
            list(
                model.objects.filter(company=company, issued_on__year=year).values_list(
                    "number", flat=True
                )
            )
            for model in (Invoice, CreditNote)
        )
        numbers = sorted(invoices + notes)
        if not numbers:
            raise CommandError("Not every series was used; try more --seconds.")
        last = gapless_fields.get_last_value("documents", scope=(company.pk, year))
        missing = numbers[-1] - len(set(numbers))
        double = len(numbers) - len(set(numbers))
        counts = len(invoices), len(notes), numbers[0], numbers[-1], missing, double, last
        self.stdout.write(self.row(f"{company} {year}", *counts))
        return numbers == list(range(1, len(numbers) + 1)) and last == len(numbers)

    @staticmethod
    def row(name: str, *values: object) -> str:
        return f"  {name:<10}" + "".join(
            f"{value:>14,}" if isinstance(value, int) else f"{value:>14}" for value in values
        )
