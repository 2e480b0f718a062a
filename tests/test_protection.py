"""Numbers that the database protects: every path that is lawful passes, and no other."""

from __future__ import annotations

import datetime
import json
import time
import uuid

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.transaction import TransactionManagementError

from gapless_fields import (
    NumberProtection,
    accept_numbers,
    assign_numbers,
    deferred_numbering,
    unprotected,
    void_and_delete,
)
from gapless_fields.audit import audit
from gapless_fields.checks.protection import check_protection
from gapless_fields.models import Exemption, RegisterEntry
from tests.actors import WAITS, two_actors
from tests.auditapp.models import Chest, Safe, Vault

pytestmark = pytest.mark.django_db(transaction=True)

DAY = datetime.date(2026, 5, 17)
MOVED = "stays with its row"
UNISSUED = "has not given"
UNVOIDED = "void_and_delete"


def execute(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


@pytest.fixture
def safes():
    with transaction.atomic():
        return [Safe.objects.create() for _ in range(3)]


def refused(sql, *params, match):
    with pytest.raises(IntegrityError, match=match) as error:
        execute(sql, *params)
    assert "number" in str(error.value)


# What the package itself does


@pytest.mark.filterwarnings("ignore::gapless_fields.GaplessOutsideAtomicWarning")
def test_every_way_to_a_number():
    Safe.objects.create()
    with transaction.atomic():
        Safe.objects.create()
        Safe.objects.bulk_create([Safe(), Safe()])
    with transaction.atomic(), deferred_numbering():
        Safe.objects.create()
        Safe.objects.bulk_create([Safe(), Safe()])
    with transaction.atomic(), accept_numbers():
        Safe.objects.create(number=20)
        Safe.objects.bulk_create([Safe(number=18), Safe(number=25)])
    row = Safe.objects.get(number=20)
    row.note = "x"
    row.save()
    Safe.objects.update(note="y")
    numbers = Safe.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [*range(1, 8), 18, 20, 25]


def test_drafts_and_numbers_that_come_later():
    with transaction.atomic():
        rows = [Vault.objects.create(text="Ä b", flag=True) for _ in range(3)]
        rows[0].day = DAY
        rows[0].save()
    Vault.objects.update(day=DAY)
    assert assign_numbers(Vault.objects.all()) == 2
    assert sorted(Vault.objects.values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"text": ""},
        {"text": "abz-09_.", "flag": False},
        {"text": "AZ ~/^=#Äß€😀'\"%", "flag": True},
        {"text": "x" * 90},
        {"text": "€" * 90},
        {"token": uuid.UUID("6F9619FF8B86D011B42D00C04FC964FF")},
        {"day": datetime.date(999, 7, 1)},
    ],
)
def test_series_of_every_kind(values):
    with transaction.atomic():
        safe = Safe.objects.create()
        rows = [Vault.objects.create(**{"team": safe, "day": DAY, **values}) for _ in range(2)]
        Vault.objects.bulk_create([Vault(**{"team": safe, "day": DAY, **values})])
    assert [row.number for row in rows] == [1, 2]


def test_loaddata(tmp_path):
    path = tmp_path / "rows.json"
    rows = [{"model": "auditapp.safe", "pk": n, "fields": {"number": n}} for n in (1, 2)]
    path.write_text(json.dumps(rows))
    with pytest.raises(IntegrityError, match=UNISSUED):
        call_command("loaddata", str(path), verbosity=0)
    with transaction.atomic(), unprotected("a backup"):
        call_command("loaddata", str(path), verbosity=0)
    assert Safe.objects.count() == 2


# What is refused


def test_a_number_is_neither_changed_nor_cleared(safes):
    for value in (2, 99, None):
        refused("UPDATE auditapp_safe SET number = %s WHERE number = 3", value, match=MOVED)
    execute("UPDATE auditapp_safe SET number = number, note = 'x'")
    assert [one.number for one in Safe.objects.order_by("pk")] == [1, 2, 3]


