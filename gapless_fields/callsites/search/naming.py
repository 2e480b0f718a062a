"""What the name of a variable tells about the class of what it holds."""

from __future__ import annotations

import re

from gapless_fields.callsites.engine.definitions import Class

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

SHORTEST = 3
"""Characters of a variable's name that may tell its class."""


def is_called(name: str, cls: Class) -> int:
    """Whether a variable's name tells the class: ``line_item`` for an ``OrderLineItem``.

    2 where it is the whole name, 1 where it is part of it, 0 where it is not.
    """
    words = [word.lower() for word in _WORDS.findall(cls.name)]
    given = name.strip("_").lower().replace("_", "")
    if len(given) < SHORTEST:
        return 0
    if given == "".join(words):
        return 2
    endings = {"".join(words[start:]) for start in range(len(words))}
    beginnings = {"".join(words[:end]) for end in range(1, len(words))}
    return int(given in endings | beginnings)
