"""Who calls a function: found by a text search for its name, and by reading what it finds."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from gapless_fields.callsites.calls import last_name
from gapless_fields.callsites.definitions import Class, Function, Module, decorator_name
from gapless_fields.callsites.facts import Call, Facts, Method, Saved
from gapless_fields.callsites.sources import Source
from gapless_fields.callsites.transactions import Transactions
from gapless_fields.callsites.values import ClassValue, External, FunctionValue, elements_of
from gapless_fields.callsites.vocabulary import CREATE_HOOKS

MOST_FILES = 30
"""A name that more files hold is searched for together with its class's or module's."""

_IN_WORD = re.compile(rb"\w")

SIGNALS = frozenset({"pre_save", "post_save"})


class Caller(NamedTuple):
    function: Function
    call: Call


class Callers:
    """The calls of each function that was asked about.

    A function's callers are looked for when its verdict depends on them, and theirs when they do:
    most functions of a project are never read.
    """

    def __init__(self, reader: Transactions) -> None:
        self.reader = reader
        self._direct: defaultdict[Function, list[Caller]] = defaultdict(list)
        self._methods: defaultdict[str, list[Caller]] = defaultdict(list)
        self._externals: defaultdict[str, list[Caller]] = defaultdict(list)
        self._saved: defaultdict[Class, list[Caller]] = defaultdict(list)
        self._files: dict[bytes, list[Source]] = {}
        self._searched: set[tuple[bytes, bytes]] = set()
        self._read: set[Facts] = set()

    def of(self, function: Function, cls: Class | None) -> list[Caller]:
        """The calls of a function, as a method of ``cls`` where it is one."""
        owner = cls or function.cls
        self._search(function, owner)
        found = list(self._direct[function])
        if function.cls is not None and owner is not None:
            line = self.reader.line(owner)
            found = [caller for caller in found if self._may_be(caller.call.receiver, owner)]
            for ancestor in line:
                overridden = ancestor.method(function.name)
                if overridden is not None and overridden is not function:
                    found += [
                        caller
                        for caller in self._direct[overridden]
                        if self._may_be(caller.call.receiver, owner)
                    ]
            for caller in self._methods[function.name]:
                target = caller.call.target
                if isinstance(target, Method) and target.cls in line:
                    found.append(caller)
        found += [
            caller for caller in self._externals[function.name] if self._means(caller, function)
        ]
        for model in self._senders(function):
            self._search_word(model.name.encode(), b"")
            found += self._saved[model]
        return list(dict.fromkeys(found))

    def _may_be(self, receiver: Class | None, cls: Class) -> bool:
        """Whether an instance of ``receiver``, as far as it is known, may be one of ``cls``."""
        if receiver is None:
            return True
        return receiver in self.reader.line(cls) or cls in self.reader.line(receiver)

    def _means(self, caller: Caller, function: Function) -> bool:
        """Whether a name that was passed over when it was read stands for the function."""
        target = caller.call.target
        if not isinstance(target, External):
            return False
        with self.reader.thorough():
            values = self.reader.dotted(target.path.replace("()", ""), caller.function.module)
        return any(isinstance(v, FunctionValue) and v.function is function for v in values)

    def _senders(self, function: Function) -> Iterator[Class]:
        """The models whose ``save()`` runs a receiver of signals."""
        frame = self.reader.module_frame(function.module)
        for decorator in function.decorators:
            if decorator_name(decorator) != "receiver" or not isinstance(decorator, ast.Call):
                continue
            signals = {
                last_name(value)
                for argument in decorator.args[:1]
                for values in [self.reader.evaluate(frame, argument)]
                for value in elements_of(values) or values
            }
            for keyword in decorator.keywords:
                if keyword.arg == "sender" and signals & SIGNALS:
                    for value in self.reader.evaluate(frame, keyword.value):
                        if isinstance(value, ClassValue):
                            yield value.cls

    def views_of(self, function: Function, owner: Class | None) -> Iterator[Class]:
        """The generic views that call a method of a form or serializer without a line of code."""
        reader = self.reader
        cls = owner or function.cls
        if cls is None or function.name not in ("save", "create") or not reader.form_models(cls):
            return
        for source in self._holding(cls.name.encode()):
            with reader.thorough():
                module = reader.module_at(source.path)
            for view in module.classes if module is not None else ():
                if not reader.is_view(view) or not reader.creates(view):
                    continue
                hooked = any(reader.find_method(view, hook) for hook in CREATE_HOOKS)
                if not hooked and any(form is cls for _, form in reader.view_forms(view)):
                    yield view

    # The search

    def _search(self, function: Function, cls: Class | None) -> None:
        name = function.name
        word = (cls.name if cls is not None and name.startswith("__") else name).encode()
        owner = cls.name if cls is not None else _stem(function.module)
        self._search_word(word, owner.encode())

    def _search_word(self, word: bytes, owner: bytes) -> None:
        sources = self._holding(word)
        if len(sources) <= MOST_FILES:
            owner = b""
        if (word, owner) in self._searched:
            return
        self._searched.add((word, owner))
        for source in sources:
            if owner in source.data:
                self._read_source(source, word)

    def _holding(self, word: bytes) -> list[Source]:
        """The files that hold a word; tests aside."""
        if word not in self._files:
            self._files[word] = [source for source in self._find(word) if not source.is_test]
        return self._files[word]

    @cached_property
    def _text(self) -> tuple[bytes, list[int], list[Source]]:
        """All files as one, where each begins, and which it is.

        One search through 40 MB takes a third of 10,000 through its files.
        """
        sources = list(self.reader.sources)
        starts = [0, *accumulate(len(source.data) + 1 for source in sources)]
        return b"\0".join(source.data for source in sources), starts, sources

    def _find(self, word: bytes) -> Iterator[Source]:
        text, starts, sources = self._text
        place = text.find(word)
        while place >= 0:
            end = place + len(word)
            if _IN_WORD.match(text[place - 1 : place]) or _IN_WORD.match(text[end : end + 1]):
                place = text.find(word, end)
                continue
            number = bisect_right(starts, place) - 1
            yield sources[number]
            place = text.find(word, starts[number + 1])

    def _read_source(self, source: Source, word: bytes) -> None:
        with self.reader.thorough():
            module = self.reader.module_at(source.path)
        if module is None:
            return
        self.reader.scanned.add(module)
        for function in (module.body, *module.functions):
            if function is module.body or word in function.text:
                for facts in self.reader.with_nested(function):
                    self._index(facts)

    def _index(self, facts: Facts) -> None:
        if facts in self._read:
            return
        self._read.add(facts)
        for call in facts.calls:
            caller = Caller(facts.function, call)
            match call.target:
                case Function() as function:
                    self._direct[function].append(caller)
                case Method(_, name):
                    self._methods[name].append(caller)
                case External(path):
                    self._externals[path.rpartition(".")[2]].append(caller)
                case Saved(model):
                    self._saved[model].append(caller)


def _stem(module: Module) -> str:
    return module.dotted.rpartition(".")[2]