def test_a_number_that_was_not_given(safes):
    refused("INSERT INTO auditapp_safe (note, number) VALUES ('', 4)", match=UNISSUED)
    execute("INSERT INTO auditapp_safe (note, number) VALUES ('', NULL)")
    refused("UPDATE auditapp_safe SET number = 4 WHERE number IS NULL", match=UNISSUED)
    execute("DELETE FROM auditapp_safe WHERE number IS NULL")


@pytest.mark.parametrize(
    "values",
    [
        {"text": "A"},
        {"text": "a "},
        {"text": None},
        {"flag": False},
        {"team_id": None},
        {"token": None},
        {"day": datetime.date(2025, 12, 31)},
        {"day": datetime.date(2026, 7, 1)},
        {"day": None},
    ],
)
def test_a_numbered_row_stays_in_its_series(values):
    with transaction.atomic():
        safe = Safe.objects.create()
        token = uuid.uuid4()
        row = Vault.objects.create(team=safe, text="a", flag=True, day=DAY, token=token)
    (name,) = values
    value = connection.ops.adapt_datefield_value(values[name]) if name == "day" else values[name]
    refused(f"UPDATE auditapp_vault SET {name} = %s", value, match=MOVED)
    day = connection.ops.adapt_datefield_value(datetime.date(2026, 6, 30))
    assert execute("UPDATE auditapp_vault SET day = %s, note = 'x'", day) == 1
    row.refresh_from_db()
    assert (row.number, row.day) == (1, datetime.date(2026, 6, 30))


def test_the_number_of_another_series():
    with transaction.atomic():
        for _ in range(2):
            Vault.objects.create(text="a", day=DAY)
        Vault.objects.create(text="b", day=DAY)
        Vault.objects.create(text="b")
    sql = "UPDATE auditapp_vault SET number = 2, day = %s WHERE text = 'b' AND number IS NULL"
    refused(sql, connection.ops.adapt_datefield_value(DAY), match=UNISSUED)


def test_a_numbered_row_is_not_deleted(safes):
    refused("DELETE FROM auditapp_safe WHERE number = 2", match=UNVOIDED)
    for delete in (safes[1].delete, Safe.objects.filter(number=2).delete):
        with pytest.raises(IntegrityError, match=UNVOIDED), transaction.atomic():
            delete()
    void_and_delete(safes[1], reason="issued twice")
    assert Safe.objects.count() == 2
    assert audit(Safe).is_complete


def test_rows_that_a_cascade_deletes(safes):
    with transaction.atomic():
        Vault.objects.create(team=safes[0], day=DAY)
    with pytest.raises(IntegrityError, match=UNVOIDED), transaction.atomic():
        Safe.objects.filter(number=1).delete()
    void_and_delete(safes[0], reason="r")
    assert not Vault.objects.exists()
    assert audit(Safe, Vault).is_complete


def test_a_void_of_one_row_does_not_free_another(safes):
    void_and_delete(safes[1], reason="r")
    RegisterEntry._base_manager.create(
        kind="void", name="x", key="x", first=1, last=3, reason="r", protection="other", row_key="1"
    )
    refused("DELETE FROM auditapp_safe WHERE number = 3", match=UNVOIDED)


def test_a_scope_that_sql_cannot_tell():
    now = datetime.datetime(2026, 5, 17, tzinfo=datetime.UTC)
    with transaction.atomic():
        row = Chest.objects.create(at=now, rate="1.50")
    refused("UPDATE auditapp_chest SET number = 2", match=MOVED)
    refused("UPDATE auditapp_chest SET rate = 2", match=MOVED)
    for other in (now.replace(year=2025), now.replace(day=18)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Chest._base_manager.filter(pk=row.pk).update(at=other)
    refused("DELETE FROM auditapp_chest", match=UNVOIDED)
    void_and_delete(row, reason="r")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL guards TRUNCATE")
def test_truncate(safes):
    refused("TRUNCATE auditapp_safe CASCADE", match="unprotected")
    with transaction.atomic(), unprotected("start over"):
        execute("TRUNCATE auditapp_safe CASCADE")


# Exemptions


def test_an_exemption_is_for_its_block(safes):
    with transaction.atomic():
        with unprotected("a test", by="Ada"):
            Safe.objects.filter(number=2).delete()
            with unprotected("another"):
                execute("UPDATE auditapp_safe SET number = 7 WHERE number = 3")
            execute("UPDATE auditapp_safe SET number = 8 WHERE number = 7")
        with pytest.raises(IntegrityError, match=UNVOIDED), transaction.atomic():
            Safe.objects.filter(number=1).delete()
    assert not Exemption.objects.exists()
    found = RegisterEntry.objects.filter(kind="exemption").order_by("pk")
    assert list(found.values_list("reason", "by")) == [("a test", "Ada"), ("another", "")]


def test_an_exemption_that_fails(safes):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), unprotected("a test"):
            Safe.objects.filter(number=2).delete()
            raise ZeroDivisionError
        with pytest.raises(IntegrityError), transaction.atomic():
            Safe.objects.filter(number=1).delete()
    assert Safe.objects.count() == 3
    assert not RegisterEntry.objects.exists()


