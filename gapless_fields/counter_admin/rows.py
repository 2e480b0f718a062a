"""Links from a series to its rows in the admin."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import DateTimeField
from django.urls import reverse

from gapless_fields.series.date_parts import DatePart, FiscalYear
from gapless_fields.series.scopes import Column

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest

    from gapless_fields.counter_admin.known import Known
    from gapless_fields.series.numbered_field import NumberedField
    from gapless_fields.series.scopes import ScopePart


class Rows(NamedTuple):
    """The rows of one table."""

    name: str
    """What people call them."""
    field: str
    url: str
    """Where the admin lists them; empty if it does not, or not for this user."""
    is_filtered: bool
    """Whether the list shows the rows of the series alone."""


def rows_of(known: Known, site: AdminSite, request: HttpRequest) -> list[Rows]:
    """Return the tables that share a series, with links to the rows that the user may view."""
    return [_rows(field, known, site, request) for field in known.fields]


def _rows(field: NumberedField, known: Known, site: AdminSite, request: HttpRequest) -> Rows:
    options = field.model._meta
    name = str(options.verbose_name_plural)
    if not site.is_registered(field.model) or not site.get_model_admin(
        field.model
    ).has_view_permission(request):
        return Rows(name, str(field), "", False)
    url = reverse(
        f"admin:{options.app_label}_{options.model_name}_changelist", current_app=site.name
    )
    query, is_filtered = query_of(field, known.series.scope if known.series is not None else ())
    if query:
        url += f"?{urlencode(query)}"
    return Rows(name, str(field), url, is_filtered)


def query_of(field: NumberedField, scope: Sequence[str | None]) -> tuple[dict[str, str], bool]:
    """Return the query of a list that shows the rows of a series, and whether it shows no others.

    Args:
        field: the numbered field of the rows.
        scope: the scope of the series.
    """
    query = {f"{field.name}__isnull": "False"} if field.null else {}
    parts = [_lookup(part, text) for part, text in zip(field.scope_parts, scope, strict=True)]
    for part in parts:
        query |= part or {}
    return query, None not in parts


def _lookup(part: ScopePart, text: str | None) -> dict[str, str] | None:
    """Return what a query says of one value of a scope, or None if no query can say it."""
    name = part.columns[0] if part.columns else ""
    if isinstance(part, Column):
        return {f"{name}__isnull": "True"} if text is None else {f"{name}__exact": text}
    if isinstance(part, DatePart) and text is not None:
        of_day = part.part == "date" and not isinstance(part.field, DateTimeField)
        return {f"{name}__{'exact' if of_day else part.part}": text}
    if isinstance(part, FiscalYear) and text is not None:
        return _fiscal_year(part, text)
    return None


def _fiscal_year(part: FiscalYear, text: str) -> dict[str, str] | None:
    month: Any = part.start_month
    year = int(text)
    if not isinstance(month, int) or isinstance(part.field, DateTimeField):
        return None
    if year == datetime.MAXYEAR:
        return None
    first, end = datetime.date(year, month, 1), datetime.date(year + 1, month, 1)
    return {f"{part.name}__gte": str(first), f"{part.name}__lt": str(end)}
