"""What is private in Django and asgiref is what we take it for, on each version."""

from __future__ import annotations

import asyncio
import inspect
import sys
from time import perf_counter

import django
import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.core import serializers
from django.db import NotSupportedError, connection, router, transaction
from django.db.migrations import questioner
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import F, Model, QuerySet
from django.db.transaction import Atomic
from django.test import TestCase

from gapless_fields.django_internals import methods, queries, transactions
from gapless_fields.django_internals import models as internal_models
from gapless_fields.django_internals.transactions import at_end
from gapless_fields.writing.saves import running_save
from gapless_fields.writing.updates import Holds
from tests.testapp.models import Invoice, Member, Person, Plain, Slip

INSERT = [
    *("self", "objs", "fields", "returning_fields", "raw", "using", "on_conflict"),
    *("update_fields", "unique_fields"),
]
SAVE_TABLE = ["self", "raw", "cls", "force_insert", "force_update", "using", "update_fields"]


def parameters(method):
    return list(inspect.signature(method).parameters)


def test_insert_and_update_of_querysets():
    assert parameters(QuerySet._insert.__wrapped__) == INSERT
    returning = [] if django.VERSION < (6, 0) else ["returning_fields"]
    assert parameters(QuerySet._update.__wrapped__) == ["self", "values", *returning]


def test_save_table_of_models():
    assert parameters(Model._save_table) == SAVE_TABLE
    assert not hasattr(Model._save_table, "__wrapped__")
    assert Invoice._save_table.__wrapped__ is Model._save_table
    assert Plain._save_table is Model._save_table
    assert methods.is_raw([True], {})
    assert methods.is_raw([], {"raw": True})
    assert not methods.is_raw([False], {})
    assert not methods.is_raw([], {})


class Reader:
    def db_for_read(self, model, **hints):
        return "other"

    def db_for_write(self, model, **hints):
        return "default"


@pytest.fixture
def saves(monkeypatch):
    """The saves that are running whenever Django writes a row."""
    found = []
    for name in ("_insert", "_update"):
        original = getattr(QuerySet, name)

        def method(self, *args, original=original, **kwargs):
            found.append(running_save(self.model))
            return original(self, *args, **kwargs)

        monkeypatch.setattr(QuerySet, name, method)
    return found


@pytest.mark.django_db
def test_save_table_is_on_the_way_of_every_save(saves):
    invoice = Invoice.objects.create()
    invoice.save()
    (loaded,) = serializers.deserialize("python", serializers.serialize("python", [invoice]))
    loaded.save()
    assert saves == [(invoice, False), (invoice, False), (loaded.object, True)]
    assert running_save(Invoice) == (None, False)


def test_a_method_is_wrapped_once():
    def wrap(method):
        return lambda self: method(self) + 1

    class Parent:
        def number(self):
            return 1

        @classmethod
        def label(cls):
            return cls.__name__

    class Child(Parent):
        pass

    for owner in (Parent, Parent, Child):
        methods.wrap_once(owner, "number", wrap)
    assert Child().number() == 2
    methods.wrap_once(Child, "label", lambda method: lambda cls: f"{method(cls)}!")
    assert (Child.label(), Parent.label()) == ("Child!", "Parent")


@pytest.mark.django_db(transaction=True)
def test_blocks_of_a_connection():
    assert transactions.open_blocks(connection) == []
    with transaction.atomic() as _, transaction.atomic():
        blocks = transactions.open_blocks(connection)
        assert [type(block) for block in blocks] == [Atomic, Atomic]
        assert not any(map(transactions.is_block_of_test_case, blocks))
        assert transactions.commits_on_exit(connection)
    transaction.set_autocommit(False)
    try:
        with transaction.atomic():
            assert not transactions.commits_on_exit(connection)
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


class BlocksOfTestCase(TestCase):
    def test_are_marked(self):
        with transaction.atomic():
            marks = list(
                map(transactions.is_block_of_test_case, transactions.open_blocks(connection))
            )
        assert marks == [True, True, False]


