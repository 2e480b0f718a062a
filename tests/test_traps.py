"""The traps that other packages fell into: a test for each, named after it, or where it is.

1 and 2 are test_rollbacks.py and test_concurrency.py; 4 is test_save_paths.py (using, routers); 5
and 6 are test_save_paths.py and test_numbers_in_memory.py (bulk_create); 7 is test_series.py and
test_sequences.py (names); 10 is test_migrations.py; 13 is test_sequences.py (nowait); 15 is
test_concurrency.py; 18 is test_sync_sequences.py.
"""

from __future__ import annotations

import pytest
from django.db import connection, connections, transaction

from gapless_fields import Sequence, get_last_value, get_next_value
from gapless_fields.counters.dialects import dialect_for
from gapless_fields.models import Counter
from tests.actors import Actor
from tests.testapp.models import Bare, Invoice


@pytest.mark.django_db
def test_trap_3_the_highest_number_is_not_the_last_one():
    for _ in range(3):
        Invoice.objects.create()
    Invoice.objects.filter(number=3).delete()
    assert Invoice.objects.create().number == 4


@pytest.mark.django_db
def test_trap_8_zero_is_a_number():
    assert get_next_value("zero", 0) == 0
    assert get_next_value("zero", 0) == 1
    field = Bare._meta.get_field("number")
    series = field.series
    field.series = type(series)("bare", 0)
    try:
        row = Bare.objects.create()
        assert row.number == 0
        row.save()
        row.pk = None
        row.save()
    finally:
        field.series = series
    assert row.number == 1


@pytest.mark.django_db
def test_trap_9_nothing_depends_on_checks_having_run():
    field = Bare._meta.get_field("number")
    field.validators  # noqa: B018 — which Django's own check remembers
    before = dict(vars(field))
    field.check()
    assert vars(field) == before


@pytest.mark.django_db
def test_trap_11_the_last_number_is_in_no_index():
    with connection.cursor() as cursor:
        table = Counter._meta.db_table
        constraints = connection.introspection.get_constraints(cursor, table)
    indexed = {column for c in constraints.values() if c["index"] for column in c["columns"]}
    assert "last" not in indexed
    assert not any(field.get_internal_type() == "DateTimeField" for field in Counter._meta.fields)


@pytest.mark.django_db(transaction=True)
def test_trap_11_postgresql_updates_the_counter_in_place():
    if connection.vendor != "postgresql":
        pytest.skip("heap-only tuples are PostgreSQL's")
    if connection.pg_version < 150000:
        pytest.skip("PostgreSQL can be asked for fresh statistics since 15")
    table = Counter._meta.db_table
    Invoice.objects.create()
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {table}")

    def updates():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(
                "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = %s",
                [table],
            )
            return cursor.fetchone()

    before = updates()
    for _ in range(20):
        Invoice.objects.create()
    after = updates()
    assert (after[0] - before[0], after[1] - before[1]) == (20, 20)


@pytest.mark.django_db(transaction=True)
def test_trap_12_sqlite_writers_wait():
    """With IMMEDIATE the second transaction waits at BEGIN, and reads what the first wrote."""
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's trap")

    def read_then_write():
        with transaction.atomic():
            list(Invoice.objects.all())
            return Invoice.objects.create().number

    one, two = Actor(), Actor()
    try:
        one.begin()
        assert one.do(lambda: Invoice.objects.create().number) == 1
        waiting = two.waits(read_then_write)
        one.commit()
        assert waiting.result(30) == 2
    finally:
        one.close()
        two.close()


@pytest.mark.django_db(transaction=True)
def test_trap_14_a_gap_made_by_a_delete_is_not_filled():
    rows = [Invoice.objects.create() for _ in range(3)]
    rows[1].delete()
    assert Invoice.objects.create().number == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("functions", ["each tenant's own", "public"])
def test_trap_19_nothing_is_remembered_about_a_schema(functions):
    if connection.vendor != "postgresql":
        pytest.skip("search_path is PostgreSQL's")
    tables = ["gapless_fields_counter", "testapp_invoice"]
    with connection.cursor() as cursor:
        for tenant in ("one", "two"):
            cursor.execute(f"CREATE SCHEMA {tenant}")
            for table in tables:
                cursor.execute(f"CREATE TABLE {tenant}.{table} (LIKE {table} INCLUDING ALL)")
            if functions != "public":
                cursor.execute(f"SET search_path = {tenant}")
                dialect_for(connection).create_function(cursor.execute)
                cursor.execute("RESET search_path")
    others = ", public" if functions == "public" else ""
    given = []
    try:
        for tenant in ("one", "two", "one", "two", "public", "one"):
            with connection.cursor() as cursor:
                cursor.execute(f"SET search_path = {tenant}{others}")
            # In autocommit, in a transaction, and as a batch.
            given.append((Invoice.objects.create().number, get_last_value("invoices")))
            with transaction.atomic():
                given.append((Invoice.objects.create().number, get_last_value("invoices")))
            Invoice.objects.bulk_create([Invoice(), Invoice()])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")
            cursor.execute("DROP SCHEMA one, two CASCADE")
    firsts = [(1, 1), (2, 2)]
    assert given == firsts * 2 + [(5, 5), (6, 6)] * 2 + firsts + [(9, 9), (10, 10)]


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_two_databases_have_counters_of_their_own():
    assert Sequence("x").get_next_value() == 1
    with transaction.atomic(), transaction.atomic(using="other"):
        assert Sequence("x", using="other").get_next_value() == 1
        connections["other"].set_rollback(True)
    assert get_last_value("x", using="other") is None
