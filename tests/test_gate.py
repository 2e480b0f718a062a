"""The gate around Django's methods: what it leaves alone, and what it asks the database."""

from __future__ import annotations

import json

import django
import pytest
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.db.models.sql.compiler import SQLInsertCompiler
from django.test.utils import CaptureQueriesContext

from gapless_fields.writing import gate
from tests.inline import in_blocks
from tests.testapp.models import Bare, Invoice, Plain, Shipment


def test_is_put_up_once():
    before = QuerySet._insert, QuerySet._update
    gate.install()
    assert (QuerySet._insert, QuerySet._update) == before
    assert not hasattr(QuerySet._insert.__wrapped__, "gapless")


def test_django_s_marks_on_the_methods_are_kept():
    """Templates must not call them, and managers must have them."""
    for method in (QuerySet._insert, QuerySet._update):
        assert method.alters_data is True
        assert method.queryset_only is False
    assert callable(Invoice.objects._insert)


@pytest.mark.django_db
def test_unnumbered_models_pass_untouched(django_assert_num_queries):
    with django_assert_num_queries(1):
        row = Plain.objects.create(note="a")
    with django_assert_num_queries(1):
        row.save()
    with django_assert_num_queries(1):
        Plain.objects.filter(pk=row.pk)._update([(Plain._meta.get_field("note"), None, "b")])
    assert Plain.objects.get().note == "b"


@pytest.mark.django_db
def test_queries_of_a_numbered_save():
    Invoice.objects.create()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        Invoice.objects.create()
    *counter, insert = [query["sql"] for query in queries]
    if in_blocks():
        assert "gapless_fields_next_value" in insert
        assert counter == []
    else:
        (counter,) = counter
        assert "gapless_fields_counter" in counter
    assert "testapp_invoice" in insert
    with CaptureQueriesContext(connection) as queries:
        Invoice.objects.first().save()
    (_, update) = [query["sql"] for query in queries]
    assert "number" not in update.partition("WHERE")[0]


@pytest.mark.django_db
def test_update_answers_as_django_does_where_nothing_is_left_to_write():
    """Django 5.2 counts the rows, 6.0 and later list them."""
    row = Bare.objects.create()
    number = Bare._meta.get_field("number")
    value = number.pre_save(row, add=False)
    some, none = Bare.objects.filter(pk=row.pk), Bare.objects.filter(pk=row.pk + 1)
    if django.VERSION < (6, 0):
        assert (some._update([(number, None, value)]), none._update([(number, None, value)])) == (
            1,
            0,
        )
    else:
        assert some._update([(number, None, value)], []) == [()]
        assert none._update([(number, None, value)], []) == []
    assert Bare.objects.get().number == row.number


@pytest.mark.django_db
def test_pre_save_outside_the_gate_answers_with_what_is_there():
    """As packages ask that serialize a row, or write it in ways of their own."""
    number = Invoice._meta.get_field("number")
    invoice = Invoice()
    assert number.pre_save(invoice, add=False) is None
    invoice.save()
    assert json.dumps([number.pre_save(invoice, add) for add in (False, True)]) == "[1, 1]"
    with pytest.warns(RuntimeWarning, match=r"Invoice\.number .* assign_numbers\(\)"):
        assert number.pre_save(Invoice(), add=True) is None
    assert Shipment._meta.get_field("number").pre_save(Shipment(), add=True) is None  # a draft


@pytest.mark.django_db
def test_rows_saved_while_a_statement_is_put_together(monkeypatch):
    """A field's pre_save() may save rows of its own, as a FileField's storage does."""
    original = SQLInsertCompiler.pre_save_val

    def pre_save_val(self, field, obj):
        if getattr(obj, "note", "") == "outer":
            obj.note = "saved"
            Invoice.objects.create(note="inner")
        return original(self, field, obj)

    monkeypatch.setattr(SQLInsertCompiler, "pre_save_val", pre_save_val)
    with transaction.atomic():
        outer = Invoice.objects.create(note="outer")
        rows = Invoice.objects.bulk_create([Invoice(note="a"), Invoice(note="outer"), Invoice()])
    monkeypatch.undo()
    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert Invoice.objects.get(pk=outer.pk).number == outer.number
    for row in rows:
        if row.pk is not None:
            assert Invoice.objects.get(pk=row.pk).number == row.number


def test_the_field_is_an_integer_to_django():
    field = Invoice._meta.get_field("number")
    assert isinstance(field, models.PositiveBigIntegerField)
    assert field.get_internal_type() == "PositiveBigIntegerField"
