"""Methods that number rows, and what other methods of Django's classes return."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Call, Saved, Site
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.issuing import Issuing
from gapless_fields.callsites.rewrites import written_by
from gapless_fields.callsites.values import (
    ANY_ALIAS,
    Bound,
    Constant,
    Form,
    Items,
    Manager,
    Object,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.vocabulary import (
    FETCHING,
    INSERTING,
    NOT_QUERYSETS,
    RELATED_INSERTING,
)

MOST_OF_A_CALL = 70
"""Characters of a call's text that a finding shows."""


class Inserts(Issuing):
    deferred = ""
    """``on_commit`` or ``thread`` while what is handed to one is looked at."""

    def note(
        self,
        frame: Frame,
        node: ast.expr | ast.ClassDef | ast.AugAssign,
        model: Class | None,
        *,
        kind: str = "insert",
        using: str | None = None,
        overrides: tuple[Function | None, ...] = (),
        loose: bool = False,
        given: bool = False,
        call: str = "",
        view: Class | None = None,
        columns: tuple[str, ...] = (),
    ) -> None:
        """Note a site, once for each call and model."""
        for site in frame.facts.sites:
            if site.node is node and site.model is model and site.kind == kind:
                site.open = tuple(atomic for atomic in site.open if atomic in frame.open)
                site.columns = tuple(dict.fromkeys(site.columns + columns))
                return
        frame.facts.sites.append(
            Site(
                kind,
                node,
                call or call_text(node),
                frame.function,
                model,
                using,
                () if self.deferred else frame.open,
                tuple(override for override in overrides if override is not None),
                loose,
                given,
                self.deferred,
                view,
                frame.when,
                columns,
            )
        )

    def implied(
        self,
        frame: Frame,
        node: ast.expr,
        functions: Iterable[Function | None],
        on: Class,
        *,
        new: bool | None = None,
    ) -> None:
        """Note the calls that Django makes for a line: ``create()`` calls ``save()``."""
        how = self.deferred or "direct"
        for function in functions:
            if function is not None:
                frame.called(Call(function, frame.open, how, node.lineno, on, new=new))

    def signalled(
        self, frame: Frame, node: ast.expr, model: Class, *, new: bool | None = None
    ) -> None:
        """Note that a row is saved, for the receivers of its signals."""
        how = self.deferred or "direct"
        frame.called(Call(Saved(model), frame.open, how, node.lineno, new=new))

    def take(self, frame: Frame, node: ast.expr, call: str, using: str | None) -> None:
        self.note(frame, node, None, kind="take", call=call, using=using)

    # Managers and querysets

    def of_manager_method(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        manager: Manager,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        name, model = bound.name, manager.model
        if name in RELATED_INSERTING:
            self._insert(frame, node, bound, manager, keywords)
        target = self.target_of(model)
        if target is not None:
            columns = written_by(node, name, arguments, keywords, target.fields)
            if columns:
                self.note(frame, node, model, kind="rewrite", columns=columns)
        plain = name.removeprefix("a")
        if name in INSERTING:
            if plain == "bulk_create":
                for value in elements_of(union(keywords.get("objs", ()), *arguments[:1])):
                    self.saved(frame, value)
            row = Object(model, node)
            if plain in ("create", "bulk_create"):
                return (Items(((row,),), fixed=False),) if plain == "bulk_create" else (row,)
            return (Items(((row,), ())),)
        if name in FETCHING:
            return (Object(model, node),)
        if name in NOT_QUERYSETS or name in RELATED_INSERTING:
            return ()
        if name in ("using", "db_manager"):
            alias = alias_of(
                union(keywords.get("using", ()), keywords.get("alias", ()), *arguments[:1])
            )
            return (Manager(model, alias, manager.custom, manager.through),)
        return (manager,)

    def _insert(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        manager: Manager,
        keywords: dict[str, Values],
    ) -> None:
        name = bound.name
        if bound.by_super and frame.function.name == name:
            return  # an override that hands on: the line that calls it decides
        plain = name.removeprefix("a")
        bulk = plain == "bulk_create"
        rows = [manager.through] if manager.through is not None else []
        if name in INSERTING or manager.through is None:
            rows.append(manager.model)
        for model in rows:
            if not bulk:
                self.signalled(frame, node, model)
                self.implied(frame, node, [self.find_method(model, "save")], model)
            if self.target_of(model) is None:
                continue
            adds = name not in INSERTING and manager.through is not model
            if adds and Constant(False) not in keywords.get("bulk", ()):
                continue  # ``add()`` of a reverse ForeignKey UPDATEs
            overrides = [] if bulk else [self.find_method(model, "save")]
            if not bound.by_super:
                for cls in manager.custom:
                    overrides.append(self.find_method(cls, plain))
                    if not bulk:
                        overrides.append(self.find_method(cls, "create"))
            self.note(
                frame, node, model, using=manager.using, overrides=tuple(dict.fromkeys(overrides))
            )
            conflicts = {"ignore_conflicts", "update_conflicts"}.intersection(keywords)
            if bulk and any(keywords[key] != (Constant(False),) for key in conflicts):
                self.note(frame, node, model, kind="conflicts")

    def saved(self, frame: Frame, value: Value) -> None:
        """From here on, another ``save()`` of it is an UPDATE."""
        if isinstance(value, Object | Form):
            frame.fresh.discard(value.origin)
            frame.due.pop(value.origin, None)
            frame.saved.add(value.origin)
            if not frame.by_option:
                frame.facts.ever_saved.add(value.origin)


def is_true(values: Values | None) -> bool:
    return values is not None and values != (Constant(False),) and values != (Constant(None),)


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
