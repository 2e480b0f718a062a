"""The cases, each a function that yields comparisons."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from django.db import connection, connections, transaction
from django.db.models import Max

from gapless_fields import assign_numbers, deferred_numbering, get_next_values
from gapless_fields.counters.dialects.next_value import FUNCTION
from tests.benchmarks import models
from tests.benchmarks.audit import audits
from tests.benchmarks.comparison import Comparison, Plan, compare
from tests.benchmarks.durable import with_a_disk
from tests.benchmarks.proxy import DELAY, proxy
from tests.benchmarks.sides import (
    COMPANIES,
    DEFERRED,
    FILLED_IN,
    GAPLESS,
    PROTECTED,
    SEQUENCES,
    UNNUMBERED,
    sides,
)
from tests.benchmarks.writers import Task, Writers, run, writers

WRITERS = [1, 2, 4, 8, 16]
BLOCKS = [10, 1_000, 100_000]
PAUSE = 0.020  # seconds
SNAPSHOT_SAVES = 100_000
NUMBERED_LATER = 20_000
CHUNK = 1_000


def names() -> list[str]:
    return [side.name for side in sides()]


def one_writer(plan: Plan) -> Iterator[Comparison]:
    """a. One writer, one save per transaction."""
    for atomic in (False, True):
        yield compare(
            "a",
            "in atomic()" if atomic else "autocommit",
            "saves/s",
            [*names(), PROTECTED.name],
            lambda name, atomic=atomic: run(Task(name, atomic, seconds=plan.seconds)),
            plan.rounds,
        )


def together(pool: Writers, count: int, plan: Plan, task: Callable[[int], Task]) -> float:
    """Rows a second of several writers that begin at the same moment."""
    begin = time.monotonic() + 0.05
    tasks = [task(n) for n in range(count)]
    return pool.together(
        [Task(one.side, one.atomic, one.company, one.pause, begin, plan.seconds) for one in tasks]
    )


def one_series(plan: Plan) -> Iterator[Comparison]:
    """b. Several writers on one series, in autocommit where a side allows it."""
    with writers(max(WRITERS)) as pool:
        for count in WRITERS:
            yield compare(
                "b",
                f"{count} writers",
                "saves/s",
                names(),
                lambda name, count=count: together(
                    pool, count, plan, lambda _: Task(name, atomic=False)
                ),
                plan.rounds,
            )


def many_series(plan: Plan) -> Iterator[Comparison]:
    """c. Several writers, each on a series of its own."""
    able = [side.name for side in sides() if side.by_company is not None]
    with writers(max(WRITERS)) as pool:
        for count in WRITERS:
            yield compare(
                "c",
                f"{count} writers",
                "saves/s",
                able,
                lambda name, count=count: together(
                    pool, count, plan, lambda n: Task(name, False, company=n % COMPANIES)
                ),
                plan.rounds,
            )


def far_away(plan: Plan) -> Iterator[Comparison]:
    """d. Several writers on one series of a database that is a millisecond away."""
    settings = connection.settings_dict
    host = settings["HOST"] or settings["OPTIONS"].get("host", "")
    port = int(settings["PORT"] or {"postgresql": 5432, "mysql": 3306}[connection.vendor])
    if host.startswith("/") and connection.vendor == "postgresql":
        host = f"{host}/.s.PGSQL.{port}"
    with proxy(host, port) as near, writers(max(WRITERS), near) as pool:
        for count in WRITERS:
            yield compare(
                "d",
                f"{count} writers, {DELAY * 1000:.0f} ms away",
                "saves/s",
                names(),
                lambda name, count=count: together(
                    pool, count, plan, lambda _: Task(name, atomic=False)
                ),
                plan.rounds,
            )


CALLED = "django-sequences, one call"
MODELS = {
    UNNUMBERED.name: models.Unnumbered,
    GAPLESS.name: models.Gapless,
    PROTECTED.name: models.Protected,
}


def blocks(plan: Plan) -> Iterator[Comparison]:
    """e. bulk_create() of many rows."""

    def measure(name: str, count: int) -> float:
        if name == FILLED_IN.name:
            first = (models.FilledIn.objects.aggregate(last=Max("number"))["last"] or 0) + 1
            rows = [models.FilledIn(number=first + n) for n in range(count)]
        elif name == CALLED:
            rows = [models.Called() for _ in range(count)]
        else:
            rows = [MODELS[name]() for _ in range(count)]
        start = time.perf_counter()
        with transaction.atomic():
            if name == CALLED:
                for row, number in zip(rows, called(count), strict=True):
                    row.number = number
            type(rows[0])._base_manager.bulk_create(rows)
        return (time.perf_counter() - start) * 1000

    def called(count: int) -> range:
        from sequences import get_next_values

        return get_next_values(count, "called")

    able = [UNNUMBERED.name, FILLED_IN.name, GAPLESS.name, PROTECTED.name, CALLED]
    for count in BLOCKS:
        size = max(count // plan.scale, 1)
        yield compare(
            "e",
            f"{size:,} rows",
            "ms",
            able,
            lambda name, size=size: measure(name, size),
            plan.rounds if count < max(BLOCKS) else 3,
        )


def long_transactions(plan: Plan) -> Iterator[Comparison]:
    """f. Sixteen writers whose transactions do 20 ms of other work after the save."""
    count = max(WRITERS)
    with writers(count) as pool:
        yield compare(
            "f",
            f"{count} writers, {PAUSE * 1000:.0f} ms of other work",
            "saves/s",
            [*names(), DEFERRED.name],
            lambda name: together(pool, count, plan, lambda _: Task(name, pause=PAUSE)),
            plan.rounds,
        )


ADVANCE = """
DO $$
BEGIN
    FOR turn IN 1..{count} LOOP
        PERFORM {function}('gapless', 'gapless', '', 1, NULL, true);
        COMMIT;
        UPDATE sequences_sequence SET last = last + 1 WHERE name = 'called';
        COMMIT;
    END LOOP;
