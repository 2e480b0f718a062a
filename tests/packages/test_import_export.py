"""django-import-export: files with numbers and without, previews, and drafts issued in bulk."""

from __future__ import annotations

import pytest
import tablib
from django.db import models
from import_export import fields, resources

from gapless_fields import (
    GaplessSequenceField,
    accept_numbers,
    assign_numbers,
    get_last_value,
)

pytestmark = pytest.mark.django_db


class Imported(models.Model):
    text = models.CharField(max_length=10)
    issued = models.BooleanField(default=True)
    number = GaplessSequenceField(sequence="imported", when="issued", null=True)

    class Meta:
        app_label = "packages"


class PlainResource(resources.ModelResource):
    class Meta:
        model = Imported


class NumbersResource(resources.ModelResource):
    class Meta:
        model = Imported

    def import_data(self, *args, **kwargs):
        with accept_numbers():
            return super().import_data(*args, **kwargs)


class BulkResource(resources.ModelResource):
    number = fields.Field(attribute="number", column_name="number", readonly=True)

    class Meta:
        model = Imported
        use_bulk = True

    def after_import(self, dataset, result, **kwargs):
        super().after_import(dataset, result, **kwargs)
        assign_numbers(Imported.objects.all(), order_by="pk")


def data(headers, *rows):
    return tablib.Dataset(*rows, headers=headers)


def rows():
    return list(Imported.objects.order_by("pk").values_list("text", "number"))


def test_a_file_without_numbers_is_numbered():
    result = PlainResource().import_data(data(["id", "text", "issued"], ["", "a", 1], ["", "b", 1]))
    assert not result.has_errors()
    assert rows() == [("a", 1), ("b", 2)]


def test_a_dry_run_takes_no_number():
    file = data(["id", "text", "issued"], ["", "a", 1])
    result = PlainResource().import_data(file, dry_run=True)
    assert (result.totals["new"], rows()) == (1, [])
    assert get_last_value("imported") is None


def test_a_file_with_numbers_keeps_them_and_the_next_row_goes_on():
    file = data(["id", "text", "issued", "number"], ["", "a", 1, 7], ["", "b", 1, ""])
    result = NumbersResource().import_data(file)
    assert not result.has_errors()
    assert rows() == [("a", 7), ("b", 8)]


def test_a_number_in_use_and_another_number_are_errors_of_their_rows():
    row = Imported.objects.create(text="a")
    file = data(["id", "text", "issued", "number"], ["", "b", 1, 1], [row.pk, "c", 1, 2])
    result = NumbersResource().import_data(file)
    errors = [type(error.error).__name__ for _line, found in result.row_errors() for error in found]
    assert errors == ["NumberInUse", "NumberChanged"]
    assert rows() == [("a", 1)]


def test_numbers_that_are_exported_are_never_imported():
    row = Imported.objects.create(text="a")
    assert BulkResource().export()["number"] == ["1"]
    file = data(["id", "text", "issued", "number"], [row.pk, "b", 1, 5], ["", "c", 1, 6])
    assert not BulkResource().import_data(file).has_errors()
    assert rows() == [("b", 1), ("c", 2)]


def test_drafts_that_are_issued_in_bulk_get_their_numbers():
    drafts = [Imported.objects.create(text=text, issued=False) for text in "ab"]
    file = data(["id", "text", "issued"], *([row.pk, row.text, 1] for row in drafts), ["", "c", 1])
    assert not BulkResource().import_data(file).has_errors()
    assert sorted(rows()) == [("a", 2), ("b", 3), ("c", 1)]
