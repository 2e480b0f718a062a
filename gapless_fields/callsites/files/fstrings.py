"""F-strings of Python 3.12, which may hold quotes of their own, for an older Python to read.

An expression in such a string may hold any other string. Only reading from the outside in tells
where it ends, so this is a small reader of strings, comments and braces. It knows no other syntax.
"""

from __future__ import annotations

import re

_START = re.compile(
    r"#[^\n]*|(?<!\w)(?P<prefix>[bBfFrRtTuU]{0,2})(?P<quote>\"\"\"|'''|\"|')", re.DOTALL
)


def without_fstrings(text: str) -> str:
    """The same lines, with an empty string in place of each f-string (PEP 701, PEP 750).

    What an f-string calls is not read.
    """
    found = []
    end = 0
    while (match := _START.search(text, end)) is not None:
        found.append(text[end : match.start()])
        prefix = (match["prefix"] or "").lower()
        if match["quote"] is None:  # a comment
            end = match.end()
        else:
            end = _end_of_string(text, match.end(), match["quote"], prefix)
        whole = text[match.start() : end]
        if match["quote"] is not None and {"f", "t"} & set(prefix):
            whole = '""' if "\n" not in whole else '"""' + "\n" * whole.count("\n") + '"""'
        found.append(whole)
    return "".join(found) + text[end:]


def _end_of_string(text: str, start: int, quote: str, prefix: str) -> int:
    """Where the string ends that begins with its quote before ``start``."""
    formatted = "f" in prefix or "t" in prefix
    position = start
    while position < len(text):
        if text.startswith(quote, position):
            return position + len(quote)
        # Also in a raw string, a quote after a backslash does not end it.
        if text[position] == "\\" or (formatted and text.startswith("{{", position)):
            position += 2
        elif formatted and text[position] == "{":
            position = _end_of_expression(text, position + 1, quote)
        elif text[position] == "\n" and len(quote) == 1:
            return position  # it is broken
        else:
            position += 1
    return position


def _end_of_expression(text: str, start: int, quote: str) -> int:
    """Where ``{expression!r:format}`` ends, whose brace is before ``start``."""
    depth = 0
    position = start
    while position < len(text):
        character = text[position]
        match = _START.match(text, position)
        if match is not None and match["quote"] is not None:
            prefix = (match["prefix"] or "").lower()
            position = _end_of_string(text, match.end(), match["quote"], prefix)
            continue
        if match is not None:
            position = match.end()
            continue
        if character in "([{":
            depth += 1
        elif character in ")]" or (character == "}" and depth):
            depth -= 1
        elif character == "}":
            return position + 1
        elif character == ":" and not depth:
            return _end_of_format(text, position + 1, quote)
        position += 1
    return position


def _end_of_format(text: str, start: int, quote: str) -> int:
    """Where the format of an expression ends, which may hold expressions itself."""
    position = start
    while position < len(text) and not text.startswith(quote, position):
        if text[position] == "}":
            return position + 1
        position = (
            _end_of_expression(text, position + 1, quote) if text[position] == "{" else position + 1
        )
    return position
