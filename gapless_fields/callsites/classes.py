"""Inheritance: what a class of the project inherits from its own and other packages' classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gapless_fields.callsites.definitions import Class, Function, Module
from gapless_fields.callsites.facts import Facts
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.names import Names
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import ClassValue, External, Values, union


class Classes(Names):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._bases: dict[Class, Values] = {}
        self._lines: dict[Class, tuple[Class, ...]] = {}
        self._externals: dict[Class, frozenset[str]] = {}

    def bases(self, cls: Class) -> Values:
        """The classes that ``cls`` names as its bases."""
        if cls not in self._bases:
            self._bases[cls] = ()  # for a class that inherits from its own name
            frame = self.class_frame(cls.outer or cls, in_body=cls.outer is not None)
            with self.thorough():
                self._bases[cls] = union(*(self._base(frame, base) for base in cls.node.bases))
        return self._bases[cls]

    def _base(self, frame: Frame, node: ast.expr) -> Values:
        if isinstance(node, ast.Subscript):  # Manager["Invoice"]
            node = node.value
        values = self.evaluate(frame, node)
        if values:
            return values
        # An unknown name may still tell: ``class A(SomeMixin, unknown.CreateView)``.
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        return (External(f"?.{name}"),) if name else ()

    def class_frame(self, cls: Class, *, in_body: bool = True) -> Frame:
        """A frame to evaluate what stands in the body of a class."""
        return Frame(cls.module, Facts(cls.module.body), cls, in_class_body=in_body)

    def module_frame(self, module: Module) -> Frame:
        """A frame to evaluate what stands in a module."""
        return Frame(module, Facts(module.body))

    def line(self, cls: Class) -> tuple[Class, ...]:
        """``cls`` and the project's classes that it inherits from, nearest first."""
        if cls not in self._lines:
            self._lines[cls] = (cls,)
            found = dict.fromkeys([cls])
            for base in self.bases(cls):
                if isinstance(base, ClassValue):
                    # A base that several share comes after all of them, as in Python's own order.
                    for ancestor in self.line(base.cls):
                        found.pop(ancestor, None)
                        found[ancestor] = None
            self._lines[cls] = tuple(found)
        return self._lines[cls]

    def externals(self, cls: Class) -> frozenset[str]:
        """The dotted paths of other packages' classes that ``cls`` inherits from."""
        if cls not in self._externals:
            self._externals[cls] = frozenset(
                base.path
                for ancestor in self.line(cls)
                for base in self.bases(ancestor)
                if isinstance(base, External)
            )
        return self._externals[cls]

    def external_names(self, cls: Class) -> Iterator[str]:
        """Their last names, such as ``CreateView``."""
        for path in self.externals(cls):
            path = path.replace("()", "").removesuffix(".__class__")
            yield path.rpartition(".")[2]

    def inherits(self, cls: Class, *endings: str) -> bool:
        """Whether the name of one of those classes ends so."""
        return any(name.endswith(endings) for name in self.external_names(cls))

    def find_method(self, cls: Class, name: str) -> Function | None:
        """The project's function that ``cls.name`` calls."""
        for ancestor in self.line(cls):
            if (method := ancestor.method(name)) is not None:
                return method
        return None

    def find_after(self, cls: Class, after: Class, name: str) -> Function | None:
        """The project's function that ``super().name`` calls in a method of ``after``."""
        line = self.line(cls)
        start = line.index(after) + 1 if after in line else len(line)
        for ancestor in line[start:]:
            if (method := ancestor.method(name)) is not None:
                return method
        return None

    def class_attribute(self, cls: Class, name: str) -> Values:
        """What the body of ``cls``, or of a class it inherits from, assigns to ``name``."""
        for ancestor in self.line(cls):
            if name in ancestor.scope.names:
                return self.lookup(ancestor.scope, name, ancestor.module, ancestor)
        return ()

    def assigned_in_body(self, cls: Class, name: str) -> bool:
        return any(name in ancestor.scope.names for ancestor in self.line(cls))
