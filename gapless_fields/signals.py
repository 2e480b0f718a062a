"""What the package tells others."""

from __future__ import annotations

from django.dispatch import Signal

rows_numbered = Signal()
"""Sent when rows that are there already have been numbered: at the end of
``deferred_numbering()``, and by ``assign_numbers()`` for each batch. Such a row has no
``post_save``: its number is written by an UPDATE of its own.

Arguments: ``sender``, the model that declares the field; ``field``, its name; ``numbers``, the
numbers by primary key; ``using``, the alias of the database. Receivers run in the transaction that
has numbered the rows.
"""