@pytest.mark.django_db
def test_blocks_that_bulk_create_opens(monkeypatch):
    found = []
    original = QuerySet._insert

    def _insert(self, *args, **kwargs):
        frame = sys._getframe()
        while frame.f_code.co_filename != QuerySet.bulk_create.__code__.co_filename:
            frame = frame.f_back
        while frame.f_code.co_name in ("_batched_insert", "bulk_create"):
            if transactions.is_opened_by_bulk_create(frame):
                found.append(frame.f_code.co_name)
            frame = frame.f_back
        return original(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "_insert", _insert)
    before = len(transactions.open_blocks(connection))
    opened = []

    def count(execute, *args):
        opened.append(len(transactions.open_blocks(connection)) - before)
        return execute(*args)

    with connection.execute_wrapper(count):
        Plain.objects.bulk_create([Plain(), Plain()], batch_size=1)
    # A block for each name that was found, on the way of each of two statements.
    assert sum(opened) == len(found) > 0


@pytest.mark.django_db(transaction=True)
def test_savepoints_are_counted():
    with transaction.atomic():
        before = transactions.savepoints_made(connection)
        sid = transaction.savepoint() if django.VERSION < (6, 1) else connection.savepoint()
        assert transactions.savepoint_number(sid) == transactions.savepoints_made(connection)
        assert transactions.savepoints_made(connection) == before + 1
    assert transactions.savepoint_number("of_another_kind") == 0


@pytest.mark.django_db(transaction=True)
def test_a_transaction_ends_by_the_connections_methods():
    ends = []
    inner = transaction.get_connection()

    def end(name):
        def method(*args):
            ends.append(name)
            getattr(type(inner), name)(inner, *args)

        return method

    names = ("commit", "rollback", "savepoint_rollback")
    transactions.hook_transaction(inner, **{name: end(name) for name in names})
    try:
        with transaction.atomic(), pytest.raises(KeyError), transaction.atomic():
            raise KeyError
        with pytest.raises(KeyError), transaction.atomic():
            raise KeyError
    finally:
        transactions.unhook_transaction(inner)
    assert ends == ["savepoint_rollback", "commit", "rollback"]
    with transaction.atomic():
        pass
    assert len(ends) == 3


def test_queries_that_read_one_table():
    rows = Slip.objects.filter(pk=1)
    assert queries.reads_one_table(rows.query)
    assert queries.reads_one_table(Slip.objects.exclude(pk=1).query)
    joined = rows.filter(company__name="")
    assert not queries.reads_one_table(joined.query)
    assert not queries.reads_one_table((rows | Slip.objects.filter(pk=2)).query)
    assert queries.is_plain(rows.query)
    others = [joined, rows.annotate(n=F("pk")), rows.distinct(), rows.union(rows)]
    for other in [*others, rows.extra(tables=["testapp_plain"])]:
        assert not queries.is_plain(other.query)


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_transaction_is_watched_once_and_before_the_callbacks():
    calls = []

    def committed(found):
        assert found is inner
        assert transaction.get_autocommit()
        calls.append("committed")

    inner = transaction.get_connection()
    with transaction.atomic():
        transaction.on_commit(lambda: calls.append("callback"))
        with transaction.atomic():
            transactions.watch_end(inner, committed=committed)
        transactions.watch_end(inner, committed=committed)
    assert calls == ["committed", "callback"]
    with transaction.atomic():
        pass
    with pytest.raises(KeyError), transaction.atomic():
        transactions.watch_end(inner, committed=committed)
        raise KeyError
    with transaction.atomic():
        pass
    assert calls == ["committed", "callback"]
    left = {"gapless_watched", "run_and_clear_commit_hooks", "_rollback"}
    assert left.isdisjoint(vars(inner))


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_transaction_by_commit_and_by_rollback():
    inner = transaction.get_connection()
    calls = []

    def call(ended, committed):
        assert started < ended < perf_counter()
        assert transaction.get_autocommit()
        calls.append(committed)

    started = perf_counter()
    with transaction.atomic():
        transaction.on_commit(lambda: calls.append("callback"))
        with transaction.atomic():
            at_end(inner, call)
        at_end(inner, call)
    assert calls == ["callback", True, True]
    for fail in (lambda: calls.clear(), lambda: inner.close()):
        with pytest.raises(KeyError), transaction.atomic():
            at_end(inner, call)
            fail()
            raise KeyError
    with transaction.atomic():
        pass
    assert calls == [False]
    assert {"gapless_at_end", "set_autocommit"}.isdisjoint(vars(inner))


