"""Methods of Django's own classes: what calling one does and returns."""

from __future__ import annotations

import ast

from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.newness import is_new
from gapless_fields.callsites.saving import Saving
from gapless_fields.callsites.values import (
    Atomic,
    Bound,
    ClassValue,
    Constant,
    Form,
    Highest,
    Items,
    Manager,
    Object,
    Sequence,
    Value,
    Values,
    elements_of,
    shallow,
    union,
)
from gapless_fields.callsites.vocabulary import CREATE_HOOKS, SAVING, TAKING, UPDATE_HOOKS


class Methods(Saving):
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
        if bound.by_super and not _is_unsaved(receiver, arguments, keywords):
            frame.facts.hands_on.append((name, frame.open))
        match receiver:
            case Manager():
                return self.of_manager_method(frame, node, bound, receiver, arguments, keywords)
            case Object(Class() as cls):
                if name in SAVING:
                    self.save_row(frame, node, bound, receiver, cls, keywords)
                    return ()
                return self._of_framework(frame, node, bound, receiver, cls, arguments, keywords)
            case Form():
                return self._of_form_method(frame, node, bound, receiver, arguments, keywords)
            case Highest():
                return self.of_highest(node, bound, receiver)
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
            case Items() if name == "items":
                pair = Items(((), elements_of((receiver,))))
                return (Items(((pair,),), fixed=False),)
            case Items() if name in ("values", "copy"):
                return (receiver,)
        return ()

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
                    self.save_row(frame, node, Bound(value, bound.name), value, cls, keywords)
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
        held = union(*items.elements, shallow(added))
        frame.env[target.id] = (Items((held,), fixed=False),)

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
        if name == "is_valid" and form.cls is not None:
            self.implied(frame, node, self.validators(form.cls), form.cls)
        if name != "save" and not (name == "create" and bound.by_super):
            return (form,) if name in ("get_queryset", "forms") else ()
        unsaved = _is_unsaved(form, arguments, keywords)
        if unsaved and form.cls is not None and not bound.by_super and self._saves_anyway(form.cls):
            return (Object(form.model, node),)  # ``save()`` of the form's own is the line
        is_fresh = frame.is_fresh(form)
        if form.cls is not None and not bound.by_super:
            hooks = [self.find_method(form.cls, hook) for hook in ("create", "update")]
            self.implied(frame, node, hooks, form.cls)
        if not unsaved:
            new = is_new(frame, form)
            self.signalled(frame, node, form.model, new=new)
            save = self.find_method(form.model, "save")
            self.implied(frame, node, [save], form.model, new=new)
        own = bound.by_super and frame.function.name == name
        if is_fresh and not unsaved and not own and self.target_of(form.model) is not None:
            overrides = [self.find_method(form.model, "save")]
            if form.cls is not None and not bound.by_super:
                overrides += [self.find_method(form.cls, other) for other in ("save", "create")]
            given = form.origin in frame.facts.given
            self.note(
                frame,
                node,
                form.model,
                overrides=tuple(overrides),
                loose=form.loose,
                given=given,
            )
        if unsaved and not form.many:
            return (Object(form.model, form.origin, form.loose),)  # the form's own instance
        row = Object(form.model, node)
        if is_fresh and unsaved:
            frame.fresh.add(node)
        elif not unsaved:
            self.saved(frame, form)
        return (Items(((row,),), fixed=False),) if form.many else (row,)

    def _saves_anyway(self, cls: Class) -> bool:
        """Whether a form's own ``save()`` saves the row whatever ``commit`` is."""
        own = self.find_method(cls, "save")
        facts = self.facts(own) if own is not None else None
        if facts is None:
            return False
        optional = facts.optional.get("commit", set())
        rows = [value for value, _ in facts.returns if isinstance(value, Object)]
        return any(row.origin in facts.ever_saved - optional for row in rows)

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
        if name == "is_valid" and self.is_form(cls):
            self.implied(frame, node, self.validators(cls), cls)
        if name in CREATE_HOOKS and self.creates(cls):
            forms_given = [v for v in union(*arguments, *keywords.values()) if isinstance(v, Form)]
            if not forms_given or any(frame.is_fresh(form) for form in forms_given):
                self._create_by_view(frame, node, cls, name)
        elif name in UPDATE_HOOKS and self.updates(cls):
            for model, form in forms:
                self._implied_by_view(frame, node, model, form)
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
        own = self.find_after(cls, frame.cls, name) if frame.cls is not None else None
        if own is not None and all(handed != name for handed, _ in self.facts(own).hands_on):
            return  # a base view of the project saves by itself
        for model, form in dict.fromkeys(self.view_forms(cls)):
            self._implied_by_view(frame, node, model, form)
            self.signalled(frame, node, model)
            inherited = frame.cls is not None and frame.cls is not cls
            if self.target_of(model) is not None and not inherited:  # else the class is the site
                self.note(frame, node, model, overrides=self.form_overrides(model, form))

    def _implied_by_view(
        self, frame: Frame, node: ast.Call, model: Class, form: Class | None
    ) -> None:
        update = self.find_method(form, "update") if form else None
        self.implied(frame, node, [*self.form_overrides(model, form), update], form or model)

    def form_overrides(self, model: Class, form: Class | None) -> tuple[Function | None, ...]:
        """The project's own methods through which a form's row goes."""
        own = [self.find_method(form, name) for name in ("save", "create")] if form else []
        return (self.find_method(model, "save"), *own)


def _is_unsaved(receiver: Value, arguments: list[Values], keywords: dict[str, Values]) -> bool:
    """``form.save(commit=False)``."""
    commit = union(keywords.get("commit", ()), *arguments[:1])
    return isinstance(receiver, Form) and commit == (Constant(False),)
