"""Models: which number their rows, their managers, and the relations between them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gapless_fields.callsites.classes import Classes
from gapless_fields.callsites.definitions import Assigned, Class, Module
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    ClassValue,
    Constant,
    External,
    Manager,
    Object,
    Value,
    Values,
)
from gapless_fields.callsites.vocabulary import MANAGER_NAMES, QUERYSET_BASES, USER


@dataclass(frozen=True)
class Relation:
    """A ForeignKey, OneToOneField, ManyToManyField or GenericRelation of a model."""

    name: str
    kind: str
    target: Class | None
    target_name: str
    related_name: str | None
    through: Class | None

    @property
    def is_single(self) -> bool:
        return self.kind.endswith(("Key", "OneToOneField"))


@dataclass(frozen=True)
class Accessor:
    """An attribute of another model through which numbered rows are inserted."""

    owner: str
    name: str
    field: str
    manager: Manager


_RELATION = re.compile(r"(ForeignKey|ParentalKey|OneToOneField|ManyToManyField|GenericRelation)$")


class Models(Classes):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.numbered: dict[Class, Target] = {}
        self.accessors: list[Accessor] = []
        self.managed: defaultdict[Class, dict[Class, str]] = defaultdict(dict)
        """For each class of a manager or queryset, the numbered models that use it."""
        self._heirs: defaultdict[Class, dict[Class, None]] = defaultdict(dict)
        self._adopted: set[Class] = set()

    # What is numbered

    def find_targets(self) -> list[Target]:
        """Find the classes that were asked for; return those that could not be found."""
        missing = []
        for target in self.targets:
            module_path, _, name = target.path.rpartition(".")
            module = self.module_named(module_path)
            found = self.lookup(module.scope, name, module) if module else ()
            classes = [value.cls for value in found if isinstance(value, ClassValue)]
            for cls in classes:
                self.numbered[cls] = target
            if not classes:
                missing.append(target)
        for cls in list(self.numbered):
            self.adopt(cls)
        return missing

    def target_of(self, cls: Class) -> Target | None:
        """The numbered model that ``cls`` is, or inherits from."""
        for ancestor in self.line(cls):
            if ancestor in self.numbered:
                return self.numbered[ancestor]
        return None

    def gathered(self, package: Module, name: str) -> Values:
        """A numbered model below a package that gathers its modules' names when it is run."""
        if not package.path.endswith("__init__.py"):
            return ()
        folder = package.path.removesuffix("__init__.py")
        return tuple(
            ClassValue(cls)
            for cls in self.numbered
            if cls.name == name and cls.module.path.startswith(folder)
        )

    def path_of(self, cls: Class) -> str:
        """The dotted path of a model, as it was asked for where it was."""
        target = self.numbered.get(cls)
        return target.path if target is not None else f"{cls.module.dotted}.{cls.name}"

    def adopt(self, cls: Class) -> None:
        """Learn what a numbered model brings along: its managers, relations and ancestors."""
        if cls in self._adopted:
            return
        self._adopted.add(cls)
        for ancestor in self.line(cls)[1:]:
            self._heirs[ancestor][cls] = None
        for ancestor in self.line(cls):
            for name in list(ancestor.scope.names):
                for value in self.lookup(ancestor.scope, name, ancestor.module, ancestor):
                    for custom in self._manager_classes((value,)):
                        for part in self.line(custom):
                            self.managed[part][cls] = name
        for relation in self.relations(cls):
            self._add_accessor(cls, relation, Manager(cls))

    def stand_ins(self, cls: Class) -> tuple[Class, ...]:
        """The classes that ``self`` may be in a method of ``cls``: numbered heirs before itself."""
        if self.target_of(cls) is None:
            heirs = [heir for heir in self._heirs.get(cls, ()) if self.target_of(heir)]
            if heirs:
                return tuple(heirs)
        return (cls,)

    # Relations

    def relations(self, cls: Class) -> Iterator[Relation]:
        for ancestor in self.line(cls):
            for name in list(ancestor.scope.names):
                relation = self.relation(ancestor, name)
                if relation is not None:
                    yield relation

    def relation(self, cls: Class, name: str) -> Relation | None:
        """The relation that ``cls`` itself declares under that name."""
        for binding in cls.scope.names.get(name, ()):
            if isinstance(binding, Assigned) and isinstance(binding.expression, ast.Call):
                call = binding.expression
                called = call.func
                kind = called.attr if isinstance(called, ast.Attribute) else ""
                kind = called.id if isinstance(called, ast.Name) else kind
                if _RELATION.search(kind):
                    return self._relation(cls, name, kind, call)
        return None

    def _relation(self, cls: Class, name: str, kind: str, call: ast.Call) -> Relation:
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        to = keywords.get("to") or (call.args[0] if call.args else None)
        target, target_name = self._named_model(cls, to)
        through, _ = self._named_model(cls, keywords.get("through"))
        related = keywords.get("related_name")
        related_name = related.value if isinstance(related, ast.Constant) else None
        return Relation(
            name,
            kind,
            target,
            target_name,
            related_name if isinstance(related_name, str) else None,
            through,
        )

    def _named_model(self, cls: Class, node: ast.expr | None) -> tuple[Class | None, str]:
        """The model that a relation names, by class or by text."""
        for value in self.evaluate(self.class_frame(cls), node):
            match value:
                case ClassValue(found):
                    return found, USER if self.is_user(found) else found.name
                case Constant(str() as text):
                    if text == "self":
                        return cls, cls.name
                    app, _, name = text.rpartition(".")
                    for found in self.model_named(app, name, cls):
                        return found, USER if self.is_user(found) else found.name
                    return None, name
                case External(path) if path.endswith(("AUTH_USER_MODEL", "get_user_model()")):
                    return None, USER
        return None, ""

    def model_named(self, app: str, name: str, near: Class | None = None) -> Iterator[Class]:
        """The models that ``"app.Name"`` means, as far as the files' names tell."""
        for cls, target in self.numbered.items():
            label = target.label or f"{cls.module.dotted}.{cls.name}"
            parts = label.lower().split(".")
            if parts[-1] == name.lower() and (not app or app.lower() in parts[:-1]):
                yield cls
        modules = [near.module] if near is not None else []
        if app and (module := self.module_named(f"{app}.models", *modules)) is not None:
            modules.append(module)
        for module in modules:
            for value in self.lookup(module.scope, name, module):
                if isinstance(value, ClassValue):
                    yield value.cls

    def is_user(self, cls: Class) -> bool:
        if self.options.user_model:
            return f"{cls.module.dotted}.{cls.name}".endswith(self.options.user_model)
        return self.inherits(cls, "AbstractUser", "AbstractBaseUser")

    def learn_relations(self, cls: Class) -> None:
        """Learn the relations of an unnumbered model that lead to numbered rows."""
        for relation in self.relations(cls):
            manager = self.manager_through(relation)
            if manager is None or manager.through is None:
                continue
            back = relation.related_name or f"{cls.name.lower()}_set"
            reverse = Manager(cls, through=manager.through)
            self.accessors.append(Accessor(cls.name, relation.name, relation.name, manager))
            self.accessors.append(Accessor(relation.target_name, back, relation.name, reverse))

    def manager_through(self, relation: Relation) -> Manager | None:
        """What the relation's own attribute is, where it leads to many rows."""
        if relation.is_single or relation.target is None:
            return None
        through = relation.through
        if through is not None and self.target_of(through) is None:
            through = None
        return Manager(relation.target, through=through)

    def _add_accessor(self, cls: Class, relation: Relation, manager: Manager) -> None:
        if relation.kind.endswith(("OneToOneField", "GenericRelation")):
            return
        name = relation.related_name or f"{cls.name.lower()}_set"
        name = name.replace("%(class)s", cls.name.lower())
        name = name.replace("%(app_label)s", cls.module.dotted.split(".")[-2:][0])
        if not name.endswith("+"):
            self.accessors.append(Accessor(relation.target_name, name, relation.name, manager))

    def related_manager(self, owner: Class | External, name: str) -> Values:
        """The managers of numbered rows that ``owner_instance.name`` is."""
        if isinstance(owner, External):
            names = {owner.path}
        else:
            names = {ancestor.name for ancestor in self.line(owner)}
            names |= {USER} if self.is_user(owner) else set()
        return tuple(a.manager for a in self.accessors if a.name == name and a.owner in names)

    def guessed_manager(self, owner_name: str, name: str) -> Values:
        """The same where only the name of a variable tells: ``customer.invoices``."""
        found = [accessor for accessor in self.accessors if accessor.name == name]
        if not found:
            return ()
        names = {part.lower().replace("_", "") for part in owner_name.split(".")}
        names |= {"user"} if "getusermodel" in names else set()
        return tuple(
            accessor.manager
            for accessor in found
            if names & {accessor.owner.strip("<>").lower(), accessor.field.replace("_", "")}
        )

    # Managers

    def manager(self, model: Class, name: str) -> Manager | None:
        """What ``model.name`` is, where that is a manager."""
        values = self.class_attribute(model, name)
        custom = tuple(self._manager_classes(values))
        if custom or any(_is_external_manager(value) for value in values):
            return Manager(model, custom=custom)
        if values or self.assigned_in_body(model, name):
            return None
        if name in MANAGER_NAMES or name.endswith("_objects"):
            return Manager(model)
        return None

    def _manager_classes(self, values: Values) -> Iterator[Class]:
        for value in values:
            if isinstance(value, Object) and isinstance(value.cls, Class):
                if self.is_manager(value.cls):
                    yield value.cls

    def is_manager(self, cls: Class) -> bool:
        return any(
            name in QUERYSET_BASES or name.endswith(("Manager", "QuerySet", "Queryset"))
            for name in self.external_names(cls)
        )


def _is_external_manager(value: Value) -> bool:
    return isinstance(value, External) and value.path.endswith(("Manager()", "as_manager()"))
