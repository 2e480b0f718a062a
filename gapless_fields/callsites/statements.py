"""The order of things: a function read statement by statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gapless_fields.callsites.assignments import handed_through
from gapless_fields.callsites.branches import Branches
from gapless_fields.callsites.definitions import Class, Function, imports
from gapless_fields.callsites.facts import Call, Facts
from gapless_fields.callsites.frame import Frame
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    ClassValue,
    Form,
    FunctionValue,
    Object,
    Value,
    elements_of,
    union,
)


class Statements(Branches):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self._facts: dict[Function, Facts] = {}
        self._reading: dict[Function, list[Function]] = {}
        """The functions that are being read, each with those that it has led to and that ask it."""
        self._read_twice: set[Function] = set()
        self._local_classes: dict[ast.ClassDef, Class] = {}

    def facts(self, function: Function) -> Facts:
        found = self._facts.get(function)
        if found is None:
            found = self._facts[function] = Facts(function)
            self._reading[function] = []
            self.give_anew(function)
            try:
                self._read(function, found)
            except RecursionError:
                where = f"{function.name}() in line {getattr(function.node, 'lineno', 1)}"
                path = function.module.source.relative
                self.sources.notes.append((path, f"{where} is nested too deeply to be read"))
            self.given_again(function)
            for half_read in self._reading.pop(function):
                if half_read not in self._read_twice:
                    self._read_twice.add(half_read)
                    self._facts.pop(half_read, None)
        elif function in self._reading:
            # Whatever has led back to it was told half of it only, and is read again when needed.
            outer = list(self._reading)
            self._reading[function] += outer[outer.index(function) + 1 :]
        return found

    def read_anew(self, functions: set[Function] | None = None) -> None:
        """Forget what was read of some functions, or of all, while less was known."""
        if functions is None:
            self._facts.clear()
        self._read_twice.clear()
        for function in functions or ():
            self._facts.pop(function, None)

    def _read(self, function: Function, facts: Facts) -> None:
        cls = function.cls
        frame = Frame(function.module, facts, cls)
        closure = self.closures.get(function)
        if closure is not None:
            frame.env, frame.fresh = dict(closure.env), set(closure.fresh)
        self.bind_parameters(frame, function)
        node = function.node
        if isinstance(node, ast.Lambda):
            self._return(frame, node.body)
        elif isinstance(node, ast.GeneratorExp):
            self.comprehension(frame, node)
        else:
            self.block(frame, node.body)
        for name, values in frame.env.items():
            head, _, attribute = name.partition(".")
            if cls is not None and head == "self" and attribute and "." not in attribute:
                for value in values:
                    is_loose = isinstance(value, Object) and value.loose
                    self.attributes[cls, attribute][value] = frame.is_fresh(value) and not is_loose
        facts.sets = dict(frame.due.get(function.node, {}))
        facts.saved = facts.given & (facts.ever_saved | (facts.given - frame.fresh))
        for inner in facts.nested:
            self.facts(inner)

    # Statements

    def block(self, frame: Frame, body: list[ast.stmt]) -> None:
        for statement in body:
            self._statement(frame, statement)

    def _statement(self, frame: Frame, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                values = self.evaluate(frame, value) or handed_through(frame, targets, value)
                for target in targets:
                    self.bind(frame, target, values)
                    self.assigned(frame, target, value)
                    self.number_set(frame, target, value, values)
                    if isinstance(target, ast.Name):
                        frame.tests[target.id] = value
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                values = self.evaluate(frame, value)
                if value is not None or isinstance(target, ast.Name):
                    typed = values or self._annotated(frame, target, annotation)
                    self.bind(frame, target, typed)
            case ast.AugAssign(target=target, value=value):
                added = self.evaluate(frame, value)
                before = self.evaluate(frame, target)
                found = self.one_added(frame, statement, before)
                self.bind(frame, target, found or union(before, added))
            case ast.Return(value=value):
                self._return(frame, value)
                frame.dead = True
            case ast.Raise():
                self._expressions(frame, statement)
                frame.dead = True
            case ast.Continue() | ast.Break():
                frame.dead = True
            case ast.If(test=test, body=body, orelse=orelse):
                self.evaluate(frame, test)
                self.if_(frame, test, body, orelse)
            case ast.For() | ast.AsyncFor() | ast.While():
                self.loop(frame, statement)
            case ast.With() | ast.AsyncWith():
                self.with_(frame, statement)
            case ast.Try():
                self.try_(frame, statement)
            case ast.Match():
                self.match(frame, statement)
            case ast.Delete(targets=targets):  # ``del order.invoices`` reads no property
                for target in targets:
                    self.evaluate(frame, getattr(target, "value", None))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(frame, statement)
            case ast.ClassDef():
                self._class(frame, statement)
            case ast.Import() | ast.ImportFrom() if not frame.function.is_module:
                for name, binding in imports(statement):
                    frame.env[name] = self.imported(binding, frame.module)
            case _:
                self._expressions(frame, statement)

    def _expressions(self, frame: Frame, statement: ast.stmt) -> None:
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self.evaluate(frame, child)

    def _return(self, frame: Frame, value: ast.expr | None) -> None:
        for returned in self.evaluate(frame, value):
            rows = list(_rows_in(returned))
            is_new = any(frame.is_fresh(row) for row in rows)
            frame.facts.returns.append((returned, is_new))
            frame.facts.unsaved |= {row.origin for row in rows if frame.is_fresh(row)}
            if isinstance(returned, FunctionValue):
                line = value.lineno if value is not None else 0
                frame.called(Call(returned.function, (), "escapes", line))

    def _function(self, frame: Frame, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in statement.decorator_list:
            self.evaluate(frame, decorator)
        if frame.function.is_module:
            return  # known by name, and read on its own
        function = self.local_functions.get(statement)
        if function is None:
            function = Function(statement, frame.module, frame.cls, frame.function)
            self.local_functions[statement] = function
        frame.facts.nested.append(function)
        self.closures[function] = frame
        frame.env[statement.name] = (FunctionValue(function),)

    def _class(self, frame: Frame, statement: ast.ClassDef) -> None:
        if frame.function.is_module:
            body = frame.branch()
            body.cls = next(c for c in frame.module.classes if c.node is statement)
            body.in_class_body = True
            self.block(body, statement.body)
            return
        cls = self._local_classes.get(statement)
        if cls is None:
            cls = self._local_classes[statement] = frame.module.define_class(statement)
        frame.env[statement.name] = (ClassValue(cls),)


def _rows_in(value: Value) -> Iterator[Object | Form]:
    """The rows and forms that a value is or holds, in lists of lists too."""
    if isinstance(value, Object | Form):
        yield value
    for inner in elements_of((value,)):
        yield from _rows_in(inner)
