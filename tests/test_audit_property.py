"""The audit in SQL agrees with one that looks at every row in Python."""

from __future__ import annotations

from collections import Counter as Multiset

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gapless_fields.audit import Kind, audit
from gapless_fields.models import Counter, RegisterEntry
from gapless_fields.series.series import Series
from tests.auditapp.models import Left, Proven, Right

pytestmark = pytest.mark.django_db

START = 3
TEXTS = ["a", "A", "á", "a ", "", None]
TEAMS = [None, 1, 2]

a_few = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
scopes = st.tuples(st.sampled_from(TEXTS), st.sampled_from(TEAMS))
rows = st.tuples(
    st.sampled_from([Left, Right]),
    scopes,
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 9)),
)
counters = st.dictionaries(scopes, st.integers(0, 11), max_size=4)
voids = st.tuples(scopes, st.integers(0, 9), st.integers(0, 3))


def numbered_rows(scope, first, last):
    return [(Left if n % 2 else Right, scope, True, n) for n in range(first, last + 1)]


runs = st.builds(numbered_rows, scopes, st.just(START), st.integers(START, 8))


def series_of(scope):
    text, team = scope
    return Series("audited", START, scope=(text, None if team is None else str(team)))


def by_hand(table, last_numbers, void_numbers):
    """What is wrong with each series: sets of (kind, number), and how many rows are due."""
    found = {}
    for scope in {scope for _, scope, _, _ in table} | set(last_numbers):
        mine = [row for row in table if row[1] == scope]
        numbers = Multiset(row[3] for row in mine if row[3] is not None)
        due = sum(1 for row in mine if row[3] is None and row[2])
        last = last_numbers.get(scope)
        if not numbers and not due and last is None:
            continue
        void = {
            n
            for of, first, more in void_numbers
            if of == scope
            for n in range(first, first + more + 1)
        }
        end = max([*numbers, -1 if last is None else last])
        faults = {
            (Kind.MISSING, n) for n in range(START, end + 1) if n not in numbers | Multiset(void)
        }
        faults |= {(Kind.DOUBLE, n) for n, times in numbers.items() if times > 1}
        faults |= {(Kind.BELOW_START, n) for n in numbers if n < START}
        faults |= {(Kind.VOID_IN_USE, n) for n in numbers if n in void}
        if last is None:
            faults |= {(Kind.NO_COUNTER, n) for n in numbers}
        else:
            faults |= {(Kind.ABOVE_COUNTER, n) for n in numbers if n > last}
        found[series_of(scope).scope] = (faults, sum(numbers.values()), due)
    return found


def by_audit(report, table):
    """The same from a report, whose ranges of rows also span numbers that no row carries."""
    found = {}
    for one in report:
        carried = {number for _, scope, _, number in table if series_of(scope).scope == one.scope}
        faults = {
            (finding.kind, number)
            for finding in one.faults
            if finding.numbers is not None
            for number in range(finding.numbers.first, finding.numbers.last + 1)
            if finding.kind is Kind.MISSING or number in carried
        }
        due = sum(fault.count for fault in one.faults if fault.kind is Kind.UNNUMBERED)
        found[one.scope] = faults, one.rows, due
    return found


def insert(table, last_numbers, void_numbers):
    quote = connection.ops.quote_name
    for model in (Left, Right):
        values = [[*scope, due, number] for of, scope, due, number in table if of is model]
        if values:
            columns = ", ".join(map(quote, ("text", "team", "due", "number")))
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {model._meta.db_table} ({columns}) VALUES (%s, %s, %s, %s)",
                    values,
                )
    for scope, last in last_numbers.items():
        series = series_of(scope)
        Counter.objects.create(key=series.key, name=series.name, scope=series.scope_text, last=last)
    for scope, first, more in void_numbers:
        series = series_of(scope)
        RegisterEntry.objects.create(
            kind="void",
            key=series.key,
            name=series.name,
            scope=series.scope_text,
            first=first,
            last=first + more,
            reason="-",
        )


@a_few
@given(
    table=st.lists(rows, max_size=12),
    more=st.lists(runs, max_size=6),
    last_numbers=counters,
    void_numbers=st.lists(voids, max_size=3),
)
def test_random_tables(table, more, last_numbers, void_numbers):
    table = [*table, *(row for run in more for row in run)]
    for run in more:
        last_numbers.setdefault(run[0][1], run[-1][3])
    with transaction.atomic():
        insert(table, last_numbers, void_numbers)
        found = by_audit(audit(Left), table)
        transaction.set_rollback(True)
    assert found == by_hand(table, last_numbers, void_numbers)


numbers = st.one_of(
    st.integers(1, 8).map(lambda last: set(range(1, last + 1))), st.sets(st.integers(0, 9))
)


@a_few
@given(
    series=st.dictionaries(st.integers(1, 5), st.tuples(numbers, st.integers(0, 10)), min_size=1),
    void_numbers=st.dictionaries(st.integers(1, 5), st.integers(0, 9), max_size=2),
)
def test_random_tables_of_which_a_constraint_proves_that_nothing_is_double(series, void_numbers):
    with transaction.atomic():
        for company, (carried, last) in series.items():
            mine = Series("proven", scope=(str(company), "2026"))
            names = {"key": mine.key, "name": mine.name, "scope": mine.scope_text}
            Counter.objects.create(**names, last=last)
            if company in void_numbers:
                number = void_numbers[company]
                RegisterEntry.objects.create(**names, kind="void", first=number, last=number)
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {Proven._meta.db_table} (company, year, number)"
                    " VALUES (%s, 2026, %s)",
                    [[company, number] for number in carried],
                )
        report = {int(one.scope[0]): one for one in audit(Proven)}
        transaction.set_rollback(True)
    assert report.keys() == series.keys()
    for company, (carried, last) in series.items():
        void = {void_numbers[company]} if company in void_numbers else set()
        missing = set(range(1, max([last, *carried]) + 1)) - carried - void
        found = {
            number for one in report[company].missing for number in range(one.first, one.last + 1)
        }
        assert found == missing
        is_right = not missing and not void & carried and all(1 <= n <= last for n in carried)
        assert report[company].is_complete == is_right
