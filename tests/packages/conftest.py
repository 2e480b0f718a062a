"""Warnings of other packages are theirs; ours stay errors."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Applied before the marks of a test itself, so that those win.
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("default"), append=False)
        item.add_marker(
            pytest.mark.filterwarnings("error::gapless_fields.GaplessOutsideAtomicWarning")
        )
