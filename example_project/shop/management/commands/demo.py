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
from shop.models import Invoice, Line

MANAGE = str(Path(__file__).resolve().parents[3] / "manage.py")


class Command(BaseCommand):
    help = "Several processes issue invoices at once, many fail on purpose, some are killed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--processes", type=int, default=4)
        parser.add_argument("--seconds", type=float, default=6)

    def handle(self, *, processes: int, seconds: float, **options: Any) -> None:
        with transaction.atomic():
            Line.objects.all().delete()
            Invoice.objects.all().delete()
            gapless_fields.delete("invoices")
        self.stdout.write(
            f"{processes} processes issue invoices on {connection.display_name} for {seconds:g} "
            "seconds;\nhalf of the steps fail on purpose, and other processes are killed in "
            "mid-transaction.\n\n"
        )
        self.stdout.flush()
        outcome = self.run(processes, seconds)
        self.stdout.write("\nWhat happened:")
        for what, count in sorted(outcome.items()):
            self.stdout.write(f"  {what:<34}{count:>7}")
        if not self.report():
            raise CommandError("The promise did not hold.")
        self.stdout.write("The promise held: 1 to the last, none missing, none double.")

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
        rows = list(Invoice.objects.order_by("number").values_list("pk", "number"))
        if not rows:
            raise CommandError("No invoice was written; try more --seconds.")
        ids, numbers = zip(*rows, strict=True)
        sides = {"automatic ids": ids, "gapless numbers": numbers}
        lines: dict[str, list[Any]] = {
            "rows in the database": [len(side) for side in sides.values()],
            "lowest": [min(side) for side in sides.values()],
            "highest": [max(side) for side in sides.values()],
            "missing in between": [
                max(side) - min(side) + 1 - len(set(side)) for side in sides.values()
            ],
            "double": [len(side) - len(set(side)) for side in sides.values()],
        }
        self.stdout.write(f"\n{'':<24}" + "".join(f"{name:>18}" for name in sides))
        for what, values in lines.items():
            self.stdout.write(f"  {what:<22}" + "".join(f"{value:>18,}" for value in values))
        last = gapless_fields.get_last_value("invoices")
        self.stdout.write(f"  {'the counter says':<22}{'':>18}{last:>18,}\n\n")
        if connection.vendor == "sqlite":
            self.stdout.write(
                "SQLite has one writer at a time and takes automatic ids back with a rollback, so\n"
                "that they have few holes or none. PostgreSQL and MariaDB do not: name one in\n"
                "DATABASE_URL to see that.\n\n"
            )
        return list(numbers) == list(range(1, len(rows) + 1)) and last == len(rows)
