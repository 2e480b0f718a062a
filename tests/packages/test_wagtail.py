"""wagtail: pages, their copies and aliases, and snippets that are published."""

from __future__ import annotations

import pytest

from tests.packages.projects import project

SETTINGS = """
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "taggit",
    "wagtail",
    "gapless_fields",
    "shop",
]
# A hundred migrations that no test needs.
MIGRATION_MODULES = dict.fromkeys(["auth", "contenttypes", "taggit", "wagtailcore"])
STATIC_URL = "/static/"
"""
SHOP = """
from django.db import models
from gapless_fields import GaplessSequenceField
from wagtail.models import DraftStateMixin, Page, RevisionMixin

class Invoice(Page):
    number = GaplessSequenceField(sequence="invoices")
    exclude_fields_in_copy = ["number"]

class CopiedWhole(Page):
    number = GaplessSequenceField(sequence="copied_whole")

class Snippet(DraftStateMixin, RevisionMixin, models.Model):
    text = models.CharField(max_length=10)
    number = GaplessSequenceField(sequence="snippets", when="live", null=True)
"""
ROOT = """
call_command("migrate", run_syncdb=True, verbosity=0)

from wagtail.models import Locale, Page

Locale.objects.create(language_code="en")
Page.add_root(title="root", slug="root")
"""
NAMES = """
from django.core.exceptions import ValidationError
from django.db import transaction
from gapless_fields import get_last_value
from shop.models import CopiedWhole, Invoice, Snippet
from wagtail.models import Page

root = Page.get_first_root_node()

def refused(function, **kwargs):
    try:
        with transaction.atomic():
            function(**kwargs)
    except ValidationError as error:      # wagtail calls full_clean()
        return error.message_dict
"""
REVISIONS = """
with transaction.atomic():
    page = root.add_child(instance=Invoice(title="a", slug="revised"))
page.title = "b"
page.save_revision().publish()
page.unpublish()
page.get_latest_revision().publish()
print(*Invoice.objects.values_list("title", "number", "live"))
page.delete()
"""
COPIES = """
with transaction.atomic():
    page = root.add_child(instance=Invoice(title="a", slug="a"))
    copy = page.copy(update_attrs={"slug": "b"})
    whole = root.add_child(instance=CopiedWhole(title="c", slug="c"))
print(copy.number - page.number, get_last_value("invoices") - copy.number)
print(refused(whole.copy, update_attrs={"slug": "d"}))
print(refused(page.create_alias, update_slug="e"))
print(get_last_value("copied_whole"), Page.objects.filter(slug__in="de").count())
"""
SNIPPETS = """
drafts = [Snippet.objects.create(text=text, live=False) for text in "ab"]
revisions = [draft.save_revision() for draft in drafts]
print(get_last_value("snippets"))
with transaction.atomic():
    revisions[1].publish()
    revisions[0].publish()
    drafts[1].unpublish()
    revisions[1].publish()
print(*Snippet.objects.order_by("text").values_list("text", "live", "number"))
"""


@pytest.fixture
def run(django_db_setup, django_db_blocker, tmp_path):
    with django_db_blocker.unblock(), project(tmp_path, SETTINGS, shop=SHOP) as run:
        run(ROOT)
        yield run


def test_a_page_keeps_its_number_when_it_is_published_and_unpublished(run):
    assert run(NAMES + REVISIONS) == ["('b', 1, True)"]


def test_copies_have_numbers_of_their_own_or_are_refused_and_so_are_aliases(run):
    assert run(NAMES + COPIES) == [
        "1 0",
        "{'number': ['Copied whole with this Number already exists.']}",
        "{'number': ['Invoice with this Number already exists.']}",
        "1 0",
    ]


def test_a_snippet_is_numbered_when_it_is_published(run):
    assert run(NAMES + SNIPPETS) == ["None", "('a', True, 2) ('b', True, 1)"]
