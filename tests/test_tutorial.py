"""The tutorial, as it is written."""

from __future__ import annotations

import pytest

from tests.doc_blocks import DOCS, Reader, is_like


def test_the_tutorial(tmp_path):
    """Every block, in order; each command prints what the page says."""
    Reader(tmp_path, "books.settings").read((DOCS / "tutorial.md").read_text())


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("", ""),
        ("a\nb\n", "a\nb\n"),
        ("at 10:15\n", "at …\n"),
        ("a\nb\nc\nd\n", "a\n…\nd\n"),
        ("a\nd\n", "a\n…\nd\n"),
    ],
)
def test_what_is_like_the_page(printed, expected):
    assert is_like(printed, expected)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [("a\n", ""), ("", "a\n"), ("a\nb\n", "a\n"), ("a.b\n", "a?b\n"), ("at\n10:15\n", "at…\n")],
)
def test_what_is_not_like_the_page(printed, expected):
    assert not is_like(printed, expected)
