"""Which files are parsed for the sake of a name."""

from __future__ import annotations

from contextlib import AbstractContextManager


class Parsing(AbstractContextManager[None]):
    """Whether a file is parsed for the sake of a name.

    Most imports of most files have nothing to do with numbered rows. So the modules are parsed
    that may number some, and what is named inside ``with parsing:``, such as base classes,
    decorators and context managers.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.passed_over = False
        """Whether a file was passed over, so that the answer holds for now alone."""

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *error: object) -> None:
        self.depth -= 1
