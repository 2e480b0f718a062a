"""The inner parts of the check of lines: each by itself, on a few lines of code."""

from __future__ import annotations

import ast
import textwrap
from itertools import product
from pathlib import Path

import pytest

import gapless_fields
from gapless_fields.callsites import Options, Target
from gapless_fields.callsites.engine.definitions import Module
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.options import kept_parameters, may_set, options_of
from gapless_fields.callsites.engine.rows import Rows
from gapless_fields.callsites.engine.solver import MOST_READS, Solver
from gapless_fields.callsites.engine.summaries import Option
from gapless_fields.callsites.engine.syntax import name_of, path_of, statements_in
from gapless_fields.callsites.engine.values import (
    Atomic,
    Constant,
    Instance,
    Items,
    Newness,
    Origin,
    Parameter,
)
from gapless_fields.callsites.files.sources import Sources
from gapless_fields.callsites.rules.due import MAYBE, NO, YES, conditions_of, is_filled
from gapless_fields.callsites.rules.frameworks import Framework
from gapless_fields.callsites.rules.highest import is_last_row, is_one_added
from gapless_fields.callsites.rules.known import together
from gapless_fields.callsites.rules.narrowing import narrowings
from gapless_fields.callsites.rules.newness import new_if, none_if
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.transactions import in_all
from gapless_fields.callsites.search.naming import is_called

NEW, EITHER, SAVED = Newness.NEW, Newness.EITHER, Newness.SAVED
MODELS = """
from django.db import models
from gapless_fields import GaplessSequenceField

class Invoice(models.Model):
    number = GaplessSequenceField(sequence="invoices")
"""


def expression(text):
    return ast.parse(text, mode="eval").body


@pytest.fixture
def project(tmp_path):
    """A project with a numbered model, whose other file the test writes."""

    def make(text):
        shop = tmp_path / "shop"
        shop.mkdir()
        (shop / "models.py").write_text(MODELS)
        (shop / "jobs.py").write_text(textwrap.dedent(text))
        made = Project(Sources([tmp_path]), [Target("shop.models.Invoice")], Options())
        with made.modules.parsing:
            assert made.models.find() == []
        for name in ("models", "jobs"):
            made.engine.scan(made.modules.parsed(str(shop / f"{name}.py")))
        return made

    return make


def function(project, name):
    module = next(m for m in project.engine.scanned if m.path.endswith("jobs.py"))
    return next(f for f in module.functions if f.name == name)


# Rows


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        (NEW, NEW, NEW),
        (NEW, SAVED, NEW),
        (NEW, EITHER, NEW),
        (NEW, None, NEW),
        (EITHER, SAVED, EITHER),
        (EITHER, None, EITHER),
        (SAVED, SAVED, SAVED),
        (SAVED, None, None),
    ],
)
def test_what_is_known_of_a_row_where_two_ways_meet(one, other, merged):
    origin = Origin(expression("Invoice()"))
    for known in ((one, other), (other, one)):
        rows = Rows()
        rows.merge([Rows({origin: newness} if newness else {}) for newness in known])
        assert rows.newness.get(origin) is merged


def test_a_row_of_which_only_the_class_is_known_may_be_saved():
    argument = ast.arg("invoice")
    typed, given = Origin(argument), Origin(argument, parameter=Parameter(None, "invoice"))
    rows = Rows({typed: EITHER, given: EITHER})
    assert rows.maybe_saved(Instance(None, typed))
    assert not rows.is_given(Instance(None, typed))
    assert rows.is_given(Instance(None, given))
    assert not rows.maybe_saved(Instance(None, given))
    assert all(rows.may_be_new(Instance(None, origin)) for origin in (typed, given))
    assert not any(rows.is_new(Instance(None, origin)) for origin in (typed, given))


def test_a_saved_row_is_not_made_new_by_a_condition():
    origin = Origin(expression("Invoice()"))
    rows = Rows()
    rows.renew([origin])
    rows.columns[origin] = {"issued_on": YES}
    rows.save(origin)
    rows.not_new([origin])
    assert rows.newness == {origin: SAVED}
    assert rows.columns == {}


# The solver


@pytest.fixture
def functions(tmp_path):
    """Functions ``a`` to ``d``, of which only the identity matters."""
    (tmp_path / "jobs.py").write_text("def a(): 0\ndef b(): 0\ndef c(): 0\ndef d(): 0\n")
    (source,) = Sources([tmp_path])
    return Module(source, source.parse()).functions


def test_the_solver_reads_again_whoever_knows_half(functions):
    a, b, c, _d = functions
    reads = []

    def read(function, summary):
        reads.append(function)
        if function is a:  # a -> b -> a
            solver.summary(b)
            summary.renews.add("row")
        elif function is b:
            summary.renews.update(solver.summary(a).renews)
        elif function is c:
            solver.summary(a)

    solver = Solver(read)
    solver.summary(c)
    assert reads == [c, a, b]
    solver.solve()
    assert solver.summary(b).renews == {"row"}
    assert solver.is_done


