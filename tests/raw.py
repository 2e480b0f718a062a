"""What raw SQL does to rows: the package knows nothing of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Manager, QuerySet


def raw_update(rows: QuerySet | Manager, **values: Any) -> int:
    """An UPDATE that passes the gate by."""
    return QuerySet.update.__wrapped__(rows.all(), **values)
