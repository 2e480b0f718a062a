import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from shop.writer import take_a_number_and_die, write


class Command(BaseCommand):
    help = "Issues invoices in this process. Started by the demo command."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("seconds", type=float)
        parser.add_argument("--die", action="store_true")

    def handle(self, *, name: str, seconds: float, die: bool, **options: Any) -> None:
        if die:
            take_a_number_and_die()
        self.stdout.write(json.dumps(write(name, seconds)))