def test_the_solver_forgets_what_a_function_tells_no_more(functions):
    a, b, c, _d = functions
    told = {a: ["first"], b: ["second"]}

    def read(function, summary):
        for value in told.get(function, ()):
            assert solver.tell(function, "key", value, is_new=function is a)
        if function is c:
            summary.renews.update(solver.told("key"))

    solver = Solver(read)
    for one in (c, a, b):
        solver.summary(one)
    solver.solve()
    assert solver.summary(c).renews == {"first", "second"}
    assert solver.told("key") == {"first": True, "second": False}
    assert solver.tellers("key") == [a, b]
    told[a] = []
    solver.again([a])
    solver.solve()
    assert solver.summary(c).renews == {"second"}


def test_the_solver_takes_no_word_of_whoever_is_not_read(functions):
    a, b, _c, _d = functions
    told = []

    def read(function, summary):
        told.append(solver.tell(b, "key", "value", is_new=True))

    solver = Solver(read)
    assert not solver.tell(a, "key", "value", is_new=True)
    solver.summary(a)
    assert told == [False]


def test_the_solver_ends_where_two_never_agree(functions):
    a, b, _c, _d = functions
    reads = []

    def read(function, summary):
        reads.append(function)
        solver.summary(b if function is a else a)
        summary.renews.add(str(len(reads)))

    solver = Solver(read)
    solver.summary(a)
    solver.solve()
    assert solver.is_done
    assert max(reads.count(a), reads.count(b)) == MOST_READS


# Syntax


def test_statements_are_found_in_all_blocks():
    for path in Path(gapless_fields.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        found = list(statements_in(tree.body))
        expected = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        assert len(found) == len(expected)
        assert set(found) == set(expected)


def test_names():
    assert path_of(expression("a.b.c")) == "a.b.c"
    assert path_of(expression("a().b")) == ""
    assert name_of(expression("a.b.c(1)")) == "c"
    assert name_of(expression("a[0]")) == ""


def test_options_of_conditions():
    on, off = Option("save", "true", True), Option("save", "true", False)
    assert options_of(expression("save")) == ((on,), (off,))
    assert options_of(expression("not save")) == ((off,), (on,))
    assert options_of(expression("save and other(1)")) == ((on,), ())
    assert options_of(expression("account is None"))[0] == (Option("account", "none", True),)
    assert options_of(expression("save == 3")) == ((), ())


def test_calls_that_may_set_options(project):
    made = project("def make(save=True, account=None): pass\n")
    make = function(made, "make")
    off = (Option("save", "true", False),)
    assert may_set(expression("make(save=False)"), make, off)
    assert not may_set(expression("make()"), make, off)
    assert not may_set(expression("make(True)"), make, off)
    assert may_set(expression("make(by_hand)"), make, off)
    assert may_set(expression("make(**values)"), make, off)
    given = (Option("account", "none", False),)
    assert may_set(expression("make(account=3)"), make, given)
    assert not may_set(expression("make()"), make, given)
    assert kept_parameters(make) == {"save", "account"}


# Expressions and functions


def test_expressions_stand_for_rows(project):
    made = project("from shop.models import Invoice\n")
    module = next(m for m in made.engine.scanned if m.path.endswith("jobs.py"))
    state = state_of(module)

    def evaluate(text):
        return made.engine.evaluate(state, expression(text))

    (row,) = evaluate("Invoice()")
    assert row.cls.name == "Invoice"
    assert state.rows.is_new(row)
    (fetched,) = evaluate("Invoice.objects.filter(paid=True).first()")
    assert fetched.cls is row.cls
    assert not state.rows.may_be_new(fetched)
    (items,) = evaluate("[Invoice(), 3]")
    assert isinstance(items, Items)
    assert evaluate("[Invoice(), 3][1]") == (Constant(3),)
    assert evaluate("{'invoice': 1}['invoice']") == (Constant(1),)
    assert evaluate("who_knows_what") == ()


def test_a_function_returns_its_row_to_the_caller(project):
    made = project(
        """
        from shop.models import Invoice

        def build():
            return Invoice()

        def made():
            invoice = build()
            invoice.save()
            return invoice
        """
    )
    assert made.solver.summary(function(made, "build")).unsaved
    summary = made.solver.summary(function(made, "made"))
    (site,) = summary.sites
    assert (site.call, site.line) == ("invoice.save()", 9)
    assert not summary.unsaved
    assert [call.line for call in summary.calls if call.target is function(made, "build")] == [8]


def test_what_on_commit_runs_says_nothing_of_other_callers(project):
    made = project(
        """
        from django.db import transaction
        from shop.models import Invoice

        class View:
            def post(self, request):
                transaction.on_commit(self.send)
                self.keep()

            def send(self):
                self.keep()

            def keep(self):
                Invoice.objects.create()
        """
    )
    (site,) = made.solver.summary(function(made, "keep")).sites
    assert site.deferred == ""
    calls = made.solver.summary(function(made, "post")).calls
    how = {call.how for call in calls if call.target is function(made, "keep")}
    assert how == {"direct"}
    assert {c.how for c in calls if c.target is function(made, "send")} == {"on_commit"}


def test_a_row_is_saved_by_an_option(project):
    made = project(
        """
        from shop.models import Invoice

        def make(commit=False):
            invoice = Invoice()
            if commit:
                invoice.save()
            return invoice

        def unsaved(commit):
            make().save()
            make(commit=True).save()
            make(commit=commit).save()
            make(True).save()
            make(commit).save()
        """
    )
    sites = made.solver.summary(function(made, "unsaved")).sites
    assert [(site.line, site.is_doubtful) for site in sites] == [
        *((11, False), (13, True), (15, True)),
    ]


def test_save_base_passes_over_the_own_save(project):
    made = project(
        """
        from shop.models import Invoice

        class Order(Invoice):
            def save(self, *args, **kwargs):
                super().save(*args, **kwargs)

        def both():
            order = Order()
            order.save_base()
            Order().save()
        """
    )
    sites = made.solver.summary(function(made, "both")).sites
    assert [len(site.overrides) for site in sites] == [0, 1]


# Rules


@pytest.mark.parametrize(
    ("test", "owner", "new"),
    [
        ("row.pk", "row", False),
        ("not row.pk", "row", True),
        ("row.pk is None", "row", True),
        ("row.id is not None", "row", False),
        ("self.row._state.adding", "self.row", True),
        ("bool(row.pk)", "row", False),
        ("created", "created", True),
        ("is_new and other", "row", True),
        ("row.total == 3", None, False),
    ],
)
def test_conditions_that_ask_for_new_rows(test, owner, new):
    found, holds = new_if(expression(test), {"is_new": expression("row.pk is None")})
    assert (path_of(found) if found is not None else None) == owner
    assert holds is new


def test_conditions_that_ask_for_none():
    assert none_if(expression("not row"))[1] is True
    assert none_if(expression("row is not None"))[1] is False
    assert none_if(expression("row.pk")) == (None, False)


def test_conditions_that_ask_for_a_class():
    (found,) = narrowings(expression("not isinstance(form, InvoiceForm)"))
    assert (name_of(found.of), name_of(found.classes), found.holds) == (
        "form",
        "InvoiceForm",
        False,
    )
    assert list(narrowings(expression("form.is_valid()"))) == []


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        *(("None", NO), ("''", NO), ("'x'", YES), ("timezone.now()", YES), ("given", MAYBE)),
        *(("given or today()", YES), ("request.user", YES)),
    ],
)
def test_values_that_issue_a_draft(value, filled):
    assert is_filled(expression(value)) == filled


