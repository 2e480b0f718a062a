"""Which files hold a word: all files of a project searched as one text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from gapless_fields.callsites.sources import Source, Sources

_IN_WORD = re.compile(rb"\w")


class Search:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._files: dict[bytes, list[Source]] = {}

    def holding(self, word: bytes) -> list[Source]:
        """The files that hold a word; tests aside."""
        if word not in self._files:
            self._files[word] = [source for source in self._find(word) if not source.is_test]
        return self._files[word]

    @cached_property
    def _text(self) -> tuple[bytes, list[int], list[Source]]:
        """All files as one, where each begins, and which it is.

        One search through 40 MB takes a third of 10,000 through its files.
        """
        sources = list(self._sources)
        starts = [0, *accumulate(len(source.data) + 1 for source in sources)]
        return b"\0".join(source.data for source in sources), starts, sources

    def _find(self, word: bytes) -> Iterator[Source]:
        text, starts, sources = self._text
        place = text.find(word)
        while place >= 0:
            end = place + len(word)
            if _IN_WORD.match(text[place - 1 : place]) or _IN_WORD.match(text[end : end + 1]):
                place = text.find(word, end)
                continue
            number = bisect_right(starts, place) - 1
            yield sources[number]
            place = text.find(word, starts[number + 1])
