"""Which files can number rows: found by a text search, round by round."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gapless_fields.callsites.aliases import is_alias, may_rename
from gapless_fields.callsites.definitions import Class, Function, Module
from gapless_fields.callsites.facts import Site
from gapless_fields.callsites.generic import goes_elsewhere, of_view
from gapless_fields.callsites.makers import Makers
from gapless_fields.callsites.ownsave import is_part_of_save
from gapless_fields.callsites.search import any_word
from gapless_fields.callsites.sources import Source
from gapless_fields.callsites.targets import Target
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.values import ClassValue, FunctionValue
from gapless_fields.callsites.vocabulary import MODEL_GETTERS, NAMING_MODELS

_TAKING = (b"get_next_value", b"Sequence(", b"Sequence,", b"Sequence\n")

MOST_ROUNDS = 6
"""Functions are read again with what others hand to them: through as many hands."""

_GETTER = re.compile(r"get_\w+_(model|class)")

_RELATED = re.compile(rb"create|\.a?(add|set)\(")
_NUMBERING = re.compile(
    rb"create|save|update|next|form_valid|\.a?(add|set)\(|\.post\(|aggregate|\+=? ?1\b|\b1 \+"
)


class Scan:
    """Finds every site of a project.

    A file matters if it names a numbered model, or anything that stands for one: a subclass, an
    alias, its forms, serializers, views and managers, the accessors of related models. Each of
    those is learnt from a file that matters, so the search is repeated until nothing is new.
    """

    def __init__(self, reader: Transactions) -> None:
        self.reader = reader
        self.modules: list[Module] = []
        self._words: set[bytes] = set()
        self._models = re.compile(b"")
        self._few: set[str] = set()
        """The files that hold the name of a model that was asked for, as part of any word."""
        self._new: set[bytes] = set()
        self._handing = re.compile(b"")
        """Where one of the words is an argument, or called."""
        self._numbering: dict[Function, bool] = {}
        self._makers = Makers(reader)
        self._renewing: set[bytes] = set()
        """The functions that make a new row of the one that they are given."""

    def run(self) -> tuple[list[Site], list[Target]]:
        """Return the sites, and the models that could not be found."""
        with self.reader.thorough():
            missing = self.reader.find_targets()
            for cls in list(self.reader.numbered):
                self.reader.adopt(cls)
        if len(missing) == len(self.reader.targets):
            return [], missing
        for cls in list(self.reader.numbered):
            self._learn_class(cls)
        first = True
        while self._new:
            words, self._new = self._new, set()
            self._words |= words
            matching = list(self._candidates(words, first=first))
            first = False
            for source in matching:
                self._scan(source)
        self.reader.read_anew()
        sites: list[Site] = []
        for _ in range(MOST_ROUNDS):
            self._learn_handing()
            self.reader.read_anew(self.reader.given_anew)
            self.reader.given_anew.clear()
            known = len(self.modules), len(self._renewing)
            sites = list(self._sites())
            for parameter in list(self.reader.given):
                self._scan(parameter.function.module.source)
            self._makers.spread(self._scan, self.modules)
            if not self.reader.given_anew and (len(self.modules), len(self._renewing)) == known:
                break
        sites = [site for site in sites if not self._goes_elsewhere(site)]
        return [site for site in sites if not is_part_of_save(self.reader, site)], missing

    def _learn_handing(self) -> None:
        """Look for where a word is an argument or called, or a row goes to who makes a new one."""
        names = b"|".join(sorted(word.removeprefix(b".") for word in self._words))
        argument = rb"[(,=]\s*(?:\w+\.)*(?:" + names + rb")(?:\.\w+\(\))?\s*[,)]"
        called = rb"\b(?:" + b"|".join([names, *sorted(self._renewing)]) + rb")\("
        pattern = argument + b"|" + called
        if pattern != self._handing.pattern:
            self._handing = re.compile(pattern)
            self._numbering.clear()

    def _candidates(self, words: set[bytes], *, first: bool) -> Iterator[Source]:
        """The files, not scanned yet, that hold one of the words."""
        scanned = {module.path for module in self.modules}
        names = {word for word in words if not word.startswith(b".")}
        if first:
            self._models = re.compile(b"|".join(sorted(names)))
        # A file that does not hold ``Invoice`` does not hold ``InvoiceForm`` either.
        longer = {name for name in names if self._models.search(name)}
        in_few, in_any = any_word(longer), any_word(names - longer)
        accessed = any_word(words - names)
        for source in self.reader.sources:
            if source.path in scanned:
                continue
            data = source.data
            if first and self._models.search(data):
                self._few.add(source.path)
            matters = (
                (source.path in self._few and in_few(data))
                or in_any(data)
                or (accessed(data) and _RELATED.search(data))
                or (first and self._may_hide(data, names))
            )
            if matters and not self.reader.sources.is_passed_over(source):
                yield source

    def _may_hide(self, data: bytes, models: set[bytes]) -> bool:
        """Whether a file may number rows without the name of a model in its usual form."""
        if b"gapless_fields" in data and any(word in data for word in _TAKING):
            return True
        if not any(getter.encode() in data for getter in MODEL_GETTERS):
            return False
        lower = data.lower()
        return any(model.lower() in lower for model in models)

    def _scan(self, source: Source) -> None:
        with self.reader.thorough():
            module = self.reader.module_at(source.path)
        if module is None or module in self.reader.scanned:
            return
        self.reader.scanned.add(module)
        self.modules.append(module)
        for cls in list(module.classes):
            if cls.outer is None:  # an inner one, such as Meta, is reached by its outer one's name
                self._learn_class(cls)
        for name, bindings in list(module.scope.names.items()):
            if any(may_rename(binding, name) for binding in bindings):
                self._learn_alias(module, name)
            if _GETTER.fullmatch(name):
                self._learn_getter(module, name)

    def _word(self, name: str) -> None:
        word = name.encode()
        if word not in self._words:
            self._new.add(word)

    def _learn_class(self, cls: Class) -> None:
        reader = self.reader
        if reader.target_of(cls) is not None:
            reader.adopt(cls)
            self._word(cls.name)
            if reader.is_user(cls):
                self._word("get_user_model")
            for ancestor in reader.line(cls)[1:]:
                self._scan(ancestor.module.source)
            for manager in list(reader.managed):
                self._scan(manager.module.source)
        elif self._stands_for_numbered(cls):
            self._word(cls.name)
            if reader.is_view(cls) or reader.is_form(cls):
                self._learn_bases(cls)
        else:
            reader.learn_relations(cls)
            for base in reader.learn_names(cls):
                self._scan(base.module.source)
        for accessor in reader.accessors:
            self._word(f".{accessor.name}")

    def _learn_bases(self, view: Class) -> None:
        """Read what a view or form inherits once more, as one of the numbered model."""
        for base in self.reader.line(view)[1:]:
            self.reader.serving[base][view] = None
            self._scan(base.module.source)

    def _stands_for_numbered(self, cls: Class) -> bool:
        """Whether code that names this class may number rows."""
        reader = self.reader
        models = list(reader.form_models(cls))
        models += [v.cls for v in reader.mutation_models(cls) if isinstance(v, ClassValue)]
        if not models and cls.scope.names.keys() & NAMING_MODELS:
            models = [model for model, _ in reader.view_forms(cls)]
        return any(reader.target_of(model) is not None for model in models)

    def _learn_alias(self, module: Module, name: str) -> None:
        for value in self.reader.lookup(module.scope, name, module):
            if is_alias(self.reader, value, name):
                self._word(name)

    def _learn_getter(self, module: Module, name: str) -> None:
        """``def get_invoice_model()``, which may return a numbered model."""
        for value in self.reader.lookup(module.scope, name, module):
            if isinstance(value, FunctionValue):
                returned = self.reader.facts(value.function).returns
                classes = [v.cls for v, _ in returned if isinstance(v, ClassValue)]
                if any(self.reader.target_of(cls) is not None for cls in classes):
                    self._word(name)

    def _sites(self) -> Iterator[Site]:
        """Read every function of the files that matter."""
        for module in self.modules:
            if self._may_number(module.body):
                for facts in self.reader.with_nested(module.body):
                    yield from facts.sites
            for function in module.functions:  # classes in functions add more on the way
                if self._may_number(function):
                    for facts in self.reader.with_nested(function):
                        if facts.renewed:
                            self._renewing.add(facts.function.name.encode())
                        self._makers.learn(facts)
                        yield from facts.sites
            for cls in module.classes:
                yield from of_view(self.reader, cls)

    def _may_number(self, function: Function) -> bool:
        """Whether the text of a function holds a word that a site needs: most do not."""
        if function not in self._numbering:
            text = function.text
            self._numbering[function] = (
                _NUMBERING.search(text) is not None
                or self._handing.search(text) is not None
                or b"Sequence" in function.module.source.data
            )
        return self._numbering[function]

    def _goes_elsewhere(self, site: Site) -> bool:
        return any(goes_elsewhere(self.reader, override) for override in site.overrides)
