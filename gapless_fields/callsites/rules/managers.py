"""Methods of managers and querysets: which insert rows, and what they return."""

from __future__ import annotations

from dataclasses import replace

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.values import (
    Bound,
    Constant,
    Instance,
    Items,
    Origin,
    Values,
    elements_of,
)
from gapless_fields.callsites.rules.parts import Parts
from gapless_fields.callsites.rules.rewrites import written_by
from gapless_fields.callsites.rules.sites import alias_of, implied, note, signalled
from gapless_fields.callsites.rules.values import Manager


def _also_async(*names: str) -> frozenset[str]:
    return frozenset((*names, *(f"a{name}" for name in names)))


INSERTING = _also_async("create", "get_or_create", "update_or_create", "bulk_create")
"""Methods that INSERT."""

RELATED_INSERTING = INSERTING | _also_async("add", "set")
"""... of many-to-many relations: each row of ``through`` is one that these INSERT."""

_FETCHING = _also_async("get", "first", "last", "latest", "earliest")
"""Methods that return one saved row."""

_NOT_QUERYSETS = _also_async(
    *("count", "exists", "aggregate", "update", "delete", "bulk_update", "in_bulk"),
    *("values", "values_list", "explain", "contains", "dates", "datetimes", "remove", "clear"),
)


class Managers:
    """The managers of a project's models."""

    def __init__(self, parts: Parts) -> None:
        self._models = parts.models
        self._drafts = parts.drafts
        self._by_hand = parts.by_hand
        self._classes = parts.classes

    def method(self, call: Invocation, bound: Bound, manager: Manager) -> Values:
        """What a method of a manager returns; notes the rows that it inserts."""
        state, node, name, model = call.state, call.node, bound.name, manager.model
        if name in RELATED_INSERTING:
            self._insert(call, bound, manager)
        target = self._models.target_of(model)
        if target is not None:
            columns = written_by(call, name, target.fields)
            if columns:
                note(state, node, model, kind="rewrite", columns=columns)
            found = self._by_hand.query(call, name, model)
            if found is not None:
                return found
        row = Instance(model, Origin(node))
        match name.removeprefix("a") if name in INSERTING else "":
            case "create":
                return (row,)
            case "bulk_create":
                for value in elements_of(call.argument(0, "objs")):
                    state.save(value)
                return (Items(((row,),), fixed=False),)
            case "get_or_create" | "update_or_create":
                return (Items(((row,), ())),)
        if name in _FETCHING:
            return (row,)
        if name in _NOT_QUERYSETS or name in RELATED_INSERTING:
            return ()
        if name in ("using", "db_manager"):
            alias = alias_of(call.argument(0, "using", "alias"))
            return (Manager(model, alias, manager.custom, manager.through),)
        return (self.queryset(manager),)

    def queryset(self, manager: Manager) -> Manager:
        """What a method of a manager returns, which has no methods of the manager alone."""
        custom = tuple(cls for cls in manager.custom if self._is_queryset(cls))
        return replace(manager, custom=custom)

    def _is_queryset(self, cls: Class) -> bool:
        """Whether a class has its methods in querysets too, as a manager has not."""
        return self._classes.inherits(cls, "QuerySet", "Queryset")

    def _insert(self, call: Invocation, bound: Bound, manager: Manager) -> None:
        state, node, name = call.state, call.node, bound.name
        if bound.by_super and state.function.name == name:
            return  # an override that calls super(): the line that calls it decides
        is_bulk = name in ("bulk_create", "abulk_create")
        rows = [manager.through] if manager.through is not None else []
        if name in INSERTING or manager.through is None:
            rows.append(manager.model)
        for model in rows:
            if not is_bulk:
                signalled(state, node, model)
                implied(state, node, [self._classes.find_method(model, "save")], model)
            if self._models.target_of(model) is None:
                continue
            adds = name not in INSERTING and manager.through is not model
            if adds and Constant(False) not in call.keywords.get("bulk", ()):
                continue  # ``add()`` of a reverse ForeignKey UPDATEs
            overrides = self._overrides(manager, model, name, by_super=bound.by_super)
            is_draft = name in ("create", "acreate") and self._drafts.is_draft(state, model, node)
            note(
                state,
                node,
                model,
                using=manager.using,
                overrides=overrides,
                is_draft=is_draft,
            )
            conflicts = {"ignore_conflicts", "update_conflicts"}.intersection(call.keywords)
            if is_bulk and any(call.keywords[key] != (Constant(False),) for key in conflicts):
                note(state, node, model, kind="conflicts")

    def _overrides(
        self, manager: Manager, model: Class, name: str, *, by_super: bool
    ) -> dict[Function | None, None]:
        """The project's own methods that the rows go through."""
        find, is_bulk = self._classes.find_method, name in ("bulk_create", "abulk_create")
        found = [] if is_bulk else [find(model, "save")]
        for cls in manager.custom if not by_super else ():
            found.append(find(cls, name.removeprefix("a")))
            if not is_bulk and (self._is_queryset(cls) or name in ("create", "acreate")):
                found.append(find(cls, "create"))
        return dict.fromkeys(found)
