"""Which files can number rows: found by a text search, round by round."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.summaries import Site
from gapless_fields.callsites.engine.values import ClassValue, FunctionValue
from gapless_fields.callsites.files.sources import Source
from gapless_fields.callsites.files.words import any_word
from gapless_fields.callsites.rules.known import KNOWN
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.views import NAMING_MODELS
from gapless_fields.callsites.search.aliases import is_alias, may_rename
from gapless_fields.callsites.search.constructors import Constructors
from gapless_fields.callsites.search.generic_views import goes_elsewhere, of_view
from gapless_fields.callsites.search.own_saves import is_part_of_save
from gapless_fields.callsites.targets import Target

MOST_ROUNDS = 6
"""Functions lead to others that are in files of which nothing was known: in as many steps."""

_TAKING = (b"get_next_value", b"Sequence(", b"Sequence,", b"Sequence\n")
_GETTER = re.compile(r"get_\w+_(model|class)")
_RELATED = re.compile(rb"create|\.a?(add|set)\(")
_NUMBERING = re.compile(
    rb"create|save|\.a?update\(|bulk_update|next_value|form_valid|\.a?(add|set)\(|\.post\("
    rb"|aggregate|\+=? ?1\b|\b1 \+"
)


class Scan:
    """Finds every site of a project.

    A file matters if it names a numbered model, or anything that stands for one: a subclass, an
    alias, its forms, serializers, views and managers, the accessors of related models. Each of
    those is learnt from a file that matters, so the search is repeated until nothing is new.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._modules: list[Module] = []
        self._words: set[bytes] = set()
        self._new: set[bytes] = set()
        self._models = re.compile(b"")
        self._few: set[str] = set()
        """The files that hold the name of a model that was asked for, as part of any word."""
        self._passing = re.compile(b"")
        """Where one of the words is an argument, or called."""
        self._numbering: dict[Function, bool] = {}
        self._constructors = Constructors(project)
        self._renewing: set[bytes] = set()
        """The functions that make a new row of the one that they are given."""

    def run(self) -> tuple[list[Site], list[Target]]:
        """Return the sites, and the models that could not be found."""
        project = self._project
        with project.modules.parsing:
            missing = project.models.find()
            for cls in list(project.models.numbered):
                project.relations.adopt(cls)
        if not project.models.numbered:
            return [], missing
        for cls in list(project.models.numbered):
            self._learn_class(cls)
        while self._new:
            words, self._new = self._new, set()
            first, self._words = not self._words, self._words | words
            for source in list(self._candidates(words, first=first)):
                self._scan(source)
        project.solver.forget()
        sites = self._read()
        sites = [site for site in sites if not self._goes_elsewhere(site)]
        return [site for site in sites if not is_part_of_save(project, site)], missing

    def _read(self) -> list[Site]:
        """Read the functions that may number rows, and those to which they lead."""
        sites: list[Site] = []
        for _ in range(MOST_ROUNDS):
            self._learn_passing()
            known = len(self._modules), len(self._renewing)
            for function in self._functions():
                self._project.solver.summary(function)
            self._project.solver.solve()
            sites = list(self._sites())
            for function in self._project.solver.given():
                self._scan(function.module.source)
            self._constructors.spread(self._scan, self._modules)
            is_more = (len(self._modules), len(self._renewing)) != known
            if not is_more and self._project.solver.is_done:
                break
        return sites

    def _learn_passing(self) -> None:
        """Look for where a word is an argument or called, or a row goes to who makes a new one."""
        names = b"|".join(sorted(word.removeprefix(b".") for word in self._words))
        argument = rb"[(,=]\s*(?:\w+\.)*(?:" + names + rb")(?:\.\w+\(\))?\s*[,)]"
        called = rb"\b(?:" + b"|".join([names, *sorted(self._renewing)]) + rb")\("
        pattern = argument + b"|" + called
        if pattern != self._passing.pattern:
            self._passing = re.compile(pattern)
            self._numbering.clear()

    # Files

    def _candidates(self, words: set[bytes], *, first: bool) -> Iterator[Source]:
        """The files, not scanned yet, that hold one of the words."""
        scanned = {module.path for module in self._modules}
        names = {word for word in words if not word.startswith(b".")}
        if first:
            self._models = re.compile(b"|".join(sorted(names)))
        # A file that does not hold ``Invoice`` does not hold ``InvoiceForm`` either.
        longer = {name for name in names if self._models.search(name)}
        in_few, in_any = any_word(longer), any_word(names - longer)
        accessed = any_word(words - names)
        for source in self._project.sources:
            if source.path in scanned:
                continue
            data = source.data
            if first and self._models.search(data):
                self._few.add(source.path)
            matters = (
                (source.path in self._few and in_few(data))
                or in_any(data)
                or (accessed(data) and _RELATED.search(data))
                or (first and _may_hide(data, names))
            )
            if matters and not self._project.sources.is_passed_over(source):
                yield source

    def _scan(self, source: Source) -> None:
        module = self._project.modules.parsed(source.path)
        if module is None or not self._project.engine.scan(module):
            return
        self._modules.append(module)
        for cls in list(module.classes):
            if cls.outer is None:  # an inner one, such as Meta, is reached by its outer one's name
                self._learn_class(cls)
        for name, bindings in list(module.scope.names.items()):
            if any(may_rename(binding, name) for binding in bindings):
                self._learn_alias(module, name)
            if _GETTER.fullmatch(name):
                self._learn_getter(module, name)

    # Words

    def _word(self, name: str) -> None:
        word = name.encode()
        if word not in self._words:
            self._new.add(word)
            self._project.modules.wanted.add(name)

    def _learn_class(self, cls: Class) -> None:
        project, relations = self._project, self._project.relations
        if project.models.target_of(cls) is not None:
            relations.adopt(cls)
            self._word(cls.name)
            if project.models.is_user(cls):
                self._word("get_user_model")
            for ancestor in project.classes.mro(cls)[1:]:
                self._scan(ancestor.module.source)
                if ancestor.name in (f"Abstract{cls.name}", f"Base{cls.name}", f"{cls.name}Base"):
                    self._word(ancestor.name)
            for manager in list(project.models.managed):
                self._scan(manager.module.source)
        elif self._stands_for_numbered(cls):
            self._word(cls.name)
            if project.views.is_view(cls) or project.forms.is_form(cls):
                for base in project.classes.mro(cls)[1:]:
                    project.models.serving[base][cls] = None
                    self._scan(base.module.source)
        else:
            relations.learn(cls)
            for base in project.attributes.learn_names(cls):
                self._scan(base.module.source)
        for accessor in relations.accessors:
            self._word(f".{accessor.name}")

    def _stands_for_numbered(self, cls: Class) -> bool:
        """Whether code that names this class may number rows."""
        project = self._project
        models = list(project.forms.models(cls))
        mutations = project.attributes.mutation_models(cls)
        models += [value.cls for value in mutations if isinstance(value, ClassValue)]
        if not models and cls.scope.names.keys() & NAMING_MODELS:
            models = [model for model, _ in project.views.forms(cls)]
        return any(project.models.target_of(model) is not None for model in models)

    def _learn_alias(self, module: Module, name: str) -> None:
        for value in self._project.modules.lookup(module.scope, name, module):
            if is_alias(self._project, value, name):
                self._word(name)

    def _learn_getter(self, module: Module, name: str) -> None:
        """``def get_invoice_model()``, which may return a numbered model."""
        for value in self._project.modules.lookup(module.scope, name, module):
            if isinstance(value, FunctionValue):
                returned = self._project.solver.summary(value.function).returns
                classes = [v.cls for v in returned if isinstance(v, ClassValue)]
                if any(self._project.models.target_of(cls) is not None for cls in classes):
                    self._word(name)

    # Functions

    def _functions(self) -> Iterator[Function]:
        """The functions that may number rows, of the files that matter."""
        for module in self._modules:
            # classes in functions add more on the way
            for function in (module.body, *module.functions):
                if self._may_number(function):
                    yield function

    def _sites(self) -> Iterator[Site]:
        for function in self._functions():
            for summary in self._project.engine.with_nested(function):
                if not function.is_module:
                    if summary.renews:
                        self._renewing.add(summary.function.name.encode())
                    self._constructors.learn(summary)
                yield from summary.sites
        for module in self._modules:
            for cls in module.classes:
                yield from of_view(self._project, cls)

    def _may_number(self, function: Function) -> bool:
        """Whether the text of a function holds a word that a site needs: most do not."""
        if function not in self._numbering:
            text = function.text
            self._numbering[function] = (
                _NUMBERING.search(text) is not None
                or self._passing.search(text) is not None
                or b"Sequence" in function.module.source.data
            )
        return self._numbering[function]

    def _goes_elsewhere(self, site: Site) -> bool:
        return any(goes_elsewhere(self._project, override) for override in site.overrides)


def _may_hide(data: bytes, models: set[bytes]) -> bool:
    """Whether a file may number rows without the name of a model in its usual form."""
    if b"gapless_fields" in data and any(word in data for word in _TAKING):
        return True
    if not any(getter.encode() in data for getter in KNOWN.model_getters):
        return False
    lower = data.lower()
    return any(model.lower() in lower for model in models)
