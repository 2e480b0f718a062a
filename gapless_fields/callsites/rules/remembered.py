"""What a form's ``__init__()`` remembers of its instance: ``self._was_paid = self.instance.paid``.

A field without a default is false in a new row. Where the memory of it is true, the row is saved.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from gapless_fields.callsites.engine.definitions import Assigned, Class


def remembered(test: ast.expr, line: Iterable[Class]) -> dict[str, ast.expr]:
    """What ``__init__()`` alone assigns to the attributes of ``self`` in a condition, by path.

    Args:
        test: the condition.
        line: the class whose method it stands in, and those that it inherits from.
    """
    found: dict[str, ast.expr] = {}
    for node in ast.walk(test):
        match node:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                assigned = _assigned_in_init(line, name)
                if assigned is not None:
                    found[f"self.{name}"] = assigned
    return found


def _assigned_in_init(line: Iterable[Class], name: str) -> ast.expr | None:
    methods = [method for cls in line for method in cls.assigning.get(name, ())]
    if len(methods) != 1 or methods[0].name != "__init__":
        return None
    values = []
    for node in ast.walk(methods[0].node):
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"), attr=target)], value=value
            ) if target == name:
                values.append(value)
    return values[0] if len(values) == 1 else None


def saved_if(
    test: ast.expr, memory: Mapping[str, ast.expr], is_unset: Callable[[str], bool]
) -> bool | None:
    """Whether a condition holds, or fails, only where the form's instance is a saved row.

    Args:
        test: the condition.
        memory: what the attributes of ``self`` remember, by path.
        is_unset: whether an attribute of a new instance is false.

    Returns:
        True where it holds for saved rows alone, False where it fails for those alone, else None.
    """
    match test:
        case ast.Attribute(value=ast.Name(id="self"), attr=name) if f"self.{name}" in memory:
            return True if _asks(memory[f"self.{name}"], is_unset) else None
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=value)]):
            return saved_if(left, memory, is_unset) if value else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = saved_if(operand, memory, is_unset)
            return None if found is None else not found
        case ast.BoolOp(op=operator, values=operands):
            is_and = isinstance(operator, ast.And)
            told = any(saved_if(operand, memory, is_unset) is is_and for operand in operands)
            return is_and if told else None
    return None


def _asks(value: ast.expr, is_unset: Callable[[str], bool]) -> bool:
    """Whether something true was remembered only of a saved instance."""
    match value:
        case ast.Call(func=ast.Name(id="bool"), args=[inner]):
            return _asks(inner, is_unset)
        case ast.IfExp(body=body, orelse=ast.Constant(value=None | False | "" | 0)):
            return _asks(body, is_unset)
        case ast.BoolOp(op=ast.And(), values=operands):
            return any(_asks(operand, is_unset) for operand in operands)
        case ast.Call(
            func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name), *_]
        ):
            return _is_instance(owner) and is_unset(name)
        case ast.Attribute(value=owner, attr=name):
            return _is_instance(owner) and is_unset(name)
    return False


def _is_instance(owner: ast.expr) -> bool:
    match owner:
        case ast.Name(id="instance"):
            return True
        case ast.Attribute(value=ast.Name(id="self"), attr="instance"):
            return True
    return False


def is_unset(line: Iterable[Class], name: str) -> bool:
    """Whether a field is false in a new instance of a model: it has no default, or a false one.

    Args:
        line: the model, and those that it inherits from.
        name: the name of the attribute.
    """
    for cls in line:
        for binding in cls.scope.names.get(name, ()):
            if not isinstance(binding, Assigned) or not isinstance(binding.expression, ast.Call):
                return False
            given = {keyword.arg: keyword.value for keyword in binding.expression.keywords}
            default = given.get("default")
            is_false = isinstance(default, ast.Constant) and not default.value
            return "db_default" not in given and (default is None or is_false)
    return name in ("pk", "id")
