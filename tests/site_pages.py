"""Tests of the example project's pages; ``test_example_site.py`` runs them in that project."""

import re

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, TransactionTestCase
from django.urls import reverse

from comparison import sheets
from comparison.models import MaxNumbered, Sheet
from shop.management.commands.serve import prepare_shop, prepare_strips
from shop.models import Company, CreditNote, Invoice

CELL = re.compile(r'<li class="([^"]*)">(.*?)</li>', re.DOTALL)


class StripsTest(TransactionTestCase):
    def setUp(self) -> None:
        prepare_strips()

    def press(self, action: str) -> dict[str, list[str]]:
        """Press a button without a script, and return what is wrong with the cells by strip."""
        response = self.client.post("/", {"action": action}, follow=True)
        assert response.status_code == 200
        self.text = response.content.decode()
        parts = re.split(r'<section class="strip (\w+)"', self.text)[1:]
        return {
            name: [found[0].split()[0] if found[0].split() else "" for found in CELL.findall(body)]
            for name, body in zip(parts[::2], parts[1::2], strict=True)
        }

    def check_numbers(self) -> None:
        numbers = sorted(Sheet.objects.values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))

    def test_save_and_fail(self):
        strips = self.press("save")
        holes = [cell == "hole" for cell in strips["automatic"]]
        assert holes == [False, False, True, False, False, False]
        assert len(strips["gapless"]) == 5
        strips = self.press("fail")
        assert strips["automatic"].count("hole") == 2
        assert strips["automatic"][-1] == "hole"  # shown before another row is saved
        assert "hole" not in strips["gapless"]
        assert "The number is given back" in self.text
        assert list(strips) == ["automatic", "gapless"]
        self.check_numbers()

    def test_writers(self):
        strips = self.press("writers")
        assert strips["automatic"].count("hole") == 1 + 6
        assert len(strips["gapless"]) == 4 + 14
        assert "hole" not in strips["gapless"]
        assert "14 writers committed, 6 failed" in self.text
        self.check_numbers()

    def test_long_transactions(self):
        for action, waited in (("first", True), ("end", False)):
            self.press(action)
            bars = self.client.session["strips"]["bars"]
            assert [bar["who"] for bar in bars] == ["long", *"12345"]
            assert bars[0]["ms"] >= 1000 * sheets.WORK
            # Whoever waits, waits for the rest of the work; whoever does not is done long before.
            assert all((bar["ms"] > 800 * sheets.WORK) == waited for bar in bars[1:]), bars
            assert '<h2 id="chart-title">' in self.text
        self.check_numbers()

    def test_max(self):
        strips = self.press("max")
        numbers = MaxNumbered.objects.values_list("number", flat=True)
        assert len(numbers) == sheets.WRITERS > len(set(numbers))
        assert "double" in strips["max"]

    def test_start_again(self):
        for action in ("max", "again"):
            strips = self.press(action)
        assert strips == {"automatic": [], "gapless": []}
        strips = self.press("save")
        assert [len(cells) for cells in strips.values()] == [1, 1]

    def test_an_action_that_there_is_not(self):
        assert self.client.post("/", {"action": "?"}).status_code == 200
        assert Client(enforce_csrf_checks=True).post("/", {"action": "save"}).status_code == 403
        assert Sheet.objects.count() == 4

    def test_ids_are_the_databases_own(self):
        note = "SQLite takes ids back" in self.client.get("/").content.decode()
        assert note == (connection.vendor == "sqlite")


class ShopTest(TransactionTestCase):
    def setUp(self) -> None:
        prepare_shop()
        prepare_shop()  # a second start adds nothing

    def test_from_draft_to_credit_note(self):
        assert Company.objects.count() == 3
        assert Invoice.objects.count() == 12
        self.assertContains(self.client.get("/companies/"), "BOLT")
        draft = {"text": "Work", "total": "12.50"}
        page = self.client.post("/companies/BOLT/", draft, follow=True)
        self.assertContains(page, "It has no number")
        invoice = Invoice.objects.latest("pk")
        address = f"/invoices/{invoice.pk}/"
        assert invoice.number is None
        self.client.post(address, {"action": "credit"})  # not a draft
        self.client.post(address, {"action": "issue"})
        self.client.post(address, {"action": "issue"})
        invoice.refresh_from_db()
        assert invoice.number == 4  # after two invoices and a credit note
        for _ in range(2):
            page = self.client.post(address, {"action": "credit"}, follow=True)
        note = CreditNote.objects.get(invoice=invoice)
        assert note.number == 5
        self.assertContains(page, f"Cancelled by {note}")
        self.assertContains(self.client.get("/companies/BOLT/"), str(note))
        refused = self.client.post("/companies/BOLT/", {"text": "", "total": "-1"})
        self.assertContains(refused, "This field is required")

    def test_the_admin_shows_the_counters(self):
        self.client.force_login(User.objects.get(username="admin"))
        page = self.client.get(reverse("admin:gapless_fields_counter_changelist"))
        self.assertContains(page, "documents")
        self.assertContains(page, "BOLT")
        assert self.client.login(username="admin", password="admin")
