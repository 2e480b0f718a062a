"""The line of the project that has called this package, which warnings name."""

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
from types import CodeType, FrameType
from typing import Any

import asgiref
import django
from django.db.models import Manager, Model, QuerySet

from gapless_fields.django_internals.models import awaited_call

_PACKAGE = Path(__file__).parents[1]

_TEST_MODULE = re.compile(
    r"(^|\.)(tests?|testing|conftest|test_\w+|\w+_tests?|factories)(\.|$)"
    r"|(^|\.)(factory|\w+_factory|\w+_factories)$"
)


def warn_project(message: str, category: type[Warning]) -> None:
    """Warn at the line of the project that has called this package."""
    warn_at(project_frame(outward(sys._getframe(1)), ()), message, category)


def is_silent(frame: FrameType | None, message: str, category: type[Warning]) -> bool:
    """Return whether Python is known not to show a warning at the project's line.

    The search for that line takes 17 µs. It is not needed if the category is ignored, or if the
    line that has called Django was warned of before, by the same filters. False if in doubt.

    Args:
        frame: a frame of this package, or of Django next to it.
        message: the text of the warning.
        category: its category.
    """
    for action, text, kind, module, line in warnings.filters:
        if issubclass(category, kind):
            if action == "ignore" and text is None and module is None and not line:
                return True
            break
    while frame is not None and is_internal[frame.f_code.co_filename]:
        frame = frame.f_back
    if frame is None or _warned.get((frame.f_code, frame.f_lineno, message)) != warnings.filters:
        return False
    registry = frame.f_globals.get("__warningregistry__", {})
    return (message, category, frame.f_lineno) in registry


_warned: dict[tuple[CodeType, int, str], list[Any]] = {}
"""The filters by which Python has shown a warning, and will not show it again."""


def warn_at(caller: FrameType, message: str, category: type[Warning]) -> None:
    """Warn at the line of a frame."""
    registry = caller.f_globals.setdefault("__warningregistry__", {})
    warnings.warn_explicit(
        message,
        category,
        caller.f_code.co_filename,
        caller.f_lineno,
        module=caller.f_globals.get("__name__"),
        registry=registry,
    )
    if (message, category, caller.f_lineno) in registry:  # not with "always"
        _warned[caller.f_code, caller.f_lineno, message] = list(warnings.filters)


class _Internals(dict[str, bool]):
    """Whether a file is part of Django's ORM or of this package, cached by its name."""

    def __missing__(self, filename: str) -> bool:
        roots = Path(django.__file__).parent / "db", _PACKAGE
        self[filename] = any(root in Path(filename).parents for root in roots)
        return self[filename]


is_internal = _Internals()


def project_frame(frames: Iterator[FrameType], rows: Sequence[Model]) -> FrameType:
    """Return the frame of the project that asked for the save. ``frames`` then yields the rest.

    If there is none, return the frame of the installed package that asked for it, since the project
    itself may be installed. If there is none of those either, return the outermost frame.
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


def is_part_of_orm(frame: FrameType) -> bool:
    """Whether Django's ORM calls a field's ``pre_save()``, itself or that of a subclass."""
    while frame.f_code.co_name == "pre_save" and frame.f_back is not None:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")).startswith("django.db.")


def is_test(frame: FrameType) -> bool:
    return bool(_TEST_MODULE.search(frame.f_globals.get("__name__", "")))


def is_called_by_test(beyond: Iterator[FrameType]) -> bool:
    """Return whether a test has called the project's line, directly or through delegating code.

    This is not so for a request, a command, a task or a callback of ``on_commit()``. There, the
    line runs as it does in production, and nobody else opens a transaction.
    """
    for frame in beyond:
        filename = frame.f_code.co_filename
        if is_internal[filename] and frame.f_code.co_name in _RUN_COMMIT_HOOKS:
            return False
        if not _hands_on(filename) and not _is_override(frame):
            return not (_is_foreign(filename) or _is_installed(filename)) and is_test(frame)
    return False


_RUN_COMMIT_HOOKS = frozenset({"on_commit", "run_and_clear_commit_hooks"})


def outward(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the callers, also across the thread in which ``sync_to_async()`` runs them."""
    while frame is not None:
        yield frame
        if (awaited := awaited_call(frame)) is not None:
            yield from _awaiting(*awaited)
        frame = frame.f_back


def _awaiting(loop: asyncio.AbstractEventLoop, call: Any) -> Iterator[FrameType]:
    """Yield the coroutines that await ``call``, an asgiref ``SyncToAsync``, innermost first."""
    # They may still be running, in the loop's thread. Once suspended, they stay so until we end.
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
    """Return whether this is a model's, manager's or queryset's own version of a Django method.

    Its line only delegates. The line that called it decides about the transaction.

    Args:
        frame: the frame, perhaps of a method.
        rows: the instances whose methods count. None means every instance.
    """
    owner = frame.f_locals.get("self")
    if isinstance(owner, Model):
        counts = rows is None or any(owner is row for row in rows)
        return counts and hasattr(Model, frame.f_code.co_name)
    return isinstance(owner, Manager | QuerySet) and hasattr(QuerySet, frame.f_code.co_name)


@cache
def _is_foreign(filename: str) -> bool:
    """Return whether a file belongs to Python, Django, asgiref or this package."""
    parents = Path(filename).parents
    return filename.startswith("<frozen") or (
        any(root in parents for root in _foreign_roots())
        or (_stdlib() in parents and not _is_installed(filename))
    )


@cache
def _hands_on(filename: str) -> bool:
    """Return whether a file calls what it is given, in the transaction of its caller.

    Django's ORM and signals do, and so do Python's ``contextlib``, ``functools`` and ``unittest``,
    and asgiref.
    """
    path = Path(filename)
    roots = _handing_roots()
    return is_internal[filename] or path in roots or any(root in roots for root in path.parents)


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
    files = django.__file__, asgiref.__file__
    return frozenset({_PACKAGE, *(Path(str(file)).parent for file in files)})
