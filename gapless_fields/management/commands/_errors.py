"""Messages of the commands, instead of tracebacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import FieldError, ValidationError
from django.core.management.base import CommandError
from django.db import Error
from django.utils.connection import ConnectionDoesNotExist

from gapless_fields.exceptions import GaplessError


@contextmanager
def as_command_errors(subject: str = "") -> Iterator[None]:
    """Turn errors in arguments, models or the database into a ``CommandError``.

    Args:
        subject: what the error is about, if its message does not say so.
    """
    try:
        yield
    except (
        ConnectionDoesNotExist,
        Error,
        FieldError,
        GaplessError,
        LookupError,
        TypeError,
        ValidationError,
        ValueError,
    ) as error:
        text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        prefix = f"{subject}: " if subject else ""
        raise CommandError(f"{prefix}{text.strip()}") from error
