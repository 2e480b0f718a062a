"""A model's own save() that opens atomic() for its row alone is not the step of the business."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test.utils import isolate_apps

from gapless_fields import get_last_value
from tests.test_outside_atomic import caught, line_of, load
from tests.testapp.models import Invoice

MODELS = """
from django.db import transaction
from tests.testapp.models import Company, Invoice, Paper

class Bare(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        self.full_clean()
        with transaction.atomic():
            super().save(*args, **kwargs)

class Heir(Bare):
    class Meta:
        app_label = "testapp"
        proxy = True

    @transaction.atomic
    def save(self, *args, **kwargs):
        return super().save(
            *args,
            **kwargs,
        )

class BarePaper(Paper):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            return super().save(*args, **kwargs)

class Decorated(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    @transaction.atomic
    def save(self, *args, **kwargs):
        return super().save(*args, **kwargs)

class Whole(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            Company.objects.create(name="x")

class WholeDecorated(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    @transaction.atomic
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        Company.objects.create(name="x")

class Elsewhere(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        with transaction.atomic(using="other"):
            super().save(*args, **kwargs)

class Unclear(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, using=None, **kwargs):
        with transaction.atomic(using=using):
            super().save(*args, using=using, **kwargs)

class Computed(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            self.compute()
            super().save(*args, **kwargs)
            transaction.on_commit(lambda: Company.objects.create(name="x"))

    def compute(self):
        self.note = self.note.strip()
        self.check()

    def check(self):
        if Company.objects.filter(name=self.note).exists():
            raise ValueError(self.note)

class Conditional(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    if transaction:
        def save(self, *args, **kwargs):
            with transaction.atomic():
                super().save(*args, **kwargs)

class Logged(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.log()

    def log(self):
        self.again()

    def again(self):
        Company.objects.create(name="x")

class Plain(Invoice):
    class Meta:
        app_label = "testapp"
        proxy = True

    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
"""

SERVICES = """
from django.db import transaction

def save(model):
    model(note="x").save()  # here

def create(model):
    model.objects.create(note="x")  # here

def get_or_create(model):
    model.objects.get_or_create(note="x")  # here

def step(model):
    with transaction.atomic():
        model(note="x").save()

@transaction.atomic
def decorated_step(model):
    model.objects.create(note="x")

def made_atomic(model):
    transaction.atomic(model.objects.create)(note="x")
"""


@pytest.fixture
def models(tmp_path):
    """Models whose source can be read, as in a project."""
    path = tmp_path / "models.py"
    path.write_text(MODELS)
    with isolate_apps("tests.testapp"):
        return load(MODELS, "shop.models", str(path))


@pytest.fixture
def services():
    return load(SERVICES)


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
@pytest.mark.parametrize("call", ["save", "create", "get_or_create"])
@pytest.mark.parametrize(
    "model", ["Bare", "Heir", "Decorated", "Computed", "Conditional", "Plain", "Elsewhere"]
)
def test_a_block_around_the_row_alone_is_no_step(models, services, model, call):
    (found,) = caught(getattr(services, call), getattr(models, model))
    assert (found.filename, found.lineno) == ("/srv/shop/services.py", line_of(SERVICES, call))


@pytest.mark.django_db(databases=["default", "other"])
@pytest.mark.parametrize("model", ["Bare", "Heir", "Decorated", "Computed"])
def test_nor_in_a_testcase(models, services, model):
    (found,) = caught(services.create, getattr(models, model))
    assert found.lineno == line_of(SERVICES, "create")


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
@pytest.mark.parametrize("call", ["save", "create", "get_or_create"])
@pytest.mark.parametrize("model", ["Whole", "WholeDecorated", "Logged", "Unclear"])
def test_a_block_that_holds_more_or_whose_database_is_not_known_counts(
    models, services, model, call
):
    assert caught(getattr(services, call), getattr(models, model)) == []


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
@pytest.mark.parametrize("call", ["step", "decorated_step", "made_atomic"])
@pytest.mark.parametrize("model", ["Bare", "Heir", "Decorated", "Whole", "Plain", "Elsewhere"])
def test_a_block_of_the_caller_counts(models, services, model, call):
    assert caught(getattr(services, call), getattr(models, model)) == []
    assert get_last_value("invoices") == 1


@pytest.mark.django_db(transaction=True)
def test_nor_around_the_update_that_issues_a_draft(models):
    source = """
        from django.db import transaction

        def issue(paper):
            paper.signed = True
            paper.save()  # here

        def issue_in_a_step(paper):
            with transaction.atomic():
                issue(paper)
        """
    services = load(source)
    drafts = [models.BarePaper.objects.create(), models.BarePaper.objects.create()]
    (found,) = caught(services.issue, drafts[0])
    assert found.lineno == line_of(source, "issue")
    assert caught(services.issue_in_a_step, drafts[1]) == []
    assert [paper.number for paper in drafts] == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_method_whose_source_is_not_there_counts(services):
    with isolate_apps("tests.testapp"):
        models = load(MODELS, "shop.models", "/srv/shop/models.py")
    assert caught(services.create, models.Bare) == []
    assert caught(services.create, models.Decorated) == []
    with transaction.atomic():
        assert caught(services.create, Invoice) == []
