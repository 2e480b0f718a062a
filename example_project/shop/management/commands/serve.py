"""``manage.py serve``: the site, with something to look at."""

import os
import socket
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from comparison import sheets
from shop.models import Company, Invoice
from shop.services import credit, draft_invoice, issue

HOST = "127.0.0.1"
ADMIN = "admin"


class Command(BaseCommand):
    help = "Serves the site on this machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="a free one by default")

    def handle(self, *, port: int | None, **options: Any) -> None:
        port = port or free_port()
        self.stdout.write(f"The site on {connection.display_name}, until Ctrl+C:\n\n")
        prepare_shop()
        prepare_strips()
        self.stdout.write(
            f"  http://{HOST}:{port}/            two strips: automatic ids, gapless numbers\n"
            f"  http://{HOST}:{port}/companies/  companies, drafts, invoices, credit notes\n"
            f"  http://{HOST}:{port}/admin/      the admin (user {ADMIN}, password {ADMIN})\n"
        )
        self.stdout.flush()
        os.environ.setdefault("DJANGO_RUNSERVER_HIDE_WARNING", "true")
        call_command("runserver", f"{HOST}:{port}", use_reloader=False)


def free_port() -> int:
    """Return the port 8000 if it is free, or another one."""
    for port in (8000, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise RuntimeError("No port is free.")


@transaction.atomic
def prepare_shop() -> None:
    """Create the administrator, and documents if there are none."""
    users = get_user_model()._default_manager
    if not users.filter(username=ADMIN).exists():
        users.create_superuser(ADMIN, "admin@example.com", ADMIN)
    if Invoice.objects.exists():
        return
    today = timezone.localdate()
    for code in ("ACME", "BOLT", "COIL"):
        company, _ = Company.objects.get_or_create(code=code)
        drafts = [draft_invoice(company, f"{code} {n}", Decimal(100 * n)) for n in range(1, 5)]
        for draft in drafts[:2]:
            issue(draft, today)
        credit(drafts[0], today)


def prepare_strips() -> None:
    """Begin the strips again, with a row that is rolled back between others."""
    sheets.begin_again()
    for fail in (False, False, True, False, False):
        sheets.save(fail=fail)
