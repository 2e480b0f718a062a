"""django-subatomic: what opens a transaction, what requires one, and what must not be in one.

``savepoint()`` and ``transaction_required()`` raise an exception where none is open, so that no row
is inserted outside; ``durable()`` does where one is open.
"""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

FRAMEWORK = Framework(
    durable=frozenset({"django_subatomic.durable"}),
    deferring={"run_after_commit": "on_commit"},
    atomic_functions=frozenset(
        {
            "django_subatomic.transaction",
            "django_subatomic.transaction_if_not_already",
            "django_subatomic.transaction_required",
            "django_subatomic.savepoint",
        }
    ),
)
