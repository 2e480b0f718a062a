"""What a name stands for: imports followed from file to file, without running any."""

from __future__ import annotations

import ast
import builtins
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from gapless_fields.callsites.definitions import (
    Assigned,
    Binding,
    Class,
    Function,
    Import,
    Module,
    Scope,
)
from gapless_fields.callsites.facts import Facts
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    ClassValue,
    External,
    FunctionValue,
    Items,
    ModuleValue,
    Values,
    elements_of,
    union,
)

MOST_BYTES = 1_000_000
"""Nobody writes such a file by hand; a table of 6 MB takes 5 seconds to parse."""

_BUILTINS = frozenset(dir(builtins))


class Names(ABC):
    """The project's modules, each parsed once and only when asked for.

    The reader is built in layers, one file each: this one knows names, ``Classes`` inheritance,
    ``Models`` what is numbered, ``Expressions`` and ``Calls`` what an expression stands for and
    does, ``Statements`` the order of things, ``Transactions`` what opens ``atomic()``.
    """

    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        self.sources = sources
        self.targets = targets
        self.options = options
        self.scanned: set[Module] = set()
        """The modules that may number rows; functions of others are not looked into."""
        self._modules: dict[str, Module | None] = {}
        self._paths: dict[tuple[str, str], str | None] = {}
        self._thorough = False
        self._passed_over = False
        self._looked_up: dict[tuple[Scope, str], Values] = {}
        self._looking_up: set[tuple[Scope, str]] = set()

    @abstractmethod
    def evaluate(self, frame: Frame, node: ast.expr | None) -> Values:
        """What an expression stands for; notes the calls that it makes."""

    @abstractmethod
    def facts(self, function: Function) -> Facts:
        """What a function does; it is read once."""

    @abstractmethod
    def attribute(self, frame: Frame, values: Values, name: str, node: ast.expr) -> Values:
        """What ``values.name`` stands for."""

    @contextmanager
    def thorough(self) -> Iterator[None]:
        """Parse whatever is named meanwhile: base classes, decorators, context managers.

        Elsewhere a file that is not among those that may number rows is not parsed for the
        sake of a name: most imports of most files have nothing to do with it.
        """
        before, self._thorough = self._thorough, True
        try:
            yield
        finally:
            self._thorough = before

    def module_at(self, path: str) -> Module | None:
        """The module in a file; None where it is not worth parsing, or cannot be parsed."""
        if path not in self._modules:
            if not self._thorough:
                self._passed_over = True
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

    def module_named(self, dotted: str, importer: Module | None = None) -> Module | None:
        """The module that ``import dotted`` means; None where it is another package's."""
        directory = os.path.dirname(importer.path) if importer else ""
        key = directory, dotted
        if key not in self._paths:
            self._paths[key] = self.sources.module_file(dotted, importer.path if importer else "")
        path = self._paths[key]
        return self.module_at(path) if path else None

    def submodule(self, package: Module, name: str) -> Values:
        """What ``package.name`` stands for where the package's own code does not say."""
        if not package.path.endswith("__init__.py"):
            return ()
        path = self.sources.neighbour(os.path.dirname(package.path), [name])
        module = self.module_at(path) if path else None
        return (ModuleValue(module),) if module else ()

    def imported(self, binding: Import, importer: Module) -> Values:
        """What an import binds its name to."""
        if not binding.level:
            return self._imported_from(binding, importer)
        directory = importer.path
        for _ in range(binding.level):
            directory = os.path.dirname(directory)
        parts = binding.module.split(".") if binding.module else []
        path = self.sources.neighbour(directory, parts)
        module = self.module_at(path) if path else None
        if binding.name is None:
            return (ModuleValue(module),) if module else ()
        found = self.in_module(module, binding.name) if module else ()
        if found:
            return found
        path = self.sources.neighbour(directory, [*parts, binding.name])
        if path is None:
            return ()
        module = self.module_at(path)
        if module is None:  # passed over: its own modules can still be found by their path
            dotted = self.sources.relative(path).removesuffix(".py").removesuffix("/__init__")
            return (External(dotted.replace("/", ".")),)
        return (ModuleValue(module),)

    def _imported_from(self, binding: Import, importer: Module) -> Values:
        module = self.module_named(binding.module, importer)
        if binding.name is None:
            return (ModuleValue(module),) if module else (External(binding.module),)
        if module is not None:
            found = self.in_module(module, binding.name)
            if found:
                return found
        return self.dotted(f"{binding.module}.{binding.name}", importer)

    def in_module(self, module: Module, name: str) -> Values:
        """What ``module.name`` stands for."""
        return self.lookup(module.scope, name, module) or self.gathered(module, name)

    @abstractmethod
    def gathered(self, package: Module, name: str) -> Values:
        """What a package offers under a name that its own code does not show."""

    def dotted(self, path: str, importer: Module) -> Values:
        """The module of that dotted path, or a thing of another package."""
        module = self.module_named(path, importer)
        return (ModuleValue(module),) if module else (External(path),)

    def passed_over(self, value: External, importer: Module) -> Values:
        """What a name stands for whose module was not worth parsing when it was read."""
        module, _, name = value.path.replace("()", "").rpartition(".")
        with self.thorough():
            return self.imported(Import(module, 0, name), importer) if module else ()

    def lookup(self, scope: Scope, name: str, module: Module, cls: Class | None = None) -> Values:
        """What ``name`` stands for in the body of a module or class."""
        key = scope, name
        if key in self._looked_up:
            return self._looked_up[key]
        if key in self._looking_up:
            return ()
        self._looking_up.add(key)
        before, self._passed_over = self._passed_over, False
        try:
            found = union(*(self._bound(b, module, cls) for b in scope.names.get(name, ())))
            if not found and name not in scope.names and name not in _BUILTINS:
                found = self._from_stars(scope.stars, name, module)
        finally:
            self._looking_up.discard(key)
            complete = not self._passed_over
            self._passed_over |= before
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
            case Import():
                return self.imported(binding, module)
            case Assigned():
                return self._assigned(binding, module, cls)

    def _assigned(self, binding: Assigned, module: Module, cls: Class | None) -> Values:
        # The facts of a throw-away function: the module's own statements are read elsewhere.
        frame = Frame(module, Facts(module.body), cls, in_class_body=cls is not None)
        values = self.evaluate(frame, binding.expression)
        if binding.position is None:
            return values
        positions = [
            value.elements[binding.position]
            for value in values
            if isinstance(value, Items) and value.fixed and binding.position < len(value.elements)
        ]
        return union(*positions) or elements_of(values)

    def global_name(self, frame: Frame, name: str) -> Values:
        """What a name stands for that is not a local variable."""
        module = frame.module
        if frame.in_class_body and frame.cls is not None and name in frame.cls.scope.names:
            found = self.lookup(frame.cls.scope, name, module, frame.cls)
            if found:
                return found
        found = self.lookup(module.scope, name, module)
        if not found and name in _BUILTINS and name not in module.scope.names:
            return (External(f"builtins.{name}"),)
        return found
