"""Queues of tasks and schedulers: what they run has no transaction."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import (
    EntryMethods,
    EntryPoint,
    Framework,
    Kind,
)

_TASK = EntryMethods(
    bases=("Task",),
    methods=frozenset({"run"}),
    entry=EntryPoint(Kind.ALONE, "task"),
    called_from=("__call__",),
)

CELERY = Framework(
    tasks=frozenset({"shared_task", "on_after_configure", "on_after_finalize"}),
    entry_methods=(_TASK,),
)
HUEY = Framework(tasks=frozenset({"db_task", "db_periodic_task"}))
DRAMATIQ = Framework(tasks=frozenset({"actor"}))
RQ = Framework(
    tasks=frozenset({"job"}),
    deferring=dict.fromkeys(("enqueue_call", "enqueue_at", "enqueue_in"), "queue"),
)
DJANGO_Q = Framework(deferring={"async_task": "queue"})
APSCHEDULER = Framework(tasks=frozenset({"scheduled_job"}), deferring={"add_job": "queue"})
BACKGROUND_TASKS = Framework(tasks=frozenset({"background"}))