def test_conditions_of_when():
    (one,) = conditions_of(expression("Q(state='issued', paid=True)"))
    assert one.keys() == {"state", "paid"}
    assert len(conditions_of(expression("Q(a=1) | Q(b=2)"))) == 2
    assert conditions_of(expression("Q(a__gt=1)")) == []


def test_queries_for_the_last_row():
    assert is_last_row(expression("Invoice.objects.latest('number')"))
    assert is_last_row(expression("Invoice.objects.order_by('-number').first()"))
    assert not is_last_row(expression("Invoice.objects.order_by('number').first()"))
    assert is_one_added(expression("1 + last"))
    assert not is_one_added(expression("last + True"))


@pytest.mark.parametrize("certain", list(product([True, False], repeat=2)))
def test_a_wrapper_is_certain_where_all_ways_are(certain):
    opens = [(Atomic(None, "atomic()", one),) for one in certain]
    assert in_all(opens, "wrapper()") == Atomic(None, "wrapper()", all(certain))
    assert in_all([*opens, ()], "wrapper()") == Atomic(None, "wrapper()", certain=False)
    assert in_all([(), ()], "wrapper()") is None


def test_frameworks_are_put_together():
    one = Framework(tasks=frozenset({"one"}), view_bases=("A",), deferring={"later": "queue"})
    other = Framework(tasks=frozenset({"other"}), view_bases=("B",), deferring={"soon": "thread"})
    found = together((one, other))
    assert found.tasks == {"one", "other"}
    assert found.view_bases == ("A", "B")
    assert found.deferring == {"later": "queue", "soon": "thread"}


def test_variables_are_called_as_classes_are(project):
    made = project("class OrderLineItem: pass\n")
    module = next(m for m in made.engine.scanned if m.path.endswith("jobs.py"))
    (cls,) = module.classes
    assert [is_called(n, cls) for n in ("order_line_item", "line_item", "order", "it", "x")] == [
        *(2, 1, 1, 0, 0)
    ]
