"""What a file defines: its classes, functions, imports and assignments, by name."""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import TypeAlias, Union

from gapless_fields.callsites.engine.syntax import blocks, name_of
from gapless_fields.callsites.files.sources import Source

_RETURNING = re.compile(rb"\breturn[ (\[{]|\byield\b")
_SELF_ASSIGNED = re.compile(rb"\bself\.(\w+)\b[^=\n]*=[^=]")


@dataclass(frozen=True)
class Import:
    """``import module`` (``name`` is None) or ``from module import name``; dots count levels."""

    module: str
    level: int
    name: str | None


@dataclass(eq=False)
class Assigned:
    """``name = expression``; ``position`` where the left side is a tuple."""

    expression: ast.expr
    position: int | None = None


@dataclass(eq=False)
class Scope:
    """The names of a module or class body."""

    names: defaultdict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    stars: list[Import] = field(default_factory=list)


@dataclass(eq=False)
class Module:
    source: Source
    tree: ast.Module
    scope: Scope = field(default_factory=Scope)
    classes: list[Class] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.body = Function(self.tree, self)
        _define(self.tree.body, self.scope, self)

    def define_class(self, node: ast.ClassDef) -> Class:
        """Add a class that stands in a function."""
        _define([node], Scope(), self)
        return next(cls for cls in self.classes if cls.node is node)

    @property
    def path(self) -> str:
        return self.source.path

    @cached_property
    def directory(self) -> str:
        return os.path.dirname(self.path)

    @property
    def dotted(self) -> str:
        """The module's dotted path below the base of the sources."""
        path = PurePath(self.source.relative).with_suffix("")
        parts = path.parts[:-1] if path.name == "__init__" else path.parts
        return ".".join(part for part in parts if part != path.anchor)


@dataclass(eq=False)
class Class:
    node: ast.ClassDef
    module: Module
    outer: Class | None = None
    scope: Scope = field(default_factory=Scope)

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def text(self) -> bytes:
        """The source of the class, its decorators aside."""
        return self.module.source.between(self.node.lineno, self.node.end_lineno or 0)

    def method(self, name: str) -> Function | None:
        """The function of that name in the class's own body, the last one."""
        bound = reversed(self.scope.names.get(name, ()))
        return next((binding for binding in bound if isinstance(binding, Function)), None)

    @property
    def methods(self) -> list[Function]:
        """The functions of the class's own body."""
        return [b for held in self.scope.names.values() for b in held if isinstance(b, Function)]

    @cached_property
    def annotations(self) -> dict[str, ast.expr]:
        """What ``name: Annotation`` in the class's own body says, as in a dataclass."""
        annotated = (s for s in self.node.body if isinstance(s, ast.AnnAssign))
        return {s.target.id: s.annotation for s in annotated if isinstance(s.target, ast.Name)}

    @cached_property
    def assigning(self) -> dict[str, list[Function]]:
        """The methods that assign ``self.name``, by name, as far as their text tells."""
        found: defaultdict[str, list[Function]] = defaultdict(list)
        for method in self.methods:
            for match in _SELF_ASSIGNED.finditer(method.text):
                found[match[1].decode()].append(method)
        return found

    def inner(self, name: str) -> Class | None:
        """The class of that name in the class's own body, such as ``Meta``."""
        bound = reversed(self.scope.names.get(name, ()))
        return next((binding for binding in bound if isinstance(binding, Class)), None)


FunctionNode: TypeAlias = (
    ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp | ast.Module
)


@dataclass(eq=False)
class Function:
    """A function, method, lambda or generator expression; also a module's own statements."""

    node: FunctionNode
    module: Module
    cls: Class | None = None
    outer: Function | None = None

    @property
    def name(self) -> str:
        if isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self.node.name
        return {ast.Lambda: "lambda", ast.GeneratorExp: "generator"}.get(
            type(self.node), "the module"
        )

    @property
    def is_module(self) -> bool:
        return isinstance(self.node, ast.Module)

    @property
    def decorators(self) -> list[ast.expr]:
        return getattr(self.node, "decorator_list", [])

    @property
    def arguments(self) -> list[ast.arg]:
        """The named parameters, in order."""
        if not isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return []
        arguments = self.node.args
        return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]

    @cached_property
    def parameters(self) -> list[str]:
        """Their names."""
        return [argument.arg for argument in self.arguments]

    @property
    def defaults(self) -> dict[str, ast.expr]:
        """The default values of parameters, by name."""
        arguments = getattr(self.node, "args", None)
        if not isinstance(arguments, ast.arguments):
            return {}
        positional = [*arguments.posonlyargs, *arguments.args]
        last = positional[len(positional) - len(arguments.defaults) :]
        pairs = [*zip(last, arguments.defaults, strict=True)]
        named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        pairs += [(argument, default) for argument, default in named if default is not None]
        return {argument.arg: default for argument, default in pairs}

    @cached_property
    def text(self) -> bytes:
        """The source of the function, its decorators aside."""
        if isinstance(self.node, ast.Module):
            return self.module.source.data
        return self.module.source.between(self.node.lineno, self.node.end_lineno or 0)

    @cached_property
    def returns_something(self) -> bool:
        """Whether a caller gets anything of it, as far as its text tells."""
        is_lambda = not isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef)
        return is_lambda or _RETURNING.search(self.text) is not None

    def has_decorator(self, *names: str) -> bool:
        """Whether a decorator's last name, called or not, is one of ``names``."""
        return any(name_of(decorator) in names for decorator in self.decorators)


Binding: TypeAlias = Union["Class | Function | Import | Assigned"]


def _define(body: list[ast.stmt], scope: Scope, module: Module, cls: Class | None = None) -> None:
    for statement in body:
        match statement:
            case ast.ClassDef():
                inner = Class(statement, module, cls)
                module.classes.append(inner)
                scope.names[statement.name].append(inner)
                _define(statement.body, inner.scope, module, inner)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                function = Function(statement, module, cls)
                module.functions.append(function)
                scope.names[statement.name].append(function)
            case ast.Import() | ast.ImportFrom():
                for name, binding in imports(statement):
                    if name == "*":
                        scope.stars.append(binding)
                    else:
                        scope.names[name].append(binding)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    _assign(target, value, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                _assign(target, value, scope)
        for block in blocks(statement):
            _define(block, scope, module, cls)


def _assign(target: ast.expr, value: ast.expr, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.names[target.id].append(Assigned(value))
    elif isinstance(target, ast.Tuple):
        for position, element in enumerate(target.elts):
            if isinstance(element, ast.Name):
                scope.names[element.id].append(Assigned(value, position))


def imports(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
    """The names that an import binds, and to what."""
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            module = statement.module or ""
            yield alias.asname or alias.name, Import(module, statement.level, alias.name)
        elif alias.asname:
            yield alias.asname, Import(alias.name, 0, None)
        else:
            head = alias.name.partition(".")[0]
            yield head, Import(head, 0, None)
