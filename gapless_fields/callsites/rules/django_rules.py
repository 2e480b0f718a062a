"""What the engine asks of Django and the packages around it: the rules, put together."""

from __future__ import annotations

import ast
from collections.abc import Sequence as SequenceOf

from gapless_fields.callsites.engine.definitions import Function
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.rows import origins_of
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import last_name_of
from gapless_fields.callsites.engine.values import (
    Bound,
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Origin,
    Parameter,
    Value,
    Values,
    classes_in,
)
from gapless_fields.callsites.rules.attributes import Attributes
from gapless_fields.callsites.rules.given import Given
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.library_calls import LibraryCalls
from gapless_fields.callsites.rules.methods import Methods
from gapless_fields.callsites.rules.parts import Parts
from gapless_fields.callsites.rules.saving import SAVING
from gapless_fields.callsites.rules.sites import take
from gapless_fields.callsites.rules.values import Form, FormClass, Manager, Sequence
from gapless_fields.callsites.rules.views import FORM_GETTERS
from gapless_fields.callsites.targets import Options, Target


class DjangoRules:
    """The rules of Django, for one project.

    Args:
        engine: reads the project.
        targets: the models that were asked for.
        options: what the source does not say.
    """

    def __init__(self, engine: Engine, targets: SequenceOf[Target], options: Options) -> None:
        self.parts = parts = Parts(engine, targets, options)
        self._library_calls = LibraryCalls(parts)
        self.attributes = Attributes(parts)
        self.unbound = parts.models.unbound
        self.attribute = self.attributes.attribute
        self.missing_attribute = self.attributes.missing_attribute
        self.guess = self.attributes.guess
        methods = Methods(parts)
        self.method, self.returned = methods.method, methods.returned
        given = Given(parts)
        self.receivers, self.parameter = given.receivers, given.parameter
        self.annotated, self.annotated_with = given.annotated, given.annotated_with
        self.matters, self.is_numbered = given.matters, given.is_numbered
        self.makes_another = given.makes_another
        self.opened_by = parts.transactions.opened_by
        self.connects = parts.signals.connects

    # Values in expressions

    def iterate(self, state: State, node: ast.expr, value: Value) -> Values:
        match value:
            case Manager(model):
                return (Instance(model, Origin(node)),)
            case Form(cls, origin, model, True):
                return (Form(cls, origin, model),)
            case Sequence(using):
                take(state, node, "next()", using)
        return ()

    def item(self, node: ast.Subscript, value: Value) -> Values:
        if not isinstance(value, Manager):
            return ()
        is_slice = isinstance(node.slice, ast.Slice)
        return (value,) if is_slice else (Instance(value.model, Origin(node)),)

    def sum(self, state: State, node: ast.expr | ast.AugAssign, values: Values) -> Values:
        added = tuple(value for value in values if isinstance(value, Manager))
        return (added if isinstance(node, ast.expr) else ()) + self.parts.by_hand.sum(
            state, node, values
        )

    # Calls

    def call(self, call: Invocation, called: Value) -> Values | None:
        match called:
            case External():
                return self._library_calls.call(call, called)
            case ClassValue(cls) if self.parts.models.is_manager(cls) and call.first:
                models = classes_in(call.first)  # ``InvoiceQuerySet(self.model)``
                return tuple(Manager(model, custom=(cls,)) for model in models) or None
            case ClassValue(cls):
                forms = self.parts.forms.construct(call, cls)
                if not forms:
                    self.parts.by_hand.given(call, cls)
                if "**" in call.keywords and self.parts.views.only_updates(call.state.cls):
                    # ``InvoiceForm(**self.get_form_kwargs())``: with the view's own object
                    call.state.rows.not_new(origins_of(forms))
                return forms or None
            case FormClass(model, many, cls):
                form = self.parts.forms.new(call.state, call.node, model, cls, call, many=many)
                if called.only_saved:
                    call.state.rows.not_new([form.origin])
                return (form,)
        return None

    def call_named(self, call: Invocation, called: Values) -> Values | None:
        self.parts.signals.sends(call)
        is_getter = last_name_of(call.node.func) in KNOWN.model_getters
        # of a parameter ``apps``
        return self._library_calls.of_label(call) if is_getter and not called else None

    def calling(self, state: State, value: FunctionValue) -> None:
        if type(value.receiver) is Instance and value.function.name not in SAVING:
            self.parts.drafts.set_by_method(state, value.receiver, value.function)

    def call_function(self, function: Function, arguments: SequenceOf[Values]) -> Values | None:
        if function.has_decorator("contextmanager", "asynccontextmanager"):
            return self.parts.transactions.context_of(function)
        if function.name in KNOWN.model_getters and arguments:
            return self.parts.labels.of_label(*arguments)
        if function.name in KNOWN.class_getters and function.cls is None:
            many = KNOWN.class_getters[function.name]
            return self.parts.labels.classes_of_labels(arguments, many=many)
        if function.name == "get_user_model":
            return self.parts.models.users()
        return self.attributes.returned_by_heirs(function)

    def chooses_classes(self, function: Function) -> bool:
        return function.name in FORM_GETTERS

    def is_form_method(self, value: Value) -> bool:
        return isinstance(value, Bound) and isinstance(value.receiver, Form)

    def is_save(self, name: str) -> bool:
        return name in SAVING

    # Statements

    def assigning(self, state: State, target: ast.Attribute, values: Values) -> None:
        self.parts.engine.evaluate(state, target.value)
        self.parts.conditions.renewed(state, target, values)

    def assigned(self, state: State, target: ast.expr, value: ast.expr, values: Values) -> None:
        if not isinstance(target, ast.Attribute):
            return
        self.parts.by_hand.assigned(state, target, value, values)
        if self.parts.drafts.dues.are_any(target.attr):
            owners = self.parts.engine.evaluate(state, target.value)
            if all(isinstance(owner, Parameter) for owner in owners):
                owners = self.parts.conditions.named_like(state, target.value)
            for owner in owners:
                if type(owner) is Instance:
                    self.parts.drafts.column_set(state, owner, target.attr, value)

    def condition(self, state: State, test: ast.expr, branches: tuple[State, State]) -> bool:
        asks_for_saved = self.parts.conditions.tell(state, test, branches)
        if self.parts.drafts.dues.are_any():
            self.parts.drafts.asked.tell(state, test, *branches)
        return asks_for_saved

    def option_default(self, name: str) -> bool | None:
        return True if name in ("save", "commit") else None

    # Functions that are passed on

    def defers(self, name: str) -> str:
        return KNOWN.deferring.get(name, "")

    def keeps(self, names: set[str]) -> bool:
        return "atomic" in names or "dict" in names or not names.isdisjoint(KNOWN.transparent)
