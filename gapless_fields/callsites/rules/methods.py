"""Methods that are not the project's own: of managers, rows, forms, views and sequences."""

from __future__ import annotations

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.values import (
    Atomic,
    Bound,
    ClassValue,
    Instance,
    Origin,
    Value,
    Values,
    union,
)
from gapless_fields.callsites.rules.forms import is_unsaved
from gapless_fields.callsites.rules.library_calls import TAKING, enter
from gapless_fields.callsites.rules.managers import Managers
from gapless_fields.callsites.rules.parts import Parts
from gapless_fields.callsites.rules.saving import SAVING
from gapless_fields.callsites.rules.sites import take
from gapless_fields.callsites.rules.values import Form, Highest, Manager, Sequence
from gapless_fields.callsites.rules.view_methods import ViewMethods


class Methods:
    """What methods do and return."""

    def __init__(self, parts: Parts) -> None:
        self._forms = parts.forms
        self._saving = parts.saving
        self._by_hand = parts.by_hand
        self._models = parts.models
        self._classes = parts.classes
        self._views = parts.views
        self._managers = Managers(parts)
        self._view_methods = ViewMethods(parts)

    def method(self, call: Invocation, bound: Bound) -> Values:
        name, receiver = bound.name, bound.receiver
        if bound.by_super and not is_unsaved(call, receiver):
            call.state.summary.super_calls.append((name, call.state.open))
        match receiver:
            case Manager():
                return self._managers.method(call, bound, receiver)
            case Form():
                return self._forms.method(call, bound, receiver)
            case Instance(Class() as cls) if name in SAVING:
                self._saving.save(call, bound, receiver, cls)
            case Instance(Class()) if name in ("refresh_from_db", "arefresh_from_db"):
                call.state.rows.columns.pop(receiver.origin, None)
            case Instance(Class() as cls):
                return self._view_methods.call(call, bound, cls)
            case ClassValue(cls) if name in SAVING:
                self._saving.save_by_class(call, bound, cls)
            case ClassValue(cls) if name == "as_manager":
                return (Instance(cls, Origin(call.node)),)
            case ClassValue() if name == "from_queryset":
                return union((receiver,), call.first)
            case ClassValue() if name == "as_view":
                return (receiver,)
            case Highest():
                return self._by_hand.method(call, name, receiver)
            case Sequence(using) if name in TAKING:
                take(call.state, call.node, f"Sequence.{name}()", using)
            case Atomic() if name in ("__enter__", "__aenter__"):
                enter(call, receiver)
        return ()

    def returned(self, owner: Class | None, receiver: Value | None, value: Value) -> Values:
        match value:
            case Form():
                return (value,)
            case Instance(Class() as cls) if owner is not None:
                if self._is_of_another_view(owner, receiver, cls):
                    return ()
                actual = getattr(receiver, "cls", None)
                if isinstance(actual, Class) and cls in self._models.stand_ins(owner):
                    return (Instance(actual, value.origin),)
                if isinstance(receiver, Manager) and self._models.is_manager(cls):
                    return (self._managers.queryset(receiver),)
                if isinstance(receiver, Manager) and cls in self._models.managed.get(owner, ()):
                    return (Instance(receiver.model, value.origin),)
            case ClassValue(cls) if isinstance(receiver, ClassValue) and owner is not None:
                # of the models that a class method of a base returns, those of the class it is of
                is_heir = cls in self._models.heirs.get(owner, ())
                is_own = receiver.cls in self._classes.mro(cls)
                return (value,) if is_own or not is_heir else ()
            case Manager(model) if isinstance(receiver, Manager) and owner is not None:
                is_own = model in self._models.managed.get(owner, ())
                return (self._managers.queryset(receiver),) if is_own else (value,)
        return (value,)

    def _is_of_another_view(self, owner: Class, receiver: Value | None, cls: Class) -> bool:
        """Whether a base view's method returns a row of a model that the caller's is not of."""
        view = getattr(receiver, "cls", None)
        if owner not in self._models.serving or not isinstance(view, Class) or view is owner:
            return False
        if self._models.target_of(cls) is None or not self._views.is_view(view):
            return False
        models = [model for model, _ in self._views.forms(view)]
        return cls not in (*models, *self._views.models(view))
