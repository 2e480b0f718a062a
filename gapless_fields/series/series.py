"""A series: the numbers that one counter gives, and the key that names the counter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

MAX_VALUE = 2**63 - 1
"""The greatest number that a signed 64-bit column holds on every database."""

MAX_KEY_LENGTH = 255
"""MySQL may not be able to index more characters (Django's check ``mysql.W003``)."""

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-.")
_UPPER = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class Series:
    """The settings of one series of numbers.

    Args:
        name: the sequence's name.
        initial_value: the first number.
        reset_value: the number that is never given, because the series starts again at
            ``initial_value`` when it is reached; None for a series that does not loop.
        scope: the values that distinguish this series from the sequence's others, each as
            ``canonical()`` returns it.

    Raises:
        TypeError: a setting has the wrong type.
        ValueError: the name is empty or too long, or the numbers make no sense.
    """

    name: str
    initial_value: int = 1
    reset_value: int | None = None
    scope: tuple[str | None, ...] = ()
    start: Callable[[], int] | None = field(default=None, compare=False)
    """Returns the first number, if that depends on data. ``initial_value`` means nothing then."""

    def __post_init__(self) -> None:
        make_key(self.name, self.scope)
        _check_number("initial_value", self.initial_value)
        if self.reset_value is not None:
            _check_number("reset_value", self.reset_value)
            if self.reset_value <= self.initial_value:
                raise ValueError("reset_value must be greater than initial_value")

    @property
    def key(self) -> str:
        """The primary key of the counter."""
        return make_key(self.name, self.scope)

    @property
    def scope_text(self) -> str:
        """The scope as people read it: a JSON list, empty for a sequence of a single series."""
        return json.dumps(self.scope, ensure_ascii=False) if self.scope else ""

    @property
    def max_value(self) -> int:
        """The greatest number that this series gives."""
        return MAX_VALUE if self.reset_value is None else self.reset_value - 1

    def started(self) -> Series:
        """Return the series with its first number, which may be asked for.

        Raises:
            TypeError, ValueError: the answer is no number.
        """
        if self.start is None:
            return self
        return replace(self, initial_value=self.start(), start=None)

    def following(self, last: int | None, count: int) -> Sequence[int]:
        """Return the ``count`` numbers after ``last`` (None: the series has given none)."""
        initial = self.initial_value
        if last is None:
            last = initial - 1
        if self.reset_value is None:
            return range(last + 1, last + count + 1)
        # If other settings have left a counter outside the loop, it starts at the loop's start.
        period = self.reset_value - initial
        start = last + 1 - initial if initial <= last < self.reset_value else 0
        return [initial + (start + step) % period for step in range(count)]

    def __str__(self) -> str:
        return f'"{self.name}" {self.scope_text}'.rstrip()


def _check_number(setting: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{setting} must be an integer, not {value!r}")
    if not 0 <= value <= MAX_VALUE:
        raise ValueError(f"{setting} must be between 0 and 2**63 - 1, not {value}")


@lru_cache(maxsize=4096)
def make_key(name: str, scope: tuple[str | None, ...] = ()) -> str:
    """Encode a sequence's name and the values of its scope as the key of a counter.

    The encoding is injective, also under every collation: it is pure ASCII, without upper case and
    blanks. (MariaDB's default collation treats ``a``, ``A``, ``á`` and ``a`` with a trailing blank
    as one value.) An upper-case letter is written as ``^`` and its lower case, and any other byte
    of the UTF-8 as ``=`` and two hexadecimal digits. A ``/`` precedes each value of the scope, and
    ``~`` stands for None. A key that would be too long is written as ``#`` and its SHA-256.

    Raises:
        TypeError: the name is not a string.
        ValueError: the name is empty, contains a NUL, or its key would be too long.
    """
    if not isinstance(name, str):
        raise TypeError(f"a sequence's name must be a string, not {name!r}")
    if not name or "\0" in name:
        raise ValueError("a sequence's name must not be empty or contain a NUL character")
    key = _encode(name)
    if len(key) > MAX_KEY_LENGTH:
        raise ValueError(
            f"the sequence's name {name[:40]!r}… is too long: it takes {len(key)} of at most "
            f"{MAX_KEY_LENGTH} characters (an upper-case letter counts 2, any other character "
            f"than a-z, 0-9, _, - and . counts 3 for each byte of its UTF-8)"
        )
    for value in scope:
        key += "/~" if value is None else f"/{_encode(value)}"
    if len(key) > MAX_KEY_LENGTH:
        return f"#{hashlib.sha256(key.encode()).hexdigest()}"
    return key


def _encode(text: str) -> str:
    return "".join(
        chr(byte)
        if byte in _PLAIN
        else f"^{chr(byte).lower()}"
        if byte in _UPPER
        else f"={byte:02x}"
        for byte in text.encode()
    )
