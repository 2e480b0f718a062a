"""``manage.py demo``: see whether the promise holds."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from tqdm import tqdm

import gapless_fields
from gapless_fields.audit import audit
from shop.models import Company, CreditNote, Invoice, Line

MANAGE = str(Path(__file__).resolve().parents[3] / "manage.py")
PAGE = "audit.html"


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
        self.stdout.write("")
        self.tell_of_drafts()
        if len(audit(Invoice)) < 6:
            raise CommandError("Not every series was used; try more --seconds.")
        if not self.audit():
            raise CommandError("The promise did not hold.")
        self.stdout.write(
            "The promise held: each series runs from 1 to the last number, without gaps or "
            "duplicates.\n\n"
        )
        self.tamper()

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

    def tell_of_drafts(self) -> None:
        drafts = Invoice.objects.filter(number=None).count()
        ids = Invoice.objects.order_by("pk").values_list("pk", flat=True)
        lost = max(ids, default=0) - len(ids)
        self.stdout.write(
            f"{drafts:,} drafts have no number. Of the invoices' automatic ids, {lost:,} were lost."
        )
        if connection.vendor == "sqlite":
            self.stdout.write(
                "(SQLite has one writer at a time, and takes automatic ids back with a rollback.\n"
                "PostgreSQL and MariaDB do not take them back: set DATABASE_URL to see that.)"
            )

    def audit(self, *options: str) -> bool:
        """Run the audit as a person would, and return whether nothing is wrong."""
        self.stdout.write("\n$ " + " ".join(["manage.py audit_sequences shop.Invoice", *options]))
        try:
            call_command("audit_sequences", "shop.Invoice", *options, stdout=self.stdout)
        except SystemExit:
            return False
        finally:
            self.stdout.write("")
        return True

    def tamper(self) -> None:
        """Delete a row past the package, let the audit find it, and put it back."""
        note = CreditNote.objects.exclude(number=None).order_by("number")[0]
        self.stdout.write(f"Now somebody deletes {note} by SQL, where no Python can see it.")
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM shop_creditnote WHERE id = %s", [note.pk])
        if self.audit("--faults-only", f"--report={PAGE}"):
            raise CommandError("The audit did not find it.")
        self.stdout.write(
            f"The audit names the series, the number and the rows beside it. {PAGE} shows the\n"
            "same as a page that can be printed. Now the row is put back with its number."
        )
        with transaction.atomic(), gapless_fields.accept_numbers():
            note.save(force_insert=True)
        if not self.audit("--faults-only"):
            raise CommandError("The row that was put back is not complete.")
