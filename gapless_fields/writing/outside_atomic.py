"""The warning of a number that is taken outside ``atomic()``.

Every save is checked, so the answer "inside" must be cheap. It reads two attributes, and walks over
the half dozen frames of Django between the project and this package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING

from django.db.models import Model, QuerySet

from gapless_fields.django_internals.transactions import (
    commits_on_exit,
    is_block_of_test_case,
    is_opened_by_bulk_create,
    open_blocks,
)
from gapless_fields.exceptions import GaplessOutsideAtomicWarning
from gapless_fields.writing.own_saves import block_of_decorator, blocks_of_save, is_own_save
from gapless_fields.writing.project_lines import (
    is_called_by_test,
    is_internal,
    is_silent,
    is_test,
    outward,
    project_frame,
    warn_at,
)

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.transaction import Atomic

MOST_BLOCKS_OF_DJANGO = 3
"""update_or_create(), its get_or_create() and a multi-table save() each open one."""

is_allowed: Callable[[FrameType], bool] | None = None
"""Whether a line of the project may take numbers outside ``atomic()``; set by the test suite."""


def warn_outside_atomic(
    connection: BaseDatabaseWrapper,
    what: str,
    of: object,
    rows: Sequence[Model] = (),
    own: Atomic | None = None,
) -> None:
    """Warn if no ``atomic()`` block of the project is open on ``connection``.

    A transaction that the project manages itself (``set_autocommit(False)``) counts as inside. The
    blocks that ``TestCase`` wraps around each test count as outside, and so do those that Django's
    own ``get_or_create()``, ``bulk_create()`` or multi-table ``save()`` open for their statements,
    and that the row's own ``save()`` opens around ``super().save()`` alone.

    Lines of tests are ignored, and so are lines that a test has called directly: a test may leave
    out the block that the project's other callers open.

    Args:
        connection: where the number will be taken.
        what: what takes the number, and
        of: the field or series that it is taken for, as in the message.
        rows: the rows to be numbered.
        own: a block that this package has opened, which does not count either.
    """
    if not connection.in_atomic_block:
        if not connection.get_autocommit():
            return
    elif not commits_on_exit(connection):
        return
    else:
        blocks = open_blocks(connection)
        # The blocks of a test case are the outermost ones.
        if is_block_of_test_case(blocks[0]) or own is not None:
            blocks = [
                block for block in blocks if not is_block_of_test_case(block) and block is not own
            ]
        if len(blocks) > MOST_BLOCKS_OF_DJANGO:
            return
        if blocks and len(blocks) > _blocks_that_do_not_count(
            sys._getframe(1), rows, connection.alias
        ):
            return
    using = "" if connection.alias == "default" else f"using={connection.alias!r}"
    message = (
        f"{what} {of} takes a number outside transaction.atomic(): if a later line fails, the "
        f"number stays taken. Put the whole step into one block: "
        f"with transaction.atomic({using}): …"
    )
    if is_silent(sys._getframe(1), message, GaplessOutsideAtomicWarning):
        return
    frames = outward(sys._getframe(1))
    caller = project_frame(frames, rows)
    if is_test(caller) or is_called_by_test(frames):
        return
    if is_allowed is None or not is_allowed(caller):
        warn_at(caller, message, GaplessOutsideAtomicWarning)


def _blocks_that_do_not_count(frame: FrameType | None, rows: Sequence[Model], alias: str) -> int:
    """Return how many ``atomic()`` blocks Django, and the row's own ``save()``, have opened.

    The frames of Django next to us, and those of the row's own ``save()`` between them.
    """
    blocks = 0
    if rows and rows[0]._meta.concrete_model._meta.parents:  # type: ignore[union-attr]
        blocks += 1  # save_base()
    while frame is not None:
        code = frame.f_code
        name = code.co_name
        if not is_internal[code.co_filename]:
            if is_own_save(frame, rows):
                blocks += blocks_of_save(frame, alias)
            elif block_of_decorator(frame) is None:
                break
        elif name in ("get_or_create", "update_or_create"):
            # The same methods of managers delegate to those of QuerySet.
            blocks += code.co_filename == _QUERYSET_FILE
        elif name in ("bulk_create", "_batched_insert") and code.co_filename == _QUERYSET_FILE:
            blocks += is_opened_by_bulk_create(frame)
        frame = frame.f_back
    return blocks


_QUERYSET_FILE = QuerySet.bulk_create.__code__.co_filename
