"""Finds every fault of a series from the rows themselves, and writes nothing.

``audit()`` is what projects and tests call, and ``manage.py audit_sequences`` what people call.
"""

from gapless_fields.audit.audits import AuditReport, audit
from gapless_fields.audit.reports import Finding, Kind, Row, SeriesReport, Void
from gapless_fields.series.ranges import NumberRange

__all__ = [
    "AuditReport",
    "Finding",
    "Kind",
    "NumberRange",
    "Row",
    "SeriesReport",
    "Void",
    "audit",
]
