"""``manage.py demo``: see whether the promise holds."""

import collections
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

import gapless_fields
from comparison.models import ApartCounter, CountedApart, MaxNumbered
from comparison.numbers import gaps_and_doubles
from gapless_fields.audit import audit
from gapless_fields.models import Counter
from shop.models import Company, CreditNote, Invoice, Line, Receipt
from shop.processes import ProcessFailed, Writers, kill_each_second

PAGE = "audit.html"


class Command(BaseCommand):
    help = "Issues documents in several processes. Many fail on purpose, and some are killed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--processes", type=int, default=4)
        parser.add_argument("--seconds", type=float, default=6)

    def handle(self, *, processes: int, seconds: float, **options: Any) -> None:
        self.stdout.write(
            f"It is the turn of the year. For {seconds:g} seconds, {processes} processes write "
            f"invoices for three\ncompanies on {connection.display_name}. They write drafts, and "
            "issue their own and each other's by and by. They\nalso write credit notes, which "
            "share the invoices' numbers. Half of the steps fail on purpose,\nand each second, "
            "another process is killed in the middle of a transaction.\n\n"
            "In the same transactions, they write rows that are numbered in two other ways: by "
            "MAX()+1,\nread when the step begins, and by a counter that is committed apart.\n\n"
        )
        self.stdout.flush()
        self.begin_again()
        outcome = self.run(processes, seconds)
        self.stdout.write("\nWhat happened:")
        for what, count in sorted(outcome.items()):
            self.stdout.write(f"  {what:<34}{count:>7}")
        self.stdout.write("")
        self.compare()
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

    def begin_again(self) -> None:
        with transaction.atomic():
            for model in (Receipt, CreditNote, Line, Invoice, Company, CountedApart, MaxNumbered):
                model.objects.all().delete()
            for counter in Counter.objects.filter(name="documents"):
                counter.delete()
            ApartCounter.objects.update_or_create(name="demo", defaults={"last": 0})
            Company.objects.bulk_create(Company(code=code) for code in ("ACME", "BOLT", "COIL"))

    def run(self, processes: int, seconds: float) -> collections.Counter[str]:
        try:
            writers = Writers(processes, seconds)
            outcome: collections.Counter[str] = collections.Counter()
            for second, process, reference, apart in kill_each_second(seconds):
                self.stdout.write(
                    f"{second:5.1f} s: process {process} has taken {reference}, and {apart} of the "
                    "counter apart, and is killed."
                )
                self.stdout.flush()
                outcome["processes killed by SIGKILL"] += 1
            return outcome + writers.outcome()
        except ProcessFailed as error:
            raise CommandError(str(error)) from error

    def compare(self) -> None:
        """Count gaps and doubles of each way in the same manner: from the numbers alone."""
        series: dict[tuple[int, int], list[int]] = {}
        for model in (Invoice, CreditNote):
            numbered = model.objects.exclude(number=None)
            for company, year, number in numbered.values_list("company", "year", "number"):
                series.setdefault((company, year), []).append(number)
        sides = {
            f"gapless_fields, {len(series)} series": list(series.values()),
            "MAX()+1": [list(MaxNumbered.objects.values_list("number", flat=True))],
            "a counter committed apart": [
                list(CountedApart.objects.values_list("number", flat=True))
            ],
        }
        self.stdout.write(f"{'The numbers of':<34}{'rows':>9}{'gaps':>9}{'doubles':>9}")
        for name, lists in sides.items():
            counts = [gaps_and_doubles(numbers) for numbers in lists]
            gaps, doubles = sum(gaps for gaps, _ in counts), sum(doubles for _, doubles in counts)
            rows = sum(len(numbers) for numbers in lists)
            self.stdout.write(f"  {name:<32}{rows:>9,}{gaps:>9,}{doubles:>9,}")
        self.stdout.write("")

    def tell_of_drafts(self) -> None:
        drafts = Invoice.objects.filter(number=None).count()
        ids = Invoice.objects.order_by("pk").values_list("pk", flat=True)
        lost = max(ids, default=0) - min(ids, default=1) + 1 - len(ids)
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
