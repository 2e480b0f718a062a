"""Functions of Django, of this package and of others: what calling one means."""

from __future__ import annotations

import ast

from gapless_fields.callsites.engine.builtin import SEQUENTIAL
from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.values import (
    ANY_ALIAS,
    Atomic,
    Bound,
    ClassValue,
    Constant,
    External,
    Instance,
    Origin,
    Value,
    Values,
    classes_in,
    texts_in,
    union,
)
from gapless_fields.callsites.rules.form_factories import FORM_FACTORIES, of_factory, of_type
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.parts import Parts
from gapless_fields.callsites.rules.relations import USER
from gapless_fields.callsites.rules.sites import alias_of, note, take
from gapless_fields.callsites.rules.values import Highest, Manager, Sequence

TAKING = frozenset({"get_next_value", "get_next_values"})
"""Functions and methods of this package that take numbers."""

TYPE_ARGUMENTS = 3
"""``type(name, bases, namespace)`` makes a class."""

_SHORTCUTS = frozenset({"get_object_or_404", "aget_object_or_404", "get_one_or_404"})
_IMPORTERS = frozenset({"import_string", "import_class", "import_from_string", "load_class"})
"""Functions that find a class by its dotted path."""
_MODEL_SAVES = ("Model.save", "Model.save_base")
"""``Model.save(row)`` passes over the ``save()`` of the row's own model."""
_FILE_SAVES = ("FileField().save", "ImageField().save")


class LibraryCalls:
    """Calls of functions that are not the project's own."""

    def __init__(self, parts: Parts) -> None:
        self._transactions = parts.transactions
        self._engine = parts.engine
        self._saving = parts.saving
        self._labels = parts.labels
        self._models = parts.models
        self._forms = parts.forms

    def call(self, call: Invocation, external: External) -> Values | None:
        """What a call returns; None for Python's own functions, and those that nobody knows."""
        path, name, first = external.path, external.name, call.first
        if path.startswith("builtins."):
            return self._builtin(call, name)
        if (found := self._transactions.call(call, path)) is not None:
            return found
        if path.endswith(_FILE_SAVES):
            field = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
            if isinstance(field, ast.Attribute):
                owners = self._engine.evaluate(call.state, field.value)
                self._saving.save_with_file(call, owners)
            return ()
        if path.startswith("gapless_fields."):
            using = alias_of(call.keywords["using"]) if "using" in call.keywords else None
            if name in TAKING:
                take(call.state, call.node, f"{name}()", using)
            return (Sequence(using),) if name == "Sequence" else ()
        if name == "set_autocommit" and first == (Constant(False),):
            how = f"set_autocommit() in line {call.node.lineno}"
            call.state.open = (*call.state.open, Atomic(ANY_ALIAS, how))
        return self._by_name(call, path, name)

    def _by_name(self, call: Invocation, path: str, name: str) -> Values | None:
        first, unknown = call.first, (External(f"{path}()"),)
        if path.endswith(_MODEL_SAVES):
            for row in first:
                if type(row) is Instance and isinstance(row.cls, Class):
                    self._saving.save(call, Bound(row, "save_base"), row, row.cls)
        if name == "as_view":
            self._create_view(call, path)
        if name in ("enter_context", "enter_async_context"):
            for value in first:
                if isinstance(value, Atomic):
                    enter(call, value)
            return first
        if name in KNOWN.transparent:
            chosen = call.arguments[-1] if name == "cast" and call.arguments else first
            return chosen or (unknown if call.node.args else (External(path),))
        if name in SEQUENTIAL and call.arguments:
            return self._engine.copied(call.state, call.node, call.arguments[-1])
        if name in _SHORTCUTS:
            return self._fetched(call.node, first) or unknown
        if name in FORM_FACTORIES:
            return of_factory(self._engine.classes, name, call)
        if name == "formset_factory" and "formset" in call.keywords:
            return call.keywords["formset"]
        if name in _IMPORTERS:
            return self._imported_by_text(call)
        if name in KNOWN.model_getters:
            return self.of_label(call)
        if name in KNOWN.class_getters:
            many = KNOWN.class_getters[name]
            return self._labels.classes_of_labels(call.arguments, many=many) or unknown
        if name == "get_user_model":
            return self._models.users() or unknown
        return union(first, unknown) if name == "from_queryset" else None

    def _builtin(self, call: Invocation, name: str) -> Values | None:
        """Python's functions, of values that Python does not know."""
        if name == "range":  # ``range(1, highest + 1)`` counts up to the highest
            sites = call.state.summary.sites
            sites[:] = [s for s in sites if s.kind != "by hand" or s.node not in call.node.args]
        if name == "len":
            counted = (v.model for v in call.first if isinstance(v, Manager))
            return tuple(Highest(m, "") for m in counted if self._models.numbered_fields(m))
        if name in ("int", "max"):
            return tuple(v for v in union(*call.arguments) if isinstance(v, Highest))
        if name == "type" and len(call.arguments) == TYPE_ARGUMENTS:
            return of_type(self._engine.classes, call.arguments[1], call.arguments[2])
        return None

    def _create_view(self, call: Invocation, path: str) -> None:
        """``CreateView.as_view(model=Invoice)`` in a URLconf."""
        view = path.rpartition(".")[0].rpartition(".")[2]
        if view in KNOWN.create_views or view.endswith("CreateView"):
            named = union(*(call.keywords.get(n, ()) for n in ("model", *KNOWN.form_attributes)))
            for cls in classes_in(named):
                for model in (cls, *self._forms.models(cls)):
                    if self._models.target_of(model) is not None:
                        note(
                            call.state,
                            call.node,
                            model,
                            overrides=self._forms.overrides(model, None),
                        )

    def of_label(self, call: Invocation) -> Values:
        """``get_model("shop.Invoice")``."""
        names = [call.keywords[n] for n in ("app_label", "model_name") if n in call.keywords]
        return self._labels.of_label(*call.arguments, *names)

    def _fetched(self, node: ast.Call, values: Values) -> Values:
        """What ``get_object_or_404(Invoice, …)`` returns."""
        found: list[Value] = []
        for value in values:
            match value:
                case ClassValue(model) | Manager(model):
                    found.append(Instance(model, Origin(node)))
                case External(path) if path.endswith("get_user_model()"):
                    found.append(Instance(External(USER), Origin(node)))
                case External(path):
                    found.append(External(f"{path}()"))
        return tuple(found)

    def _imported_by_text(self, call: Invocation) -> Values:
        """``import_string("shop.forms.InvoiceForm")``, also where a setting has that default."""
        dotted = [External(text) for text in texts_in(call.first) if "." in text]
        modules, module = self._engine.modules, call.state.module
        return union(*(modules.passed_over(path, module) for path in dotted))


def enter(call: Invocation, atomic: Atomic) -> None:
    """``stack.enter_context(atomic())``, ``atomic().__enter__()``."""
    call.state.open = (*call.state.open, atomic)
    call.state.summary.enters.append(atomic)
