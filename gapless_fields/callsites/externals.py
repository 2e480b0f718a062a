"""Functions of Django, of this package, of Python and others: what calling one means."""

from __future__ import annotations

import ast

from gapless_fields.callsites.builtin import Builtins
from gapless_fields.callsites.definitions import Class
from gapless_fields.callsites.facts import Call
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.inserts import alias_of
from gapless_fields.callsites.values import (
    ANY_ALIAS,
    Atomic,
    Bound,
    ClassValue,
    Constant,
    External,
    FormClass,
    FunctionValue,
    Manager,
    Object,
    Parameter,
    Sequence,
    Value,
    Values,
    union,
)
from gapless_fields.callsites.vocabulary import (
    CLASS_GETTERS,
    FORM_FACTORIES,
    IMPORTERS,
    MODEL_GETTERS,
    SEQUENTIAL,
    SHORTCUTS,
    TAKING,
    TRANSPARENT,
    USER,
)

ATOMIC = frozenset({"django.db.transaction.atomic", "django.db.transaction.Atomic"})


_FILE_SAVES = "FileField().save", "ImageField().save"


class Externals(Builtins):
    def wrap(self, frame: Frame, node: ast.Call, atomic: Atomic, arguments: list[Values]) -> Values:
        """``atomic(function)``: the function, inside a transaction whenever it is called."""
        wrapped: list[Value] = []
        for value in arguments[0] if arguments else ():
            if isinstance(value, FunctionValue):
                within = (*value.within, atomic)
                wrapped.append(FunctionValue(value.function, within, value.receiver))
            elif isinstance(value, Parameter):
                opened = (*frame.open, atomic)
                frame.called(Call(value, opened, "direct", node.lineno))
        return (*wrapped, atomic)

    def external(
        self,
        frame: Frame,
        node: ast.Call,
        path: str,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        name = path.rpartition(".")[2]
        first = arguments[0] if arguments else ()
        if path in ATOMIC:
            using = union(keywords.get("using", ()), first)
            given = "using" in keywords or bool(node.args)
            callable_given = any(
                isinstance(v, FunctionValue | Parameter | ClassValue) for v in using
            )
            alias = alias_of(using) if given and not callable_given else None
            atomic = Atomic(alias, f"transaction.atomic() in line {node.lineno}")
            return self.wrap(frame, node, atomic, arguments) if callable_given else (atomic,)
        if path.startswith("reversion.") and name == "create_revision":
            if Constant(False) in union(keywords.get("atomic", ()), *arguments[2:3]):
                return ()
            return (Atomic(ANY_ALIAS, f"create_revision() in line {node.lineno}"),)
        if path.endswith(_FILE_SAVES):
            return self._saved_with_file(frame, node, arguments, keywords)
        if path.startswith("gapless_fields."):
            return self._sequence(frame, node, name, keywords)
        if path.startswith("builtins."):
            return self.builtin(frame, node, name, arguments, keywords)
        if name == "set_autocommit" and first == (Constant(False),):
            frame.open = (*frame.open, Atomic(ANY_ALIAS, f"set_autocommit() in line {node.lineno}"))
        if name == "enter_context" or name == "enter_async_context":
            return self._enter(frame, first)
        if name in TRANSPARENT:
            chosen = arguments[-1] if name == "cast" and arguments else first
            return chosen or (External(path) if not node.args else External(f"{path}()"),)
        if name in SEQUENTIAL and arguments:
            return self.copied(frame, node, arguments[-1])
        if name in SHORTCUTS:
            return self._fetched(node, first) or (External(f"{path}()"),)
        if name in FORM_FACTORIES:
            return self._made_form(name, arguments, keywords)
        if name == "formset_factory" and "formset" in keywords:
            return keywords["formset"]
        if name in IMPORTERS:
            return self._imported_by_text(frame, first)
        if name in MODEL_GETTERS:
            return self.model_of_label(arguments, keywords)
        if name in CLASS_GETTERS:
            found = self.classes_of_labels(arguments, many=CLASS_GETTERS[name])
            return found or (External(f"{path}()"),)
        if name == "get_user_model":
            return self.user_models() or (External(f"{path}()"),)
        if name == "from_queryset":
            return union(first, (External(f"{path}()"),))
        return (External(f"{path}()"),)

    def _sequence(
        self, frame: Frame, node: ast.Call, name: str, keywords: dict[str, Values]
    ) -> Values:
        using = alias_of(keywords["using"]) if "using" in keywords else None
        if name in TAKING:
            self.take(frame, node, f"{name}()", using)
        return (Sequence(using),) if name == "Sequence" else ()

    def _enter(self, frame: Frame, contexts: Values) -> Values:
        for value in contexts:
            if isinstance(value, Atomic):
                frame.open = (*frame.open, value)
                frame.facts.enters.append(value)
        return contexts

    def _fetched(self, node: ast.Call, values: Values) -> Values:
        found: list[Value] = []
        for value in values:
            if isinstance(value, ClassValue):
                found.append(Object(value.cls, node))
            elif isinstance(value, Manager):
                found.append(Object(value.model, node))
            elif isinstance(value, External) and value.path.endswith("get_user_model()"):
                found.append(Object(External(USER), node))
            elif isinstance(value, External):
                found.append(External(f"{value.path}()"))
        return tuple(found)

    def _saved_with_file(
        self,
        frame: Frame,
        node: ast.Call,
        arguments: list[Values],
        keywords: dict[str, Values],
    ) -> Values:
        """``invoice.pdf.save(name, content)``, which saves the row unless ``save=False``."""
        asked = union(keywords.get("save", ()), *arguments[2:3])
        field = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(field, ast.Attribute) and asked != (Constant(False),):
            for row in self.evaluate(frame, field.value):
                if isinstance(row, Object) and isinstance(row.cls, Class):
                    self.save_row(frame, node, Bound(row, "save"), row, row.cls, {})
        return ()

    def _imported_by_text(self, frame: Frame, paths: Values) -> Values:
        """``import_string("shop.forms.InvoiceForm")``, also where a setting has that default."""
        texts = [value.value for value in paths if isinstance(value, Constant)]
        dotted = [External(text) for text in texts if isinstance(text, str) and "." in text]
        return union(*(self.passed_over(path, frame.module) for path in dotted))

    def _made_form(self, name: str, arguments: list[Values], keywords: dict[str, Values]) -> Values:
        """What ``inlineformset_factory(Customer, Invoice, formset=…)`` and its like return."""
        position = FORM_FACTORIES[name]
        models = union(keywords.get("model", ()), *arguments[position : position + 1])
        many = name != "modelform_factory"
        named = [*keywords.get("form", ()), *(keywords.get("formset", ()) if many else ())]
        classes = [value.cls for value in named if isinstance(value, ClassValue)]
        # A formset saves each row by its form: whichever has a save() of its own.
        saving = (c for c in classes if any(self.find_method(c, n) for n in ("save", "create")))
        cls = next(saving, classes[-1] if classes else None)
        return tuple(FormClass(v.cls, many, cls) for v in models if isinstance(v, ClassValue))

    def user_models(self) -> Values:
        """The user model, where it is numbered."""
        return tuple(ClassValue(cls) for cls in self.numbered if self.is_user(cls))
