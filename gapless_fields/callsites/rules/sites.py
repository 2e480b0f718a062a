"""What is noted of a function: the calls that number rows, and what Django calls for a line."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.summaries import Saved, Site
from gapless_fields.callsites.engine.values import ANY_ALIAS, Constant, Values

MOST_OF_A_CALL = 70
"""Characters of a call's text that a finding shows."""

Overrides = Iterable[Function | None]


def note(
    state: State,
    node: ast.expr | ast.AugAssign,
    model: Class | None,
    *,
    kind: str = "insert",
    call: str = "",
    using: str | None = None,
    overrides: Overrides = (),
    is_doubtful: bool = False,
    is_given: bool = False,
    is_draft: bool = False,
    columns: tuple[str, ...] = (),
) -> None:
    """Note a site, once for each call and model. The arguments: as ``Site`` has them."""
    for site in state.summary.sites:
        if site.node is node and site.model is model and site.kind == kind:
            site.open = tuple(atomic for atomic in site.open if atomic in state.open)
            site.columns = tuple(dict.fromkeys(site.columns + columns))
            return
    site = Site(kind, node, call or call_text(node), state.function, model, using, state.open)
    site.overrides = tuple(override for override in overrides if override is not None)
    site.is_doubtful, site.is_given, site.is_draft = is_doubtful, is_given, is_draft
    site.deferred, site.when, site.columns = state.deferred, state.when, columns
    state.summary.sites.append(site)


def take(state: State, node: ast.expr, call: str, using: str | None) -> None:
    """Note that a number is taken from a sequence."""
    note(state, node, None, kind="take", call=call, using=using)


def implied(
    state: State, node: ast.expr, functions: Overrides, on: Class, *, new: bool | None = None
) -> None:
    """Note the calls that Django makes for a line: ``create()`` calls ``save()``."""
    for function in functions:
        if function is not None:
            state.record_call(function, node.lineno, receiver=on, new=new)


def signalled(state: State, node: ast.expr, model: Class, *, new: bool | None = None) -> None:
    """Note that a row is saved, for the receivers of its signals."""
    state.record_call(Saved(model), node.lineno, new=new)


def is_true(values: Values | None) -> bool:
    """Whether an option is given, and is not written out as False or None."""
    return values is not None and values not in ((Constant(False),), (Constant(None),))


def alias_of(values: Values) -> str | None:
    """The database that an argument names: None is the default, unknown ones are any."""
    for value in values:
        if isinstance(value, Constant) and (value.value is None or isinstance(value.value, str)):
            return value.value
    return ANY_ALIAS


def call_text(node: ast.AST) -> str:
    """The call as a person would name it: ``Invoice.objects.create()``."""
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    called = node.func if isinstance(node, ast.Call) else node
    text = " ".join(ast.unparse(called).split())
    return (text if len(text) <= MOST_OF_A_CALL else f"…{text[-MOST_OF_A_CALL:]}") + "()"
