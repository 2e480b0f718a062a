"""What a class of the project inherits from its own and other packages' classes."""

from __future__ import annotations

import ast
from collections.abc import Callable

from gapless_fields.callsites.engine.definitions import Class, Function
from gapless_fields.callsites.engine.modules import Modules, state_of
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.syntax import last_name_of
from gapless_fields.callsites.engine.values import ClassValue, External, Values, union


class Inheritance:
    """The classes of the project.

    Args:
        modules: the project's modules.
        evaluate: what an expression stands for.
    """

    def __init__(self, modules: Modules, evaluate: Callable[[State, ast.expr], Values]) -> None:
        self._modules = modules
        self._evaluate = evaluate
        self._bases: dict[Class, Values] = {}
        self._mro: dict[Class, tuple[Class, ...]] = {}
        self._external_names: dict[Class, tuple[str, ...]] = {}
        self._inherits: dict[tuple[Class, tuple[str, ...]], bool] = {}

    def bases(self, cls: Class) -> Values:
        """The classes that ``cls`` names as its bases."""
        if cls not in self._bases:
            self._bases[cls] = ()  # for a class that inherits from its own name
            state = state_of(cls.module, cls.outer or cls, in_body=cls.outer is not None)
            with self._modules.parsing:
                self._bases[cls] = union(*(self._base(state, base) for base in cls.node.bases))
        return self._bases[cls]

    def _base(self, state: State, node: ast.expr) -> Values:
        if isinstance(node, ast.Subscript):  # Manager["Invoice"]
            node = node.value
        values = self._evaluate(state, node)
        if values:
            return values
        # An unknown name may still tell: ``class A(SomeMixin, unknown.CreateView)``.
        name = last_name_of(node)
        return (External(f"?.{name}"),) if name else ()

    def mro(self, cls: Class) -> tuple[Class, ...]:
        """``cls`` and the project's classes that it inherits from, nearest first."""
        if cls not in self._mro:
            self._mro[cls] = (cls,)
            found = dict.fromkeys([cls])
            for base in self.bases(cls):
                if isinstance(base, ClassValue):
                    # A base that several share comes after all of them, as in Python's own order.
                    for ancestor in self.mro(base.cls):
                        found.pop(ancestor, None)
                        found[ancestor] = None
            self._mro[cls] = tuple(found)
        return self._mro[cls]

    def external_bases(self, cls: Class) -> set[str]:
        """The dotted paths of other packages' classes that ``cls`` inherits from."""
        bases = (base for ancestor in self.mro(cls) for base in self.bases(ancestor))
        return {base.path for base in bases if isinstance(base, External)}

    def external_names(self, cls: Class) -> tuple[str, ...]:
        """Their last names, such as ``CreateView``."""
        if cls not in self._external_names:
            paths = (path.replace("()", "") for path in sorted(self.external_bases(cls)))
            names = tuple(path.removesuffix(".__class__").rpartition(".")[2] for path in paths)
            self._external_names[cls] = names
        return self._external_names[cls]

    def inherits(self, cls: Class, *endings: str) -> bool:
        """Whether the name of one of those classes ends so."""
        key = cls, endings
        if key not in self._inherits:
            self._inherits[key] = any(name.endswith(endings) for name in self.external_names(cls))
        return self._inherits[key]

    def find_method(self, cls: Class, name: str) -> Function | None:
        """The project's function that ``cls.name`` calls."""
        for ancestor in self.mro(cls):
            if (method := ancestor.method(name)) is not None:
                return method
        return None

    def find_after(self, cls: Class, after: Class, name: str) -> Function | None:
        """The project's function that ``super().name`` calls in a method of ``after``."""
        mro = self.mro(cls)
        start = mro.index(after) + 1 if after in mro else len(mro)
        for ancestor in mro[start:]:
            if (method := ancestor.method(name)) is not None:
                return method
        return None

    def attribute(self, cls: Class, name: str) -> Values:
        """What the body of ``cls``, or of a class it inherits from, assigns to ``name``."""
        for ancestor in self.mro(cls):
            if name in ancestor.scope.names:
                return self._modules.lookup(ancestor.scope, name, ancestor.module, ancestor)
        return ()

    def parsed_attribute(self, cls: Class, name: str) -> Values:
        """The same; what it names is parsed for it."""
        with self._modules.parsing:
            return self.attribute(cls, name)

    def is_assigned(self, cls: Class, name: str) -> bool:
        """Whether one of those bodies binds the name."""
        return any(name in ancestor.scope.names for ancestor in self.mro(cls))
