"""The example project, as its readers try it."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "example_project"

STEPS = """
from django.core import mail
from django.test import Client
from django.test.utils import setup_test_environment
from shop import services
from shop.models import Company

setup_test_environment()
Company.objects.create(code="ACME")
for order in ("1", "2"):
    answer = Client().post("/ACME/issue/", {"order": order, "total": "10"})
    assert answer.status_code == 200, answer
    print(answer.content.decode(), end="")
payment = {"order": "1", "amount": "10", "email": "a@example.com"}
print(Client().post("/ACME/pay/", payment).content.decode(), end="")
print([(message.subject, message.body) for message in mail.outbox])
book, services.book = services.book, None
try:
    Client().post("/ACME/pay/", payment)
except TypeError:
    print("failed")
services.book = book
print(len(mail.outbox), Client().post("/ACME/pay/", payment).content.decode(), end="")
"""


@pytest.fixture
def manage(tmp_path):
    def run(*arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, FOLDER / "manage.py", *arguments],
            cwd=tmp_path,
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
                "DJANGO_SETTINGS_MODULE": "example.settings",
            },
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run


def test_invoices_and_receipts(manage):
    manage("migrate", "--verbosity=0")
    assert "No changes detected" in manage("makemigrations", "--check", "--dry-run")
    year = datetime.date.today().year
    first = f"Invoice ACME-{year}-00001"
    assert manage("shell", "-c", STEPS).splitlines()[-6:] == [
        first,
        f"Invoice ACME-{year}-00002",
        "Receipt R-000001",
        f"[('R-000001', 'Received 10 for {first}.')]",
        "failed",
        "1 Receipt R-000002",
    ]


@pytest.mark.slow
def test_demo(manage, tmp_path):
    manage("migrate", "--verbosity=0")
    output = manage("demo", "--seconds=3", "--processes=3")
    assert output.startswith("It is the turn of the year. For 3 seconds, 3 processes")
    assert len(re.findall(r"^ +\d\.\d s: process \d+ has taken ACME-2026-", output, re.M)) == 3
    counts = {
        name: (int(gaps), int(doubles))
        for name, gaps, doubles in re.findall(r"^  (.{32}) +\d+ +(\d+) +(\d+)$", output, re.M)
    }
    ours, highest, apart = counts.values()
    assert ours == (0, 0), output
    assert highest[0] == 0
    assert highest[1] > 0
    assert apart[0] > 0
    assert apart[1] == 0
    audits = re.findall(r"^6 series, (.*)$", output, re.MULTILINE)
    assert audits == ["0 faults.", "1 fault.", "0 faults."]
    assert re.search(r"! missing \d+: (between|before|after) shop\.", output)
    assert "1 fault in 1 of 6 series" in (tmp_path / "audit.html").read_text("utf-8")