@pytest.mark.django_db(transaction=True)
def test_the_call_is_made_where_a_callback_fails():
    calls = []
    with pytest.raises(KeyError), transaction.atomic():
        at_end(transaction.get_connection(), lambda *found: calls.append(found))
        transaction.on_commit(lambda: {}["missing"])
    assert [committed for _ended, committed in calls] == [True]


@pytest.mark.django_db(transaction=True)
def test_callbacks_are_dropped_where_the_end_is_not_known():
    def fail(found):
        raise KeyError

    calls = []
    with pytest.raises(KeyError), transaction.atomic():
        transaction.on_commit(lambda: calls.append("callback"))
        transactions.watch_end(transaction.get_connection(), committed=fail)
    with transaction.atomic():
        transaction.on_commit(lambda: calls.append("next"))
    assert calls == ["next"]


def test_queries_that_can_be_filtered():
    rows = Plain.objects.all()
    assert queries.can_be_filtered(rows.query)
    for complete in (rows[:1], rows.union(rows)):
        assert not queries.can_be_filtered(complete.query)
        with pytest.raises((TypeError, NotSupportedError)):
            complete.filter(pk=1)


@pytest.mark.django_db
def test_a_queryset_is_prepared_to_write_and_reads_its_rows_again(monkeypatch):
    monkeypatch.setattr(router, "routers", [Reader()])
    rows = Plain.objects.all()
    assert rows.db == "other"
    queries.prepare_to_write(rows)
    assert rows.db == "default"
    assert list(rows) == []
    row = Plain.objects.using("default").create()
    assert list(rows) == []
    queries.forget_results(rows)
    assert list(rows) == [row]


@pytest.mark.django_db
def test_a_condition_is_added_for_a_while():
    Plain.objects.create(note="a")
    rows = Plain.objects.filter(note="a")
    with queries.condition_added(rows.query, Holds({Plain._meta.get_field("note"): "b"})):
        assert list(rows.values_list("note")) == []
    assert list(rows.values_list("note")) == [("a",)]


def test_historical_models():
    state = ProjectState()
    state.add_model(ModelState.from_model(Plain))
    assert internal_models.is_for_migrations(state.apps.get_model("testapp", "Plain"))
    assert not internal_models.is_for_migrations(Plain)


def test_the_call_that_a_thread_runs_for_a_coroutine():
    def frames():
        frame = sys._getframe()
        while frame is not None:
            if (found := internal_models.awaited_call(frame)) is not None:
                return found
            frame = frame.f_back
        return None

    async def main():
        return await sync_to_async(frames)(), asyncio.get_running_loop()

    (loop, call), running = asyncio.run(main())
    assert loop is running
    assert isinstance(call, SyncToAsync)


@pytest.mark.django_db
def test_what_is_deleted_with_a_row():
    person = Member.objects.create(name="m").person_ptr
    found = internal_models.rows_deleted_with([person], "default")
    assert {(type(row), row.pk) for row in found} == {(Person, person.pk), (Member, person.pk)}


@pytest.mark.parametrize(
    "name", ["InteractiveMigrationQuestioner", "NonInteractiveMigrationQuestioner"]
)
def test_what_makemigrations_asks(name):
    """The questions are asked with the names of the field and of the model."""
    owner = getattr(questioner, name)
    for method in ("ask_not_null_addition", "ask_not_null_alteration"):
        wrapped = getattr(owner, method)
        assert wrapped.is_wrapped_by_gapless_fields
        parameters = list(inspect.signature(wrapped).parameters)
        assert parameters == ["self", "field_name", "model_name"]
