"""Who calls a function: found by a text search for its name, and by reading what it finds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.summaries import Caller, Method, Named, Saved, Sent, Summary
from gapless_fields.callsites.engine.values import External, FunctionValue
from gapless_fields.callsites.files.sources import Source
from gapless_fields.callsites.files.words import Words
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.rules.signals import SAVED
from gapless_fields.callsites.search.form_views import FormViews
from gapless_fields.callsites.search.heirs import Heirs
from gapless_fields.callsites.search.naming import is_called
from gapless_fields.callsites.search.tables import Tables

MOST_FILES = 30
"""A name that more files hold is searched for together with its class's or module's."""

MOST_GUESSES = 20
"""More calls by a name alone say nothing: it is a name that many things have."""


class Callers:
    """The calls of each function that was asked about.

    A function's callers are looked for when its verdict depends on them, and theirs when they do:
    most functions of a project are never read.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self.words = Words(project.sources)
        self.forms = FormViews(project, self.words)
        self.tables = Tables(project, self.words)
        self.heirs = Heirs(project, self.words)
        self._direct: defaultdict[Function, list[Caller]] = defaultdict(list)
        self._methods: defaultdict[str, list[Caller]] = defaultdict(list)
        self._externals: defaultdict[str, list[Caller]] = defaultdict(list)
        self._named: defaultdict[str, list[Caller]] = defaultdict(list)
        self._saved: defaultdict[Class, list[Caller]] = defaultdict(list)
        self._sent: defaultdict[str, list[Caller]] = defaultdict(list)
        self._searched: set[tuple[bytes, bytes]] = set()
        self._read: set[Summary] = set()
        self._bases_read: set[tuple[str, bytes]] = set()

    def of(self, function: Function, cls: Class | None) -> list[Caller]:
        """The calls of a function, as a method of ``cls`` where it is one."""
        owner = cls or function.cls
        self._read_callers(function, owner)
        found = list(self._direct[function])
        if function.cls is not None and owner is not None:
            found = list(self._of_method(function, owner))
        found += [
            caller for caller in self._externals[function.name] if self._means(caller, function)
        ]
        if owner is not None and self._project.forms.is_form(owner):
            for form in self._project.models.with_serving(owner):
                found += self.forms.calls(function, form)
        found += [
            Caller(function.module.body, call)
            for call in self._project.signals.by_decorator(function)
        ]
        sent = (inner for caller in found for inner in self._expanded(caller))
        return list(dict.fromkeys(sent))

    def _of_method(self, function: Function, owner: Class) -> Iterator[Caller]:
        line = self._project.classes.mro(owner)
        start = line.index(function.cls) if function.cls in line else 0
        # those before override it: what calls them, calls not it
        methods = [function if a is function.cls else a.method(function.name) for a in line[start:]]
        if function.cls not in line:  # a manager's, as that of one of its models
            methods.append(function)
        for method in methods:
            for caller in self._direct[method] if method is not None else ():
                if self._may_be(caller.call.receiver, owner):
                    yield caller
        for caller in self._methods[function.name]:
            target = caller.call.target
            if isinstance(target, Method) and target.cls in line:
                yield caller
        yield from self._by_name(function, owner if function.cls in line else function.cls or owner)

    def _by_name(self, function: Function, owner: Class) -> Iterator[Caller]:
        """The calls of a method on who knows what, where its name or its owner's is telling."""
        name = function.name
        calls = [c for c in self._named[name] if not getattr(c.call.target, "is_form", False)]
        if name.startswith("__") or not calls:
            return
        own = {ancestor for ancestor in self._project.classes.mro(owner) if ancestor.method(name)}
        owners = list(self._owners(name))
        others = [cls for cls in owners if own.isdisjoint(self._project.classes.mro(cls))]
        line = self._project.classes.mro(owner)
        has_siblings = any(cls not in line and cls not in others for cls in owners)
        for caller in calls:
            variable = getattr(caller.call.target, "owner", "")
            own_name = is_called(variable, owner)
            other_name = max((is_called(variable, other) for other in others), default=0)
            telling = "_" in name.strip("_")
            if own_name > other_name or (telling and not others):
                yield caller._replace(sure=not has_siblings)
            elif telling and own_name == other_name and len(calls) <= MOST_GUESSES:
                yield caller._replace(sure=False)

    def _owners(self, method: str) -> Iterator[Class]:
        """The classes that define a method of that name."""
        definition = b"def " + method.encode() + b"("
        for source in self.words.holding(method.encode()):
            if definition in source.data:
                module = self._project.modules.parsed(source.path)
                for function in module.functions if module is not None else ():
                    if function.name == method and function.cls is not None:
                        yield function.cls

    def _expanded(self, caller: Caller) -> Iterator[Caller]:
        """Where a signal is sent that a function is connected to."""
        signal = caller.call.signal
        if caller.call.named is not None:
            method = caller.call.named.name
            self._read_holding(method.encode(), b"")
            yield from self._named[method]
            for other in self._methods[method]:
                yield other._replace(sure=False)
        elif signal is None or self._project.signals.entry(signal) is not None:
            yield caller
        elif signal.name in SAVED:
            for model in self._project.signals.senders(signal, caller.function.module):
                self._read_holding(model.name.encode(), b"")
                yield from self._saved[model]
        else:
            self._read_holding(signal.name.encode(), b"")
            yield from self._sent[signal.name] or [caller]

    def _may_be(self, receiver: Class | None, cls: Class) -> bool:
        """Whether an instance of ``receiver``, as far as it is known, may be one of ``cls``."""
        if receiver is None or self._project.models.is_manager(cls):
            return True
        return receiver in self._project.classes.mro(cls) or cls in self._project.classes.mro(
            receiver
        )

    def _means(self, caller: Caller, function: Function) -> bool:
        """Whether a name that was passed over when it was read stands for the function."""
        target = caller.call.target
        if not isinstance(target, External):
            return False
        values = self._project.modules.passed_over(target, caller.function.module)
        return any(isinstance(v, FunctionValue) and v.function is function for v in values)

    # The search

    def _read_callers(self, function: Function, cls: Class | None) -> None:
        name = function.name
        word = (cls.name if cls is not None and name.startswith("__") else name).encode()
        owner = cls.name if cls is not None else _stem(function.module)
        self._read_holding(word, owner.encode())
        for ancestor in self._project.classes.mro(cls) if cls is not None else ():
            if (ancestor.module.path, word) not in self._bases_read:
                self._bases_read.add((ancestor.module.path, word))
                self._read_source(ancestor.module.source, word)
        if cls is not None and function.cls not in self._project.classes.mro(cls):
            self._read_holding(word, function.module.dotted.rpartition(".")[2].encode())
            self._read_source(function.module.source, word)
        for table in self.tables.holding(name) if word == name.encode() else ():
            self._read_holding(table.name.encode(), table.owner.encode(), anew=True)
        for table in self.tables.holding(cls.name) if cls is not None else ():
            self._read_holding(word, table.name.encode(), anew=True)
        for maker in self._makers(cls) if cls is not None else ():
            self._read_holding(word, maker.name.encode())
        for model in self._models_with(cls) if cls is not None else ():
            self._read_holding(word, model.name.encode())

    def _models_with(self, cls: Class) -> Iterator[Class]:
        """The models that have a class as their manager: numbered ones, and those beside it."""
        yield from self._project.models.managed.get(cls, ())
        if self._project.models.is_manager(cls):
            named = cls.name.encode()
            for model in cls.module.classes:
                if model is not cls and named in model.text:
                    yield model

    def _makers(self, cls: Class) -> Iterator[Function]:
        """The functions beside a class that return one of it or its heirs: ``get_form()``."""
        kin = {heir for heir in cls.module.classes if cls in self._project.classes.mro(heir)}
        making = [heir.name.encode() + b"(" for heir in kin]
        for function in cls.module.functions:
            if function.cls is None and any(text in function.text for text in making):
                returned = self._project.solver.summary(function).returns
                if any(getattr(value, "cls", None) in kin for value in returned):
                    yield function

    def _read_holding(self, word: bytes, owner: bytes, *, anew: bool = False) -> None:
        """Read the functions that hold a word; once more if they were read knowing less."""
        sources = self.words.holding(word)
        if len(sources) <= MOST_FILES:
            owner = b""
        if (word, owner) in self._searched:
            return
        self._searched.add((word, owner))
        for source in sources:
            if owner in source.data:
                self._read_source(source, word, anew=anew)

    def _read_source(self, source: Source, word: bytes, *, anew: bool = False) -> None:
        module = self._project.modules.parsed(source.path)
        if module is None:
            return
        engine, solver = self._project.engine, self._project.solver
        engine.scan(module)
        functions = [f for f in module.functions if word in f.text]
        if anew:
            solver.read_again((module.body, *functions))
        for function in (module.body, *functions):
            for summary in engine.with_nested(function):
                self._index(summary)

    def _index(self, summary: Summary) -> None:
        if summary in self._read:
            return
        self._read.add(summary)
        for call in summary.calls:
            caller = Caller(summary.function, call)
            match call.target:
                case Function() as function:
                    self._direct[function].append(caller)
                case Method(_, name):
                    self._methods[name].append(caller)
                case External(path):
                    self._externals[path.rpartition(".")[2]].append(caller)
                case Named(name):
                    self._named[name].append(caller)
                case Saved(model):
                    self._saved[model].append(caller)
                case Sent(signal):
                    self._sent[signal].append(caller)


def _stem(module: Module) -> str:
    return module.dotted.rpartition(".")[2]
