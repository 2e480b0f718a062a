"""The engine: reads the functions of a project, and asks the rules what things mean."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from gapless_fields.callsites.engine.assignments import Assignments
from gapless_fields.callsites.engine.attributes import Attributes
from gapless_fields.callsites.engine.calls import Calls
from gapless_fields.callsites.engine.definitions import Class, Function, Module
from gapless_fields.callsites.engine.expressions import Expressions
from gapless_fields.callsites.engine.inheritance import Inheritance
from gapless_fields.callsites.engine.modules import Modules, state_of
from gapless_fields.callsites.engine.parameters import Parameters
from gapless_fields.callsites.engine.protocol import Rules
from gapless_fields.callsites.engine.solver import Solver
from gapless_fields.callsites.engine.state import State
from gapless_fields.callsites.engine.statements import Statements
from gapless_fields.callsites.engine.summaries import Summary
from gapless_fields.callsites.engine.values import Origin
from gapless_fields.callsites.files.sources import Sources


class Engine:
    """The parts of the engine, put together.

    Args:
        sources: the files of the project.
        rules: makes what the engine asks of frameworks, for the engine that is to be asked back.
    """

    def __init__(self, sources: Sources, rules: Callable[[Engine], Rules]) -> None:
        self.sources = sources
        self.scanned: set[Module] = set()
        self.rules: Rules
        self._calls: Calls
        self._expressions = Expressions(self, lambda *call: self._calls.call(*call))
        self.evaluate = self._expressions.evaluate
        self.iterated = self._expressions.iterated
        self.modules = Modules(sources, self.evaluate, lambda *name: self.rules.unbound(*name))
        self.classes = Inheritance(self.modules, self.evaluate)
        self.solver = Solver(self._read)
        self._calls = Calls(self, self._expressions)
        self.call_value = self._calls.call_value
        self.call_function = self._calls.call_function
        self.copied = self._calls.copied
        self.wrap = self._calls.wrap
        self.bind = Assignments(self).bind
        self._parameters = Parameters(self)
        self.attribute = Attributes(self, self._parameters.annotated).attribute
        self._statements = Statements(self, self._expressions, self._parameters.annotated)
        self.block = self._statements.block
        self._closed_over: dict[Function, tuple[object, object]] = {}
        """What the surroundings of each nested function knew when it was read."""
        self.rules = rules(self)

    def scan(self, module: Module) -> bool:
        """Look into the functions of a module from now on; return False where that is so."""
        if module in self.scanned:
            return False
        self.scanned.add(module)
        self.solver.changed(module)
        return True

    def with_nested(self, function: Function) -> Iterator[Summary]:
        """The summaries of a function, and of the functions that are defined in it."""
        summary = self.solver.summary(function)
        yield summary
        for inner in summary.nested:
            yield from self.with_nested(inner)

    def state_of_decorator(self, function: Function) -> State:
        """A state to evaluate the decorators of a function."""
        closure = self._expressions.closures.get(function)
        return closure.branch() if closure is not None else state_of(function.module, function.cls)

    def _read(self, function: Function, summary: Summary) -> None:
        depth = self.modules.parsing.depth
        self.modules.parsing.depth = int(self.rules.chooses_classes(function))
        try:
            self._read_body(function, summary)
        except RecursionError:
            where = f"{function.name}() in line {getattr(function.node, 'lineno', 1)}"
            path = function.module.source.relative
            self.sources.notes.append((path, f"{where} is nested too deeply to be read"))
        finally:
            self.modules.parsing.depth = depth

    def _read_body(self, function: Function, summary: Summary) -> None:
        state = State(function.module, summary, function.cls)
        closure = self._expressions.closures.get(function)
        if closure is not None:
            state.env = dict(closure.env)
            state.rows.newness = dict(closure.rows.newness)
        self._parameters.bind(state, function)
        node = function.node
        if isinstance(node, ast.Lambda):
            self._statements.return_(state, node.body)
        elif isinstance(node, ast.GeneratorExp):
            self._expressions.comprehension(state, node)
        else:
            self.block(state, node.body)
        if function.cls is not None:
            self._tell_attributes(state, function.cls)
        summary.sets = dict(state.rows.columns.get(Origin(node), {}))
        summary.saves = summary.given & (summary.ever_saved | (summary.given - state.rows.new))
        for inner in summary.nested:
            self._read_nested(inner)

    def _read_nested(self, function: Function) -> None:
        """Read a function that is defined in another one, again where that knows more now."""
        closure = self._expressions.closures[function]
        known = closure.env, closure.rows.newness
        if self._closed_over.get(function) != known and self.solver.is_read(function):
            self.solver.again([function])
        self._closed_over[function] = known
        self.solver.summary(function)

    def _tell_attributes(self, state: State, cls: Class) -> None:
        """Tell the other methods what this one assigns to the attributes of ``self``."""
        for path, values in state.env.items():
            head, _, name = path.partition(".")
            if head == "self" and name and "." not in name:
                for value in values:
                    is_new = state.rows.may_be_new(value) and not state.rows.maybe_saved(value)
                    self.solver.tell(state.function, (cls, name), value, is_new=is_new)
