"""Warnings at the project's own line, above all of a number taken outside ``atomic()``.

That one is on the way of every save, so the answer "inside" must be cheap: two attributes, and a
walk over the half dozen frames of Django that lie between the project and this package.
"""

from __future__ import annotations

import asyncio
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import CO_COROUTINE
from itertools import dropwhile, takewhile
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import asgiref
import django
from django.db.models import Manager, Model, QuerySet
from django.db.transaction import Atomic

from gapless_fields.exceptions import GaplessOutsideAtomicWarning

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

MOST_BLOCKS_OF_DJANGO = 3
"""update_or_create(), its get_or_create() and a multi-table save() each open one."""

_TEST_MODULE = re.compile(
    r"(^|\.)(tests?|testing|conftest|test_\w+|\w+_tests?|factories)(\.|$)"
    r"|(^|\.)(factory|\w+_factory|\w+_factories)$"
)


def warn_outside_atomic(
    connection: BaseDatabaseWrapper,
    what: str,
    of: object,
    rows: Sequence[Model] = (),
    own: Atomic | None = None,
) -> None:
    """Warn where no ``atomic()`` block of the project is open on ``connection``.

    Not outside: a transaction that the project manages itself (``set_autocommit(False)``). Not
    inside: the blocks that ``TestCase`` wraps around each test, and those that Django's own
    ``get_or_create()``, ``bulk_create()`` or multi-table ``save()`` open for their own statements.

    Lines of tests are passed over, and so are those that a test has called itself: it may leave
    out the block that the project's other callers open.

    Args:
        connection: where the number will be taken.
        what: what takes it, and
        of: the field or series that it is taken for, as the message says them.
        rows: the rows to be numbered.
        own: a block that this package has opened, which does not count either.
    """
    if not connection.in_atomic_block:
        if not connection.get_autocommit():
            return
    elif not connection.commit_on_exit:
        return  # atomic() inside set_autocommit(False)
    else:
        blocks: list[Any] = connection.atomic_blocks
        # _from_testcase is how TestCase marks its blocks, the outermost, for atomic(durable=True).
        if blocks[0]._from_testcase or own is not None:
            blocks = [block for block in blocks if not block._from_testcase and block is not own]
        if len(blocks) > MOST_BLOCKS_OF_DJANGO:
            return
        if blocks and len(blocks) > _blocks_of_django(sys._getframe(1), rows):
            return
    frames = _outward(sys._getframe(1))
    caller = _project_frame(frames, rows)
    if _is_test(caller) or _is_called_by_test(frames):
        return
    using = "" if connection.alias == "default" else f"using={connection.alias!r}"
    _warn(
        caller,
        f"{what} {of} takes a number outside transaction.atomic(): if a later line fails, the "
        f"number stays taken. Put the whole step into one block: "
        f"with transaction.atomic({using}): …",
        GaplessOutsideAtomicWarning,
    )


def warn_project(message: str, category: type[Warning]) -> None:
    """Warn at the project's line that has called this package."""
    _warn(_project_frame(_outward(sys._getframe(1)), ()), message, category)


def _warn(caller: FrameType, message: str, category: type[Warning]) -> None:
    warnings.warn_explicit(
        message,
        category,
        caller.f_code.co_filename,
        caller.f_lineno,
        module=caller.f_globals.get("__name__"),
        registry=caller.f_globals.setdefault("__warningregistry__", {}),
    )


class _Internals(dict[str, bool]):
    """Whether a file is part of Django's ORM or of this package, remembered by its name."""

    def __missing__(self, filename: str) -> bool:
        roots = Path(django.__file__).parent / "db", Path(__file__).parent
        self[filename] = any(root in Path(filename).parents for root in roots)
        return self[filename]


_is_internal = _Internals()


def _blocks_of_django(frame: FrameType | None, rows: Sequence[Model]) -> int:
    """How many ``atomic()`` blocks the frames of Django next to us have opened themselves.

    Django 5.2's ``bulk_create()`` always opens one. Since 6.0 it does only where several
    statements need it, in itself or in ``_batched_insert()``, and holds it in its ``context``.
    """
    blocks = 0
    if rows and rows[0]._meta.concrete_model._meta.parents:  # type: ignore[union-attr]
        blocks += 1  # save_base()
    while frame is not None:
        code = frame.f_code
        if not _is_internal[code.co_filename]:
            break
        name = code.co_name
        if name in ("get_or_create", "update_or_create"):
            # Their twins on managers hand on to those of QuerySet.
            blocks += code.co_filename == _QUERYSET_FILE
        elif name in ("bulk_create", "_batched_insert") and code.co_filename == _QUERYSET_FILE:
            if "context" in code.co_varnames:
                blocks += isinstance(frame.f_locals.get("context"), Atomic)
            else:
                blocks += name == "bulk_create"
        frame = frame.f_back
    return blocks


_QUERYSET_FILE = QuerySet.bulk_create.__code__.co_filename


