"""Tables that were numbered by hand: what is found in them, and what makes them right."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from gapless_fields import Sequence
from gapless_fields.adoption import parsing
from gapless_fields.audit import audit
from gapless_fields.models import Counter, RegisterEntry
from tests.doc_blocks import Reader, section
from tests.textapp.models import Bill, Draft, Firm, Hand

pytestmark = pytest.mark.django_db

DAY = datetime.date(2026, 5, 17)
TEXT = ("--from-text", "H-{day:%Y}-{number:03d}", "--text-column", "old_text")


def run(column, *options, capsys):
    call_command("adopt_numbers", column, *options)
    return capsys.readouterr().out


@pytest.fixture
def adopt(capsys):
    def adopt(*options, column="textapp.Hand.number"):
        return run(column, *options, capsys=capsys)

    return adopt


def hand(*numbers, day=DAY, texts=()):
    """Rows that were numbered without this package."""
    for number in numbers:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO textapp_hand (day, number, plain, old_text, due) "
                "VALUES (%s, %s, %s, '', %s)",
                [day, number, number, True],
            )
    for text in texts:
        Hand.objects.bulk_create([Hand(day=day, old_text=text, due=False)])
    Hand.objects.update(due=True)


def numbers():
    return list(Hand.objects.order_by("pk").values_list("number", flat=True))


def test_what_is_found(adopt):
    hand(2, 3, 3, 5, None)
    hand(1, day=datetime.date(2025, 1, 1))
    output = adopt()
    assert "textapp.Hand.number: 6 rows" in output
    assert "without a number: 1 (primary keys" in output
    assert 'AssignNumbers("Hand")' in output
    assert "year 2026: 2 to 5, 4 rows" in output
    assert "missing 1: before textapp.Hand" in output
    assert "missing 4: between textapp.Hand" in output
    assert "double 3 (2 rows)" in output
    assert '--renumber-doubles --reason "…"' in output
    assert "or declare initial_value=2" in output
    assert "no counter 2-5 (4 rows)" in output
    assert output.endswith("Nothing was written.\n")
    assert not Counter.objects.exists()


def test_a_column_that_is_no_numbered_field_yet(adopt):
    hand(1, 2, 2, 4)
    hand(1, day=datetime.date(2025, 1, 1))
    output = adopt("--scope", "day__year", column="textapp.Hand.plain")
    assert "year 2026: 1 to 4, 4 rows" in output
    assert "year 2025: 1 to 1, 1 row\n" in output
    assert "missing 3" in output
    assert "counter" not in output
    hand(5, day=datetime.date(2025, 1, 1))
    output = adopt("--chronological", "day", column="textapp.Hand.plain")
    assert "not chronological 5" in output
    assert "double 1 (2 rows)" in output
    with pytest.raises(CommandError, match="not a GaplessSequenceField yet"):
        adopt("--apply", column="textapp.Hand.plain")


@pytest.mark.parametrize(
    ("options", "column", "message"),
    [
        ((), "textapp.Hand", "not an app.Model.field"),
        ((), "textapp.Hand.nothing", "no field named"),
        ((), "textapp.Nothing.number", "Nothing"),
        ((), "textapp.Hand.old_text", "--text-column"),
        ((), "textapp.Child.number", "textapp.Parent"),
        (("--scope", "day"), "textapp.Hand.number", "leave them out"),
        (("--scope", "days"), "textapp.Hand.plain", "days"),
        (("--scope", "day__foo"), "textapp.Hand.plain", "day__foo"),
        (("--from-text", "{number}", "--text-column", "day"), "textapp.Hand.number", "of texts"),
        (("--from-text", "x"), "textapp.Hand.number", "go together"),
        (("--void-gaps",), "textapp.Hand.number", "need a --reason"),
        (
            ("--from-text", "{", "--text-column", "old_text"),
            "textapp.Hand.number",
            "is not a format",
        ),
    ],
)
def test_what_is_refused(adopt, options, column, message):
    hand(None, texts=["H-2026-1"])
    with pytest.raises(CommandError, match=re.escape(message)):
        adopt(*options, column=column)


def test_numbers_in_texts(adopt):
    hand(
        texts=[
            "H-2026-001",
            "H-2026-3",
            "H-2025-002",
            "no",
            "",
            " H-2026-0010 ",
            "H-2026-" + "9" * 30,
        ]
    )
    output = adopt(*TEXT)
    assert "texts that are not like 'H-{day:%Y}-{number:03d}': 3" in output
    assert "'H-2025-002'" in output
    assert "numbers in texts, to be written: 3" in output
    assert numbers() == [None] * 7
    output = adopt(*TEXT, "--apply")
    assert "Numbers from texts: 3." in output
    assert numbers() == [1, 3, None, None, None, 10, None]
    assert Sequence("text hand", scope=[2026]).get_last_value() == 10
    assert "Numbers from texts: 0." in adopt(*TEXT, "--apply")
    labels = Hand.objects.exclude(number=None).order_by("pk").values_list("label", flat=True)
    assert list(labels) == ["H2026/1", "H2026/3", "H2026/10"]


def test_doubles(adopt):
    hand(1, 2, 2, 2, 1, 7)
    output = adopt("--renumber-doubles", "--reason", "typed twice", "--by", "Ada", "--apply")
    assert "Doubles with new numbers: 3." in output
    assert numbers() == [1, 2, 9, 10, 8, 7]
    entry = RegisterEntry.objects.get()
    assert (entry.kind, entry.reason, entry.by) == ("exemption", "typed twice", "Ada")
    labels = Hand.objects.order_by("pk").values_list("label", flat=True)
    assert list(labels) == [f"H2026/{number}" for number in (1, 2, 9, 10, 8, 7)]


def test_texts_with_numbers_of_others(adopt):
    """A row that was saved meanwhile keeps its number. So does the first of two texts."""
    with transaction.atomic():
        live = Hand.objects.create(day=DAY)
    hand(texts=["H-2026-1", "H-2026-2", "H-2026-2", "H-2026-9"])
    Sequence("text hand", scope=[2026]).advance_to(3)
    Sequence("text hand", scope=[2026]).void(3, reason="r")
    hand(texts=["H-2026-3"])
    output = adopt(*TEXT)
    assert "with a number that another row has, or that is void: 3" in output
    assert "to be written: 2" in output
    adopt(*TEXT, "--apply")
    assert numbers() == [1, None, 2, None, 9, None]
    adopt(*TEXT, "--renumber-doubles", "--reason", "typed twice", "--apply")
    assert numbers() == [1, 10, 2, 11, 9, 12]
    live.refresh_from_db()
    assert live.label == "H2026/1"


def test_the_number_zero_may_be_void(adopt):
    hand(texts=["H-2026-000"])
    series = Hand._meta.get_field("number").series_for(Hand(day=DAY))
    RegisterEntry.objects.create(
        kind="void", name=series.name, key=series.key, first=0, last=0, reason="r"
    )
    assert "Numbers from texts: 0." in adopt(*TEXT, "--apply")
    assert numbers() == [None]


def test_rows_that_are_not_due_get_no_number(adopt):
    hand(texts=["H-2026-1"])
    Hand.objects.update(due=False)
    assert "Numbers from texts: 0." in adopt(*TEXT, "--apply")
    assert numbers() == [None]


def test_numbers_that_no_sequence_gives(adopt):
    """From a column of integers that was numbered by hand."""
    for low in ((-3,), (-3, 0, 3)):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM textapp_hand")
            for number in low:
                cursor.execute(
                    "INSERT INTO textapp_hand (day, plain, old_text, due) VALUES (%s, %s, '', %s)",
                    [DAY, number, True],
                )
        assert "below start -3" in adopt(column="textapp.Hand.plain")


def test_numbers_that_start_again(adopt):
    with pytest.raises(CommandError, match="reset_value"):
        adopt("--apply", column="testapp.Job.number")


def test_a_very_long_text(adopt):
    Hand.objects.bulk_create([Hand(day=DAY)])
    assert parsing._number("H-" + "9" * 5000, "H-([0-9]+)") is None


def test_a_double_that_is_not_due(adopt):
    hand(1, 1)
    Hand.objects.filter(pk=Hand.objects.latest("pk").pk).update(due=False)
    with pytest.raises(CommandError, match="does not hold any more"):
        adopt("--renumber-doubles", "--reason", "r", "--apply")
    assert numbers() == [1, 1]
    assert not RegisterEntry.objects.exists()


def test_doubles_of_a_column_that_must_not_be_null(adopt):
    Bill.objects.create(issued_on=DAY)
    assert "Doubles with new numbers: 0." in adopt(
        *("--renumber-doubles", "--reason", "r", "--apply"), column="textapp.Bill.number"
    )


def test_gaps(adopt):
    hand(2, 5, 6)
    output = adopt("--void-gaps", "--reason", "before our time", "--apply")
    assert "Void: 3." in output
    found = RegisterEntry.objects.order_by("first").values_list("first", "last", "reason")
    assert list(found) == [(1, 1, "before our time"), (3, 4, "before our time")]
    assert audit(Hand).is_complete
    assert "Void: 0." in adopt("--void-gaps", "--reason", "again", "--apply")


def test_everything_at_once(adopt):
    hand(1, 1, 4, texts=["H-2026-007", "H-2026-4"])
    adopt(*TEXT, "--renumber-doubles", "--void-gaps", "--reason", "r", "--apply")
    assert audit(Hand).is_complete
    assert sorted(numbers()) == [1, 4, 7, 8, 9]
    with transaction.atomic():
        assert Hand.objects.create(day=DAY).number == 10


def test_a_failure_changes_nothing(adopt):
    hand(1, 3)
    Sequence("text hand", scope=[2026]).advance_to(3)
    with pytest.raises(CommandError, match="null=True|does not hold"):
        hand(3)
        Hand.objects.filter(pk=Hand.objects.latest("pk").pk).update(due=False)
        adopt("--renumber-doubles", "--void-gaps", "--reason", "r", "--apply")
    assert not RegisterEntry.objects.exists()


def test_series_of_related_rows(adopt):
    firm = Firm.objects.create(name="ACME")
    Draft.objects.create(company=firm, day=DAY)
    output = adopt(column="textapp.Draft.number")
    assert "ACME" in output
    assert "1 to 1, 1 row\n" in output


# The how-to, as it is written

SETTINGS = """
SECRET_KEY = "x"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
INSTALLED_APPS = ["gapless_fields", "shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""
MANAGE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
BEFORE = """
from django.db import models


class Invoice(models.Model):
    issued_on = models.DateField()
    reference = models.CharField(max_length=40, null=True)
    old_number = models.IntegerField(null=True)
"""
ROWS = """
import datetime, random
from shop.models import Invoice
chosen = random.Random(5)
rows = []
for n in range(1, 5001):
    year = 2024 + n // 2000
    number = n % 2000 + 1
    text = f"INV-{year}-{number}"
    what = chosen.random()
    if what < 0.02:
        continue
    if what < 0.04:
        text = f"INV-{year}-{number - 1}"
    elif what < 0.06:
        text = None
    elif what < 0.065:
        text = "INV " + text
    day = datetime.date(year, 1, 1) + datetime.timedelta(days=number // 6)
    rows.append(Invoice(issued_on=day, reference=text, old_number=number))
Invoice.objects.bulk_create(rows)
print(len(rows))
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="its project has a SQLite of its own")
def test_the_how_to(tmp_path):
    """Every block of the section, in order, on a table of 5,000 rows."""
    shop = tmp_path / "shop"
    (shop / "migrations").mkdir(parents=True)
    for folder in (shop, shop / "migrations"):
        (folder / "__init__.py").touch()
    (tmp_path / "settings.py").write_text(SETTINGS)
    (tmp_path / "manage.py").write_text(MANAGE)
    (shop / "models.py").write_text(BEFORE)
    reader = Reader(tmp_path)
    for command, stdin in (
        ("makemigrations shop", None),
        ("migrate", None),
        ("shell", ROWS),
    ):
        status, printed = reader.run(f"python manage.py {command} --verbosity 0", stdin)
        assert status == 0, printed
    outputs = reader.read(section("howto/adopting.md", "Adopt a table that was numbered by hand"))
    found, _, adopted, *_ = (outputs[line] for line in outputs if "adopt_numbers" in line)
    assert "missing 1: before" in found
    assert "Numbers from texts: 4" in adopted
    assert "3 series, 0 faults." in outputs["python manage.py audit_sequences"]
