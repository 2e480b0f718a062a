"""Classes of the admin: whose rows they save."""

from __future__ import annotations

import ast

from gapless_fields.callsites.definitions import Class
from gapless_fields.callsites.expressions import Expressions
from gapless_fields.callsites.values import ClassValue, Values, elements_of, union


class Admins(Expressions):
    def is_admin(self, cls: Class) -> bool:
        return self.inherits(cls, "Admin", "AdminMixin", "TabularInline", "StackedInline")

    def admin_models(self, cls: Class) -> Values:
        """The classes that ``cls`` is registered for, or an inline's model."""
        found = [self.class_attribute(cls, "model")]
        frame = self.class_frame(cls, in_body=False)
        for decorator in cls.node.decorator_list:
            if isinstance(decorator, ast.Call):
                found += [self.evaluate(frame, argument) for argument in decorator.args]
        for statement in cls.module.tree.body:
            match statement:
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(attr="register"), args=[model, ast.Name(id=name), *_]
                    )
                ) if name == cls.name:
                    found.append(self.evaluate(frame, model))
        merged = union(*found)
        return union(elements_of(merged), tuple(v for v in merged if isinstance(v, ClassValue)))

    def inline_models(self, cls: Class) -> Values:
        inlines = elements_of(self.class_attribute(cls, "inlines"))
        return union(*(self.admin_models(v.cls) for v in inlines if isinstance(v, ClassValue)))