def test_an_exemption_needs_a_transaction_and_a_reason():
    with pytest.raises(TransactionManagementError, match="atomic"), unprotected("a test"):
        pass
    with pytest.raises(ValueError, match="reason"), transaction.atomic(), unprotected(" "):
        pass


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_others_are_not_exempt(safes):
    with two_actors() as (one, two):
        one.begin()
        one.do(Exemption._base_manager.create)  # as inside unprotected()
        one.execute("DELETE FROM auditapp_safe WHERE number = 2")
        # On MariaDB, the trigger waits: it reads what the other may roll back.
        waiting = two.start(execute, "DELETE FROM auditapp_safe WHERE number = 1")
        if connection.vendor == "mysql":
            time.sleep(WAITS)
            assert not waiting.done()
            one.rollback()
        with pytest.raises(IntegrityError, match=UNVOIDED):
            waiting.result(30)
    # The session was killed, or rolled back.
    assert Safe.objects.count() == 3
    assert not Exemption.objects.exists()


# Django


def test_flush_empties_protected_tables(safes):
    call_command("flush", interactive=False, verbosity=0)
    assert not Safe.objects.exists()
    assert not Exemption.objects.exists()


def test_a_clean_instance_and_its_checks(safes):
    safes[0].full_clean(exclude=["note"])
    constraint = NumberProtection(fields=["number"], name="x")
    assert constraint == constraint.clone()
    assert constraint.deconstruct() == (
        "gapless_fields.NumberProtection",
        (),
        {"name": "x", "fields": ["number"]},
    )
    assert constraint != NumberProtection(fields=["number"], name="y")
    assert constraint != models.UniqueConstraint(fields=["number"], name="x")
    assert len({constraint, constraint.clone()}) == 1
    assert repr(constraint) == "<NumberProtection: fields=['number'] name='x'>"
    assert list(constraint.numbered(Vault.team.field.model)) == [Vault._meta.get_field("number")]
    assert not list(NumberProtection(fields=["note"], name="x").numbered(Safe))
    for fields in ("number", []):
        with pytest.raises(ValueError, match="list"):
            NumberProtection(fields=fields, name="x")


def test_a_flush_of_other_tables(safes):
    connection.ops.execute_sql_flush(["DELETE FROM auditapp_left"])
    assert Safe.objects.count() == 3


def test_what_checks_say_of_declarations(monkeypatch):
    odd = NumberProtection(fields=["note", "missing", "number"], name="odd")
    monkeypatch.setattr(Safe._meta, "constraints", [odd])
    config = Safe._meta.app_config
    found = [message.msg for message in check_protection([config]) if "E019" in message.id]
    assert ["'note'" in found[0], "'missing'" in found[1], len(found)] == [True, True, 2]
    monkeypatch.setattr(Safe._meta, "constraints", [])
    (suggestion,) = [m for m in check_protection([config]) if m.id == "gapless_fields.I101"]
    assert "auditapp.Left.number" in suggestion.msg
    assert "more" in suggestion.msg
    assert 'NumberProtection(fields=["number"], name="left_number_protected")' in suggestion.hint
    assert check_protection([]) == []