END
$$
"""


def old_snapshot(plan: Plan) -> Iterator[Comparison]:
    """g. One writer, while another session keeps a snapshot open."""
    able = [UNNUMBERED.name, GAPLESS.name, SEQUENCES.name]
    total = SNAPSHOT_SAVES // plan.scale
    other = connections["default"].copy("snapshot")
    with other.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM gapless_fields_counter")
    try:
        for done in range(0, total + 1, total // 5):
            comparison = compare(
                "g",
                f"after {done:,} numbers",
                "saves/s",
                able,
                lambda name: run(Task(name, seconds=plan.seconds / 5)),
                plan.rounds,
            )
            yield comparison
            saves = sum(comparison.figures[GAPLESS.name]) * plan.seconds / 5
            with connection.cursor() as cursor:
                count = max(total // 5 - round(saves), 1)
                cursor.execute(ADVANCE.format(count=count, function=FUNCTION))
    finally:
        other.close()


ASSIGNED, DEFERRED_END, BY_HAND = "assign_numbers()", "deferred_numbering()", "bulk_update()"


def numbered_later(plan: Plan) -> Iterator[Comparison]:
    """h. Rows that are numbered after they were written: drafts, or at the end of a block."""
    count = max(NUMBERED_LATER // plan.scale, 1)

    def measure(name: str) -> float:
        model = models.IssuedByHand if name == BY_HAND else models.Issued
        model.objects.all().delete()
        seconds = at_the_end(count) if name == DEFERRED_END else after_an_update(model, count)
        assert model.objects.filter(number__isnull=False).count() == count
        return seconds * 1000 / count

    able = [ASSIGNED, DEFERRED_END, BY_HAND]
    yield compare("h", f"{count:,} rows", "ms a row", able, measure, plan.rounds)


def after_an_update(model: type[models.Issued | models.IssuedByHand], count: int) -> float:
    """Seconds in which drafts get their numbers that ``update()`` has issued."""
    model.objects.bulk_create([model() for _ in range(count)])
    model.objects.update(issued=True)
    with transaction.atomic():
        start = time.perf_counter()
        if model is models.Issued:
            assign_numbers(model.objects.all())
        else:
            number_by_hand()
        return time.perf_counter() - start


def at_the_end(count: int) -> float:
    """Seconds that the end of a ``deferred_numbering()`` block takes."""
    with transaction.atomic():
        with deferred_numbering():
            rows = [models.Issued(issued=True) for _ in range(count)]
            models.Issued.objects.bulk_create(rows)
            start = time.perf_counter()
        return time.perf_counter() - start


def number_by_hand() -> None:
    """Number rows as a project would without this package's function for it."""
    rows = models.IssuedByHand.objects.order_by("pk")
    keys = list(rows.filter(issued=True, number=None).values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        chunk = rows.filter(pk__in=keys[start : start + CHUNK]).select_for_update().only("number")
        numbers = get_next_values(len(chunk), "issued_by_hand")
        for row, number in zip(chunk, numbers, strict=True):
            row.number = number
        rows.bulk_update(chunk, ["number"])


CASES = {
    "a": one_writer,
    "b": one_series,
    "c": many_series,
    "d": far_away,
    "e": blocks,
    "f": long_transactions,
    "g": old_snapshot,
    "h": numbered_later,
    "i": partial(with_a_disk, together),
    "j": audits,
}

TITLES = {
    letter: (case.func if isinstance(case, partial) else case).__doc__
    for letter, case in CASES.items()
}