def _project_frame(frames: Iterator[FrameType], rows: Sequence[Model]) -> FrameType:
    """The project's frame that asked for the save; ``frames`` then yields those beyond it.

    Where there is none, the frame of the installed package that did: the project itself may be
    installed. Where there is none of those either, the outermost frame.
    """
    installed = None
    for candidate in frames:
        outermost = candidate
        filename = candidate.f_code.co_filename
        if _is_foreign(filename) or _is_override(candidate, rows):
            continue
        if not _is_installed(filename):
            return candidate
        installed = installed or candidate
    return installed or outermost


def _is_test(frame: FrameType) -> bool:
    return bool(_TEST_MODULE.search(frame.f_globals.get("__name__", "")))


def _is_called_by_test(beyond: Iterator[FrameType]) -> bool:
    """Whether a test has called the project's line itself, or through what only hands on.

    A request, a command, a task or a callback of ``on_commit()`` is none of these: there the line
    runs as it does in production, and nobody else opens a transaction.
    """
    for frame in beyond:
        filename = frame.f_code.co_filename
        if _is_internal[filename] and frame.f_code.co_name in _RUN_COMMIT_HOOKS:
            return False
        if not _hands_on(filename) and not _is_override(frame):
            return not (_is_foreign(filename) or _is_installed(filename)) and _is_test(frame)
    return False


_RUN_COMMIT_HOOKS = frozenset({"on_commit", "run_and_clear_commit_hooks"})


def _outward(frame: FrameType | None) -> Iterator[FrameType]:
    """The callers, also across the thread that ``sync_to_async()`` runs them in."""
    while frame is not None:
        yield frame
        if frame.f_code.co_name == "thread_handler" and "loop" in frame.f_locals:
            yield from _awaiting(frame.f_locals["loop"], frame.f_locals["self"])
        frame = frame.f_back


def _awaiting(loop: asyncio.AbstractEventLoop, call: Any) -> Iterator[FrameType]:
    """The coroutines that await ``call``, an asgiref ``SyncToAsync``, innermost first."""
    # They may still run, in the loop's thread. Once suspended, they stay so until we are done.
    running = _running_coroutines(call)
    for task in asyncio.all_tasks(loop):
        chain: list[FrameType] = []
        coroutine: Any = task.get_coro()
        while (awaiting := getattr(coroutine, "cr_frame", None)) is not None:
            chain.append(awaiting)
            coroutine = coroutine.cr_await
        if any(_awaits(awaiting, call) for awaiting in chain):
            yield from reversed(chain)
            return
    yield from running


def _running_coroutines(call: Any) -> list[FrameType]:
    for innermost in sys._current_frames().values():
        stack = dropwhile(lambda frame: not _awaits(frame, call), _stack(innermost))
        if found := list(takewhile(_is_coroutine, stack)):
            return found
    return []


def _stack(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_coroutine(frame: FrameType) -> bool:
    return bool(frame.f_code.co_flags & CO_COROUTINE)


def _awaits(frame: FrameType, call: Any) -> bool:
    return _is_coroutine(frame) and frame.f_locals.get("self") is call


def _is_override(frame: FrameType, rows: Sequence[Model] | None = None) -> bool:
    """Whether this is a model's, manager's or queryset's own version of a method of Django.

    Its line only hands on; the line that called it decides about the transaction.

    Args:
        frame: a method's, perhaps.
        rows: the instances whose methods count; None: those of every instance.
    """
    owner = frame.f_locals.get("self")
    if isinstance(owner, Model):
        counts = rows is None or any(owner is row for row in rows)
        return counts and hasattr(Model, frame.f_code.co_name)
    return isinstance(owner, Manager | QuerySet) and hasattr(QuerySet, frame.f_code.co_name)


@cache
def _is_foreign(filename: str) -> bool:
    """Whether a file is Python's, Django's, asgiref's or ours."""
    parents = Path(filename).parents
    return filename.startswith("<frozen") or (
        any(root in parents for root in _foreign_roots())
        or (_stdlib() in parents and not _is_installed(filename))
    )


@cache
def _hands_on(filename: str) -> bool:
    """Whether a file calls what it is given, in the transaction of its caller.

    Django's ORM and signals do, and so do Python's ``contextlib``, ``functools`` and ``unittest``,
    and asgiref.
    """
    path = Path(filename)
    roots = _handing_roots()
    return _is_internal[filename] or path in roots or any(root in roots for root in path.parents)


@cache
def _handing_roots() -> frozenset[Path]:
    python = (_stdlib() / name for name in ("contextlib.py", "functools.py", "unittest"))
    dispatch = Path(django.__file__).parent / "dispatch"
    return frozenset({*python, dispatch, Path(asgiref.__file__).parent})


@cache
def _is_installed(filename: str) -> bool:
    return bool({"site-packages", "dist-packages"}.intersection(Path(filename).parts))


@cache
def _stdlib() -> Path:
    return Path(sysconfig.get_path("stdlib"))


@cache
def _foreign_roots() -> frozenset[Path]:
    files = django.__file__, asgiref.__file__, __file__
    return frozenset(Path(str(file)).parent for file in files)
