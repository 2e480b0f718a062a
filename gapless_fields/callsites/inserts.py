"""Methods that number rows, and what other methods of Django's classes return."""

from __future__ import annotations

import ast

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.facts import Frame, Site
from gapless_fields.callsites.frameworks import Frameworks
from gapless_fields.callsites.values import (
    ANY_ALIAS,
    Atomic,
    Bound,
    ClassValue,
    Constant,
    Form,
    Items,
    Manager,
    Object,
    Sequence,
    Value,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.vocabulary import (
    CREATE_HOOKS,
    FETCHING,
    INSERTING,
    NOT_QUERYSETS,
    RELATED_INSERTING,
    SAVING,
    TAKING,
)

MOST_OF_A_CALL = 70
"""Characters of a call's text that a finding shows."""


class Inserts(Frameworks):
    deferred = ""
    """``on_commit`` or ``thread`` while what is handed to one is looked at."""

    def method(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        """Note what a method of Django's own classes does; tell what it returns."""
        receiver, name = bound.receiver, bound.name
        if bound.by_super:
            frame.facts.hands_on.append((name, frame.open))
        match receiver:
            case Manager():
                return self._of_manager_method(frame, node, bound, receiver, arguments, keywords)
            case Object(Class() as cls):
                if name in SAVING:
                    self._save(frame, node, bound, receiver, cls, keywords)
                    return ()
                return self._of_framework(frame, node, bound, receiver, cls, arguments, keywords)
            case Form():
                return self._of_form_method(frame, node, bound, receiver, arguments, keywords)
            case ClassValue(cls):
                return self._of_class_method(frame, node, bound, cls, arguments, keywords)
            case Sequence(using) if name in TAKING:
                self.take(frame, node, f"Sequence.{name}()", using)
            case Atomic() if name in ("__enter__", "__aenter__"):
                frame.open = (*frame.open, receiver)
                frame.facts.enters.append(receiver)
            case Items() if name in ("append", "add", "insert", "extend", "appendleft"):
                self._append(frame, node, receiver, arguments)
            case Items() if name in ("get", "pop", "popleft", "setdefault"):
                return elements_of((receiver,))
            case Items() if name in ("values", "items", "copy"):
                return (receiver,)
        return ()

    def note(
        self,
        frame: Frame,
        node: ast.expr | ast.ClassDef,
        model: Class | None,
        *,
        kind: str = "insert",
        using: str | None = None,
        overrides: tuple[Function | None, ...] = (),
        loose: bool = False,
        call: str = "",
        view: Class | None = None,
    ) -> None:
        """Note a site, once for each call and model."""
        for site in frame.facts.sites:
            if site.node is node and site.model is model and site.kind == kind:
                site.open = tuple(atomic for atomic in site.open if atomic in frame.open)
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
                self.deferred,
                view,
            )
        )

    def take(self, frame: Frame, node: ast.expr, call: str, using: str | None) -> None:
        self.note(frame, node, None, kind="take", call=call, using=using)

    # Managers and querysets

    def _of_manager_method(
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
        if target is not None and name in ("update", "aupdate"):
            if set(keywords).intersection(target.fields):
                self.note(frame, node, model, kind="rewrite")
        if target is not None and name in ("bulk_update", "abulk_update"):
            names = elements_of(union(keywords.get("fields", ()), *arguments[1:2]))
            if any(isinstance(v, Constant) and v.value in target.fields for v in names):
                self.note(frame, node, model, kind="rewrite")
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
            if self.target_of(model) is None:
                continue
            if name not in INSERTING and manager.through is not model:
                if Constant(False) not in keywords.get("bulk", ()):
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

    # Instances

    def _save(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        row: Object,
        cls: Class,
        keywords: dict[str, Values],
    ) -> None:
        own_save = bound.by_super and frame.function.name in SAVING
        forced = is_true(keywords.get("force_insert"))
        only_update = (
            keywords.get("update_fields", (Constant(None),)) != (Constant(None),)
            or is_true(keywords.get("force_update"))
            or is_true(keywords.get("raw"))
        )
        inserts = (frame.is_fresh(row) or forced) and not only_update
        if inserts and not own_save and self.target_of(cls) is not None:
            override = None if bound.by_super else self.find_method(cls, "save")
            using = alias_of(keywords["using"]) if "using" in keywords else None
            self.note(
                frame, node, cls, using=using, overrides=(override,), loose=row.loose and not forced
            )
        if not only_update:
            self.saved(frame, row)

    def saved(self, frame: Frame, value: Value) -> None:
        """From here on, another ``save()`` of it is an UPDATE."""
        if isinstance(value, Object | Form):
            frame.fresh.discard(value.origin)

    def _of_class_method(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        cls: Class,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        if bound.name in SAVING:  # ``Invoice.save(invoice)``
            for value in arguments[0] if arguments else ():
                if isinstance(value, Object) and value.cls is cls:
                    self._save(frame, node, Bound(value, bound.name), value, cls, keywords)
            return ()
        if bound.name == "as_manager":
            return (Object(cls, node),)
        if bound.name == "from_queryset":
            return union((bound.receiver,), *arguments[:1])
        return (bound.receiver,) if bound.name == "as_view" else ()

    def _append(self, frame: Frame, node: ast.Call, items: Items, arguments: list[Values]) -> None:
        target = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not isinstance(target, ast.Name) or not arguments:
            return
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        added = elements_of(arguments[-1]) if name == "extend" else arguments[-1]
        frame.env[target.id] = (Items((union(*items.elements, added),), fixed=False),)

    # Forms, serializers, generic views

    def _of_form_method(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        form: Form,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        name = bound.name
        if name != "save" and not (name == "create" and bound.by_super):
            return (form,) if name in ("get_queryset", "forms") else ()
        commit = union(keywords.get("commit", ()), *arguments[:1])
        unsaved = commit == (Constant(False),)
        is_fresh = frame.is_fresh(form)
        own = bound.by_super and frame.function.name == name
        if is_fresh and not unsaved and not own and self.target_of(form.model) is not None:
            overrides = [self.find_method(form.model, "save")]
            if form.cls is not None and not bound.by_super:
                overrides += [self.find_method(form.cls, other) for other in ("save", "create")]
            self.note(frame, node, form.model, overrides=tuple(overrides))
        row = Object(form.model, node)
        if is_fresh and unsaved:
            frame.fresh.add(node)
        elif not unsaved:
            self.saved(frame, form)
        return (Items(((row,),), fixed=False),) if form.many else (row,)

    def _of_framework(
        self,
        frame: Frame,
        node: ast.Call,
        bound: Bound,
        receiver: Object,
        cls: Class,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        """Methods that a generic view or the admin inherits from its framework."""
        name = bound.name
        forms = dict.fromkeys(self.view_forms(cls)) if self.is_view(cls) else {}
        if name in ("get_form", "get_serializer"):
            return self.view_form(frame, node, cls, arguments, keywords)
        if name in ("get_form_class", "get_serializer_class"):
            return tuple(ClassValue(form) for _, form in forms if form is not None)
        if name == "get_object":
            return tuple(Object(model, node) for model, _ in forms)
        if name == "get_queryset":
            return tuple(Manager(model) for model, _ in forms)
        if name in CREATE_HOOKS and self.creates(cls):
            self._create_by_view(frame, node, cls, name)
        elif bound.by_super and self.is_admin(cls) and name in ("save_model", "save_formset"):
            models = self.inline_models(cls) if name == "save_formset" else self.admin_models(cls)
            for value in models:
                if isinstance(value, ClassValue) and self.target_of(value.cls) is not None:
                    self.note(
                        frame, node, value.cls, overrides=(self.find_method(value.cls, "save"),)
                    )
        return ()

    def _create_by_view(self, frame: Frame, node: ast.Call, cls: Class, name: str) -> None:
        """``super().form_valid(form)`` and the like, unless an own hook further in inserts."""
        for hook in CREATE_HOOKS[: CREATE_HOOKS.index(name)]:
            if self.find_method(cls, hook) is not None:
                return
        for model, form in dict.fromkeys(self.view_forms(cls)):
            if self.target_of(model) is not None:
                self.note(frame, node, model, overrides=self.form_overrides(model, form))

    def form_overrides(self, model: Class, form: Class | None) -> tuple[Function | None, ...]:
        """The project's own methods through which a form's row goes."""
        own = [self.find_method(form, name) for name in ("save", "create")] if form else []
        return (self.find_method(model, "save"), *own)


def is_true(values: Values | None) -> bool:
    return values is not None and values != (Constant(False),) and values != (Constant(None),)


def alias_of(values: Values) -> str | None:
    """The database that an argument names: None is the default, unknown ones are any."""
    for value in values:
        if isinstance(value, Constant) and (value.value is None or isinstance(value.value, str)):
            return value.value
    return ANY_ALIAS


def call_text(node: ast.expr | ast.ClassDef) -> str:
    """The call as a person would name it: ``Invoice.objects.create()``."""
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    called = node.func if isinstance(node, ast.Call) else node
    text = " ".join(ast.unparse(called).split())
    return (text if len(text) <= MOST_OF_A_CALL else f"…{text[-MOST_OF_A_CALL:]}") + "()"
