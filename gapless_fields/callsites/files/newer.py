"""Syntax that the running Python is too old for, put so that it can be read."""

from __future__ import annotations

import contextlib
import io
import re
import tokenize
from collections.abc import Iterator

from gapless_fields.callsites.files.fstrings import without_fstrings

_PARAMETERS = re.compile(
    rb"^([ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+\w+)\[(?:[^\[\]]|\[[^\[\]]*\])*\]", re.MULTILINE
)
"""``class Cache[T]:``, ``def first[T: (int, str)](rows):``, of Python 3.12."""
_ALIAS = re.compile(rb"^([ \t]*)type[ \t]+(\w+)(?:\[[^\n]*?\])?[ \t]*=", re.MULTILINE)
"""``type Rows = list[int]``, of Python 3.12."""
_EXCEPT = re.compile(rb"^([ \t]*except\*?)[ \t]+([\w.]+(?:,[ \t]*[\w.]+)+):", re.MULTILINE)
"""``except ValueError, TypeError:``, of Python 3.14."""


def older_versions(data: bytes) -> Iterator[bytes]:
    """Yield the same lines for a Python that cannot parse them, in two degrees.

    First without the names of types and with the parentheses of old, then without f-strings as
    well.
    """
    older = _without_types(data)
    if older != data:
        yield older
    with contextlib.suppress(SyntaxError, LookupError, UnicodeError):
        encoding, _lines = tokenize.detect_encoding(io.BytesIO(data).readline)
        yield without_fstrings(older.decode(encoding)).encode(encoding)


def _without_types(data: bytes) -> bytes:
    data = _PARAMETERS.sub(_without_parameters, data)
    data = _ALIAS.sub(rb"\1\2 =", data)
    return _EXCEPT.sub(rb"\1 (\2):", data)


def _without_parameters(match: re.Match[bytes]) -> bytes:
    return match[1] + b" \\\n" * match[0].count(b"\n")
