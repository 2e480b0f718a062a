"""Forms and serializers: whose rows they save, and whether those are new."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from gapless_fields.callsites.engine.calls import is_new
from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.values import (
    Bound,
    Constant,
    FunctionValue,
    Instance,
    Items,
    Origin,
    Values,
    class_of,
    classes_in,
)
from gapless_fields.callsites.rules.drafts import Drafts
from gapless_fields.callsites.rules.due import MAYBE, NO
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.sites import implied, note, signalled
from gapless_fields.callsites.rules.values import Form

VALIDATING = ("clean", "validate")
"""How the names of the methods begin that ``is_valid()`` calls."""

_SETS_INSTANCE = re.compile(
    rb"\w+\[[\"']instance[\"']\] = |[(,]\s*instance=(?!(?:instance|None)\b)"
)


class Forms:
    """The forms of a project.

    Args:
        engine: reads the project.
        models: the numbered models.
        drafts: what issues a draft.
    """

    def __init__(self, engine: Engine, models: Models, drafts: Drafts) -> None:
        self._engine = engine
        self._classes = engine.classes
        self._models = models
        self._drafts = drafts

    # Classes

    def is_form(self, cls: Class) -> bool:
        return self._classes.inherits(cls, *KNOWN.form_bases)

    def serve(self, cls: Class) -> bool:
        """Whether a class is a form, or a mixin of some."""
        return any(map(self.is_form, self._models.with_serving(cls)))

    def models(self, cls: Class) -> tuple[Class, ...]:
        """The model of a ``ModelForm`` or ``ModelSerializer``; nothing for other classes."""
        names = set(self._classes.external_names(cls)) - KNOWN.plain_forms
        if any(name.endswith(KNOWN.form_bases) for name in names):
            for ancestor in self._classes.mro(cls):
                if (meta := ancestor.inner("Meta")) is not None:
                    return tuple(classes_in(self._classes.parsed_attribute(meta, "model")))
        return ()

    def models_of_heirs(self, cls: Class) -> tuple[Class, ...]:
        """The numbered models of the forms that inherit from one without a model, or a mixin."""
        heirs = self._models.serving.get(cls, ())
        return tuple(dict.fromkeys(model for heir in heirs for model in self.models(heir)))

    def validators(self, cls: Class) -> Iterator[Function]:
        """The project's methods that ``is_valid()`` of a form or serializer calls."""
        for ancestor in self._classes.mro(cls):
            for name in ancestor.scope.names:
                method = ancestor.method(name) if name.startswith(VALIDATING) else None
                if method is not None:
                    yield method

    def overrides(self, model: Class, form: Class | None) -> tuple[Function | None, ...]:
        """The project's own methods through which a form's row goes."""
        find = self._classes.find_method
        own = [find(form, name) for name in ("save", "create")] if form else []
        return (find(model, "save"), *own)

    def _finds_its_row(self, cls: Class) -> bool:
        """Whether a form's own ``__init__()`` sets its ``instance``, and makes no new one."""
        init = self._classes.find_method(cls, "__init__")
        if init is None or _SETS_INSTANCE.search(init.text) is None:
            return False
        return not any(model.name.encode() + b"(" in init.text for model in self.models(cls))

    # For which rows forms are made

    def made_for(self, cls: Class) -> set[bool]:
        """Whether a form was seen to be made for new rows, and for saved ones."""
        return set(self._engine.solver.told(("form", cls)))

    def note_made(self, state: State, form: Form) -> None:
        """Tell the methods of a form for which rows it is made."""
        is_new = state.rows.may_be_new(form)
        for ancestor in self._classes.mro(form.cls) if isinstance(form.cls, Class) else ():
            self._engine.solver.tell(state.function, ("form", ancestor), is_new, is_new=is_new)

    # Instances

    def construct(self, call: Invocation, cls: Class) -> Values:
        """``InvoiceForm(…)``; nothing for other classes."""
        forms = [self.new(call.state, call.node, m, cls, call) for m in self.models(cls)]
        for form in forms:
            self.note_made(call.state, form)
        return tuple(forms)

    def new(
        self,
        state: State,
        node: ast.AST,
        model: Class,
        cls: Class | None,
        call: Invocation | None = None,
        *,
        many: bool = False,
        part: object = None,
    ) -> Form:
        """A form: new unless a call gives it a saved ``instance``."""
        saved: Values | None = None
        if not many and call is not None:
            saved = call.keywords.get("instance")
            is_serializer = cls is not None and self._classes.inherits(cls, "Serializer")
            if saved is None and call.arguments and is_serializer:
                saved = call.arguments[0]
        if saved is None and cls is not None and self._finds_its_row(cls):
            saved = ()
        rows = [value for value in saved or () if type(value) is Instance]
        may_be_none = saved is None or Constant(None) in saved
        of_new = any(state.rows.may_be_new(r) and not state.rows.maybe_saved(r) for r in rows)
        origin = Origin(node, part)
        if rows and may_be_none and not of_new:
            state.summary.forms[rows[-1].origin] = origin
        elif rows and not state.rows.maybe_saved(rows[-1]):
            origin = rows[-1].origin
        if (may_be_none or of_new) and not state.rows.may_be_new(Instance(None, origin)):
            state.rows.renew([origin])
        return Form(cls, origin, model, many)

    # Attributes and methods

    def attribute(self, form: Form, name: str) -> Values:
        """What an attribute of a form stands for."""
        if name == "instance":
            return (Instance(form.model, form.origin),)
        if isinstance(form.cls, Class):
            bound = Bound(form, name)
            method = self._classes.find_method(form.cls, name)
            if method is not None:
                return (FunctionValue(method, receiver=form), bound)
            return self._classes.attribute(form.cls, name) or (bound,)
        return (Bound(form, name),)

    def method(self, call: Invocation, bound: Bound, form: Form) -> Values:
        """What a method of a form returns; notes the row that it saves."""
        state, node, name = call.state, call.node, bound.name
        cls = class_of(form)
        if name == "is_valid" and cls is not None:
            implied(state, node, self.validators(cls), cls)
        if name != "save" and not (name == "create" and bound.by_super):
            return (form,) if name in ("get_queryset", "forms") else ()
        unsaved = is_unsaved(call, form)
        if cls is not None and not bound.by_super:
            if unsaved and self._saves_anyway(cls):
                return (Instance(form.model, Origin(node)),)  # its own ``save()`` is the line
            hooks = (self._classes.find_method(cls, hook) for hook in ("create", "update"))
            implied(state, node, hooks, cls)
        if not unsaved:
            self._note_saved(call, bound, form)
        if unsaved and not form.many:
            return (Instance(form.model, form.origin),)  # the form's own instance
        row = Instance(form.model, Origin(node))
        if unsaved and state.rows.may_be_new(form):
            state.rows.renew([row.origin])
        elif not unsaved:
            state.save(form)
        return (Items(((row,),), fixed=False),) if form.many else (row,)

    def _note_saved(self, call: Invocation, bound: Bound, form: Form) -> None:
        state, node, rows = call.state, call.node, call.state.rows
        new = is_new(state, form)
        signalled(state, node, form.model, new=new)
        implied(state, node, [self._classes.find_method(form.model, "save")], form.model, new=new)
        is_own = bound.by_super and state.function.name == bound.name
        if is_own or self._models.target_of(form.model) is None:
            return
        if not rows.may_be_new(form):
            self.note_issued(call, form)
            return
        own = None if bound.by_super else class_of(form)
        note(
            state,
            node,
            form.model,
            overrides=self.overrides(form.model, own),
            is_doubtful=rows.maybe_saved(form),
            is_given=rows.is_given(form),
        )

    def note_issued(self, call: Invocation, form: Form) -> None:
        """``form.instance.issued_on = today``: note the UPDATE, if it numbers a draft."""
        issued, columns = self._drafts.is_issued(call.state, Instance(form.model, form.origin))
        if issued != NO:
            note(
                call.state,
                call.node,
                form.model,
                kind="update",
                overrides=[self._classes.find_method(form.model, "save")],
                is_doubtful=issued == MAYBE,
                columns=columns,
            )

    def _saves_anyway(self, cls: Class) -> bool:
        """Whether a form's own ``save()`` saves the row whatever ``commit`` is."""
        own = self._classes.find_method(cls, "save")
        if own is None:
            return False
        summary = self._engine.solver.summary(own)
        saved = summary.ever_saved - summary.optional.get("commit", set())
        return any(type(v) is Instance and v.origin in saved for v in summary.returns)


def is_unsaved(call: Invocation, receiver: object) -> bool:
    """``form.save(commit=False)``."""
    return isinstance(receiver, Form) and call.argument(0, "commit") == (Constant(False),)
