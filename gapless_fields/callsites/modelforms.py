"""Forms and serializers: whose rows they save, and whether those are new."""

from __future__ import annotations

import ast
import re
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from gapless_fields.callsites.admins import Admins
from gapless_fields.callsites.definitions import Class, Function
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import ClassValue, Constant, Form, Object, Values
from gapless_fields.callsites.vocabulary import VALIDATING

_PLAIN_FORMS = frozenset({"Form", "BaseForm", "Serializer", "BaseSerializer", "ListSerializer"})


_SETS_INSTANCE = re.compile(
    rb"\w+\[[\"']instance[\"']\] = |[(,]\s*instance=(?!(?:instance|None)\b)"
)


class ModelForms(Admins):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.formed: defaultdict[Class, set[bool]] = defaultdict(set)
        """For each form, whether it was seen to be made for new rows, and for saved ones."""

    def note_form(self, cls: Class, *, is_new: bool) -> None:
        """Remember for which rows a form is made; read it again where that says more."""
        for ancestor in self.line(cls):
            if is_new not in self.formed[ancestor]:
                self.formed[ancestor].add(is_new)
                self.read_again(ancestor.methods)

    @abstractmethod
    def read_again(self, functions: Iterable[Function]) -> None:
        """Read functions once more, of which more is known."""

    def form_models(self, cls: Class) -> tuple[Class, ...]:
        """The model of a ``ModelForm`` or ``ModelSerializer``; nothing for other classes."""
        names = set(self.external_names(cls)) - _PLAIN_FORMS
        if not any(name.endswith(("Form", "Serializer", "FormSet", "Formset")) for name in names):
            return ()
        for ancestor in self.line(cls):
            meta = ancestor.inner("Meta")
            if meta is not None:
                with self.thorough():
                    models = self.class_attribute(meta, "model")
                return tuple(value.cls for value in models if isinstance(value, ClassValue))
        return ()

    def models_of_heirs(self, cls: Class) -> tuple[Class, ...]:
        """The numbered models of the forms that inherit from one without a model."""
        if not self.is_form(cls):
            return ()
        heirs = self.serving.get(cls, ())
        return tuple(dict.fromkeys(m for heir in heirs for m in self.form_models(heir)))

    def is_form(self, cls: Class) -> bool:
        return self.inherits(cls, "Form", "Serializer", "FormSet", "Formset")

    def is_view(self, cls: Class) -> bool:
        endings = "View", "ViewSet", "Viewset", "Mutation", "ViewMixin", "FormPreview", "ModelMixin"
        if self.inherits(cls, *endings):
            return True
        named = any(ancestor.name.endswith("ViewMixin") for ancestor in self.line(cls))
        return named and not self.inherits(cls, "Model")

    def validators(self, cls: Class) -> Iterator[Function]:
        """The project's methods that ``is_valid()`` of a form or serializer calls."""
        for ancestor in self.line(cls):
            for name in ancestor.scope.names:
                method = ancestor.method(name) if name.startswith(VALIDATING) else None
                if method is not None:
                    yield method

    def _finds_its_row(self, cls: Class) -> bool:
        """Whether a form's own ``__init__()`` sets its ``instance``, and makes no new one."""
        init = self.find_method(cls, "__init__")
        if init is None or _SETS_INSTANCE.search(init.text) is None:
            return False
        return not any(model.name.encode() + b"(" in init.text for model in self.form_models(cls))

    def new_form(
        self,
        frame: Frame,
        node: ast.AST,
        model: Class,
        cls: Class | None,
        arguments: list[Values],
        keywords: dict[str, Values],
        *,
        many: bool = False,
    ) -> Form:
        """``InvoiceForm(…)``: fresh unless it is given a saved ``instance``."""
        saved: Values | None = None
        if not many:
            saved = keywords.get("instance")
            is_serializer = cls is not None and self.inherits(cls, "Serializer")
            if saved is None and arguments and is_serializer:
                saved = arguments[0]
        if saved is None and cls is not None and self._finds_its_row(cls):
            saved = ()
        rows = [value for value in saved or () if isinstance(value, Object)]
        may_be_none = saved is None or Constant(None) in saved
        of_new = any(frame.is_fresh(row) and not row.loose for row in rows)
        origin = node
        if rows and may_be_none and not of_new:
            frame.facts.forms[rows[-1].origin] = node
        elif rows and not rows[-1].loose:
            origin = rows[-1].origin
        if may_be_none or of_new:
            frame.fresh.add(origin)
        return Form(model, cls, origin, many)
