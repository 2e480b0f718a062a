"""What a form's ``__init__()`` remembers of its instance: ``self._was_paid = self.instance.paid``.

A field without a default is false in a new row. Where the memory of it is true, the row is saved.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from gapless_fields.callsites.engine.definitions import Assigned, Class
from gapless_fields.callsites.rules.asked import returned_alone


def remembered(name: str, mro: Iterable[Class]) -> ast.expr | None:
    """What an attribute of ``self`` stands for: ``__init__()`` alone assigns it, or a property.

    Args:
        name: the name of the attribute.
        mro: the class of the form, and those that it inherits from.
    """
    mro = list(mro)
    methods = [method for cls in mro for method in cls.assigning.get(name, ())]
    if not methods:
        found = (cls.method(name) for cls in mro)
        method = next((m for m in found if m is not None), None)
        if method is None or not method.has_decorator("property", "cached_property"):
            return None
        return returned_alone(method)
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
        memory: what the attributes of the form remember, by name.
        is_unset: whether an attribute of a new instance is false.

    Returns:
        True where it holds for saved rows alone, False where it fails for those alone, else None.
    """
    match test:
        case ast.Attribute(attr=name) if name in memory and not _is_instance(test):
            return saved_if(memory[name], {}, is_unset)
        case ast.Call(func=ast.Name(id="bool"), args=[inner]):
            return saved_if(inner, memory, is_unset)
        case ast.IfExp(body=body, orelse=ast.Constant(value=None | False | "" | 0)):
            return saved_if(body, memory, is_unset) or None
        case ast.Compare(left=left, ops=[operator], comparators=[ast.Constant(value=None)]) if (
            isinstance(operator, ast.Is | ast.IsNot) and _is_instance(left)
        ):
            return isinstance(operator, ast.IsNot)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(value=value)]):
            return saved_if(left, memory, is_unset) if value else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            found = saved_if(operand, memory, is_unset)
            return None if found is None else not found
        case ast.BoolOp(op=operator, values=operands):
            is_and = isinstance(operator, ast.And)
            told = any(saved_if(operand, memory, is_unset) is is_and for operand in operands)
            return is_and if told else None
        case ast.Call(
            func=ast.Name(id="getattr"), args=[owner, ast.Constant(value=str() as name), *_]
        ) if _is_instance(owner):
            return is_unset(name) or None
        case ast.Attribute(value=owner, attr=name) if _is_instance(owner):
            return is_unset(name) or None
    return (_is_instance(test) and not isinstance(test, ast.Attribute)) or None


def _is_instance(owner: ast.expr) -> bool:
    """Whether this is the instance that a form was given. ``self.instance`` is always there."""
    match owner:
        case ast.Name(id="instance"):
            return True
        case ast.Attribute(value=ast.Name(id="self"), attr="instance"):
            return True
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="kwargs"), attr="get" | "pop"),
            args=[ast.Constant(value="instance"), *_],
        ):
            return True
    return False


def is_unset(mro: Iterable[Class], name: str) -> bool:
    """Whether a field is false in a new instance of a model: it has no default, or a false one.

    Args:
        mro: the model, and those that it inherits from.
        name: the name of the attribute.
    """
    for cls in mro:
        for binding in cls.scope.names.get(name, ()):
            if not isinstance(binding, Assigned) or not isinstance(binding.expression, ast.Call):
                return False
            given = {keyword.arg: keyword.value for keyword in binding.expression.keywords}
            default = given.get("default")
            is_false = isinstance(default, ast.Constant) and not default.value
            return "db_default" not in given and (default is None or is_false)
    return name in ("pk", "id")
