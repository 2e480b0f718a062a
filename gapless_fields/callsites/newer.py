"""Syntax that the running Python is too old for, put so that it can be read."""

from __future__ import annotations

import re

_PARAMETERS = re.compile(
    rb"^([ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+\w+)\[(?:[^\[\]]|\[[^\[\]]*\])*\]", re.MULTILINE
)
"""``class Cache[T]:``, ``def first[T: (int, str)](rows):``, of Python 3.12."""
_ALIAS = re.compile(rb"^([ \t]*)type[ \t]+(\w+)(?:\[[^\n]*?\])?[ \t]*=", re.MULTILINE)
"""``type Rows = list[int]``, of Python 3.12."""
_EXCEPT = re.compile(rb"^([ \t]*except\*?)[ \t]+([\w.]+(?:,[ \t]*[\w.]+)+):", re.MULTILINE)
"""``except ValueError, TypeError:``, of Python 3.14."""


def without_newer_syntax(data: bytes) -> bytes:
    """The same lines, without the names of types and with the parentheses of old."""
    data = _PARAMETERS.sub(_without_parameters, data)
    data = _ALIAS.sub(rb"\1\2 =", data)
    return _EXCEPT.sub(rb"\1 (\2):", data)


def _without_parameters(match: re.Match[bytes]) -> bytes:
    return match[1] + b" \\\n" * match[0].count(b"\n")
