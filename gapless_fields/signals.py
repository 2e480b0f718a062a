"""The signal that the package sends."""

from __future__ import annotations

from django.dispatch import Signal

rows_numbered = Signal()
"""Sent when existing rows have been numbered: at the end of ``deferred_numbering()``, and by
``assign_numbers()`` for each batch. No ``post_save`` is sent for such a row, because its number is
written by a separate UPDATE.

Arguments: ``sender``, the model that declares the field; ``field``, its name; ``numbers``, the
numbers by primary key; ``using``, the alias of the database. Receivers run in the transaction that
has numbered the rows.
"""
