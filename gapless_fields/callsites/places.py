"""Where a line stands, for the advice on what to do about it."""

from __future__ import annotations

import ast

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Site
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.vocabulary import COMMAND_HANDLERS, HANDLERS

COROUTINE = "coroutine"
EDITING_VIEW = "editing view"
API_VIEW = "API view"
COMMAND = "command"
ELSEWHERE = ""


def place_of(reader: Transactions, site: Site) -> str:
    """Where a site stands: in a coroutine, a generic view that saves, a command, or elsewhere."""
    function = site.function
    while function.outer is not None and not _is_async(function):
        function = function.outer
    if _is_async(function):
        return COROUTINE
    cls = site.view or (function.cls if function.name in COMMAND_HANDLERS | HANDLERS else None)
    if cls is None:
        return ELSEWHERE
    if reader.inherits(cls, "Command") and function.name in COMMAND_HANDLERS:
        return COMMAND
    return _of_view(reader, cls)


def _of_view(reader: Transactions, cls: Class) -> str:
    if not reader.is_view(cls):
        return ELSEWHERE
    saves = reader.creates(cls) or reader.updates(cls)
    if saves and reader.inherits(cls, "APIView", "ViewSet", "ModelMixin"):
        return API_VIEW
    return EDITING_VIEW if saves or reader.inherits(cls, "FormView", "FormMixin") else ELSEWHERE


def _is_async(function: Function) -> bool:
    return isinstance(function.node, ast.AsyncFunctionDef)
