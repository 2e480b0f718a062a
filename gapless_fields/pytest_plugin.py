"""The plugin for pytest: the fixture ``gapless``, and two settings of the configuration file.

pytest loads it by the entry point. Nothing else imports it, so that the package runs without
pytest. It reads no settings of Django before a test uses the fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.db.models import Model

_OUTSIDE = "gapless_outside_atomic"
_ALLOW = "gapless_outside_atomic_allow"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        _OUTSIDE,
        'what a number that is taken outside atomic() is in tests: "error", or empty for a warning '
        "as Python's filters say",
        default="",
    )
    parser.addini(
        _ALLOW,
        "files (path/to/file.py) and functions (path/to/file.py:function) that may take numbers "
        "outside atomic()",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    value = config.getini(_OUTSIDE)
    if value not in ("", "error"):
        raise pytest.UsageError(f'{_OUTSIDE} must be "error" or empty, not {value!r}')
    if value:
        # After the lines of the file, which it therefore overrides. "-W" overrides it.
        config.addinivalue_line(
            "filterwarnings", "error::gapless_fields.GaplessOutsideAtomicWarning"
        )
    if entries := config.getini(_ALLOW):
        from gapless_fields.writing import outside_atomic

        outside_atomic.is_allowed = _allowed_by(entries, config.rootpath)


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.getini(_ALLOW):
        from gapless_fields.writing import outside_atomic

        outside_atomic.is_allowed = None


def _allowed_by(entries: Iterable[str], root: Path) -> Callable[[FrameType], bool]:
    """Return a function that says whether a line of the project is in one of these places.

    Raises:
        UsageError: there is no such file.
    """
    allowed: dict[Path, list[str]] = {}
    for entry in entries:
        name, _colon, function = entry.strip().partition(":")
        path = root / name
        if not path.is_file():
            raise pytest.UsageError(f"{_ALLOW}: there is no file {path}")
        allowed.setdefault(path.resolve(), []).append(function)

    def is_allowed(frame: FrameType) -> bool:
        functions = allowed.get(Path(frame.f_code.co_filename).resolve(), ())
        name = f"{frame.f_code.co_qualname}."
        return any(not function or name.startswith(f"{function}.") for function in functions)

    return is_allowed


class Gapless:
    """What the fixture ``gapless`` gives a test, which must be allowed to use the database."""

    def start(
        self, sequence: str, number: int, *, scope: Iterable[Any] = (), using: str | None = None
    ) -> None:
        """Let the next number of a series be ``number``.

        The counter is moved in the test's transaction if there is one, or else in its own.

        Args:
            sequence: the name of the sequence.
            number: the next number.
            scope: the values of the scope, as for ``Sequence``.
            using: the alias of the database; None: the one that the routers choose.

        Raises:
            ValueError: the series has given that number, or cannot give it. Or the fields that
                share the sequence have a scope of another length.
            SequenceNotSynced: the series is unused, and rows carry its numbers.
        """
        from gapless_fields.sequences import Sequence
        from gapless_fields.series.registry import fields_of_sequence

        scope = tuple(scope)
        initial: int = 1
        reset: int | None = None
        if fields := list(fields_of_sequence(sequence)):
            initial, reset = fields[0].series.initial_value, fields[0].reset_value
            if all(len(field.scope) != len(scope) for field in fields):
                raise ValueError(
                    f"the scope of {fields[0]} has {len(fields[0].scope)} values, not {len(scope)}"
                )
        series = Sequence(sequence, initial, reset, scope=scope, using=using)
        if number > initial:
            series.advance_to(number - 1)
        last = series.get_last_value()
        following = initial if last is None or last + 1 == reset else last + 1
        if following != number:
            raise ValueError(f"the next number of {series} is {following}: it cannot be {number}")

    def assert_complete(
        self, model: type[Model], field: str | None = None, *, using: str | None = None
    ) -> None:
        """Audit the rows of a model, and of all models that share its sequences.

        The audit reads in the test's transaction if there is one, or else in its own.

        Args:
            model: the model.
            field: the name of one of its numbered fields; None: all of them.
            using: the alias of the database; None: "default".

        Raises:
            AuditFailed: an ``AssertionError``, whose message lists what is wrong.
            ValueError: the model has no such field.
        """
        __tracebackhide__ = True
        from gapless_fields.audit import audit
        from gapless_fields.exceptions import AuditFailed

        report = audit(f"{model._meta.label}.{field}" if field else model, using=using)
        try:
            report.raise_for_faults()
        except AuditFailed as error:
            raise AuditFailed(str(error)) from None  # at the line of the test


@pytest.fixture
def gapless() -> Gapless:
    """Start series at a number, and assert that they are complete. See ``Gapless``."""
    return Gapless()
