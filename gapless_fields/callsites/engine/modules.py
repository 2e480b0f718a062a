"""What a name stands for: imports followed from file to file, without running any."""

from __future__ import annotations

import ast
import builtins
import os
from collections.abc import Callable, Iterable

from gapless_fields.callsites.engine.definitions import (
    Assigned,
    Binding,
    Class,
    Function,
    Import,
    Module,
    Scope,
)
from gapless_fields.callsites.engine.parsing import Parsing
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.summaries import Summary
from gapless_fields.callsites.engine.values import (
    ClassValue,
    External,
    FunctionValue,
    Items,
    ModuleValue,
    Values,
    elements_of,
    union,
)
from gapless_fields.callsites.files.sources import Sources

MOST_BYTES = 1_000_000
"""Nobody writes such a file by hand; a table of 6 MB takes 5 seconds to parse."""

_BUILTINS = frozenset(dir(builtins))


class Modules:
    """The project's modules, each parsed once and only when asked for.

    Args:
        sources: the files.
        evaluate: what an expression stands for.
        unbound: what a module offers under a name that its own code does not show.
    """

    def __init__(
        self,
        sources: Sources,
        evaluate: Callable[[State, ast.expr], Values],
        unbound: Callable[[Module, str], Values],
    ) -> None:
        self.sources = sources
        self.parsing = Parsing()
        self.wanted: set[str] = set()
        """Names for which files are parsed, however they are imported."""
        self._evaluate = evaluate
        self._unbound = unbound
        self._modules: dict[str, Module | None] = {}
        self._paths: dict[tuple[str, str], str | None] = {}
        self._looked_up: dict[tuple[Scope, str], Values] = {}
        self._looking_up: set[tuple[Scope, str]] = set()

    # Modules

    def at(self, path: str) -> Module | None:
        """The module in a file; None where it is not worth parsing, or cannot be parsed."""
        if path not in self._modules:
            if not self.parsing.depth:
                self.parsing.passed_over = True
                return None
            self._modules[path] = None
            source = self.sources.get(path)
            if source is not None and len(source.data) > MOST_BYTES:
                self.sources.skip(path, f"longer than {MOST_BYTES} bytes: taken for data")
            elif source is not None:
                try:
                    self._modules[path] = Module(source, source.parse())
                except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                    self.sources.skip(path, f"cannot be parsed: {error}")
        return self._modules[path]

    def parsed(self, path: str) -> Module | None:
        """The module in a file, which is parsed for it."""
        with self.parsing:
            return self.at(path)

    def named(self, dotted: str, importer: Module | None = None) -> Module | None:
        """The module that ``import dotted`` means; None where it is another package's."""
        key = importer.directory if importer else "", dotted
        if key not in self._paths:
            self._paths[key] = self.sources.module_file(dotted, importer.path if importer else "")
        path = self._paths[key]
        return self.at(path) if path else None

    def submodule(self, package: Module, name: str) -> Values:
        """What ``package.name`` stands for where the package's own code does not say."""
        if not package.path.endswith("__init__.py"):
            return ()
        path = self.sources.neighbour(os.path.dirname(package.path), [name])
        module = self.at(path) if path else None
        return (ModuleValue(module),) if module else ()

    # Imports

    def imported(self, binding: Import, importer: Module) -> Values:
        """What an import binds its name to."""
        if not binding.level:
            return self._imported_from(binding, importer)
        directory = importer.path
        for _ in range(binding.level):
            directory = os.path.dirname(directory)
        parts = binding.module.split(".") if binding.module else []
        path = self.sources.neighbour(directory, parts)
        module = self.at(path) if path else None
        if binding.name is None:
            return (ModuleValue(module),) if module else ()
        found = self.lookup(module.scope, binding.name, module) if module else ()
        if found:
            return found
        path = self.sources.neighbour(directory, [*parts, binding.name])
        if path is None:
            return ()
        module = self.at(path)
        if module is None:  # passed over: its own modules can still be found by their path
            dotted = self.sources.relative(path).removesuffix(".py").removesuffix("/__init__")
            return (External(dotted.replace("/", ".")),)
        return (ModuleValue(module),)

    def _imported_from(self, binding: Import, importer: Module) -> Values:
        module = self.named(binding.module, importer)
        if binding.name is None:
            return (ModuleValue(module),) if module else (External(binding.module),)
        if module is not None:
            found = self.lookup(module.scope, binding.name, module)
            if found:
                return found
        return self.dotted(f"{binding.module}.{binding.name}", importer)

    def dotted(self, path: str, importer: Module) -> Values:
        """The module of that dotted path, or a thing of another package."""
        module = self.named(path, importer)
        return (ModuleValue(module),) if module else (External(path),)

    def passed_over(self, value: External, importer: Module) -> Values:
        """What a name stands for whose module was not worth parsing when it was read."""
        module, _, name = value.path.replace("()", "").rpartition(".")
        with self.parsing:
            return self.imported(Import(module, 0, name), importer) if module else ()

    # Names

    def lookup(self, scope: Scope, name: str, module: Module, cls: Class | None = None) -> Values:
        """What ``name`` stands for in the body of a module or class."""
        key = scope, name
        if key in self._looked_up:
            return self._looked_up[key]
        if key in self._looking_up:
            return ()
        self._looking_up.add(key)
        before, self.parsing.passed_over = self.parsing.passed_over, False
        try:
            found = union(*(self._bound(b, module, cls) for b in scope.names.get(name, ())))
            if not found and name not in _BUILTINS:
                if name not in scope.names:
                    found = self._from_stars(scope.stars, name, module)
                if not found and cls is None:
                    found = self._unbound(module, name)
        finally:
            self._looking_up.discard(key)
            complete = not self.parsing.passed_over
            self.parsing.passed_over |= before
        if complete:
            self._looked_up[key] = found
        return found

    def _from_stars(self, stars: Iterable[Import], name: str, module: Module) -> Values:
        outside: Values = ()
        for star in stars:
            for value in self.imported(Import(star.module, star.level, name), module):
                if not isinstance(value, External):
                    return (value,)
                outside = outside or (value,)
        return outside

    def _bound(self, binding: Binding, module: Module, cls: Class | None) -> Values:
        match binding:
            case Class():
                return (ClassValue(binding),)
            case Function():
                return (FunctionValue(binding),)
            case Import() if binding.name in self.wanted:
                with self.parsing:
                    return self.imported(binding, module)
            case Import():
                return self.imported(binding, module)
            case Assigned():
                return self._assigned(binding, module, cls)

    def _assigned(self, binding: Assigned, module: Module, cls: Class | None) -> Values:
        values = self._evaluate(state_of(module, cls), binding.expression)
        if binding.position is None:
            return values
        positions = [
            value.elements[binding.position]
            for value in values
            if isinstance(value, Items) and value.fixed and binding.position < len(value.elements)
        ]
        return union(*positions) or elements_of(values)

    def global_name(self, state: State, name: str) -> Values:
        """What a name stands for that is not a local variable."""
        module = state.module
        if state.in_class_body and state.cls is not None and name in state.cls.scope.names:
            found = self.lookup(state.cls.scope, name, module, state.cls)
            if found:
                return found
        found = self.lookup(module.scope, name, module)
        if not found and name in _BUILTINS and name not in module.scope.names:
            return (External(f"builtins.{name}"),)
        return found


def state_of(module: Module, cls: Class | None = None, *, in_body: bool = True) -> State:
    """A state to evaluate what stands in a module, or in the body of a class.

    What is noted in it is thrown away: the module's own statements are read elsewhere.
    """
    return State(module, Summary(module.body), cls, in_class_body=in_body and cls is not None)
