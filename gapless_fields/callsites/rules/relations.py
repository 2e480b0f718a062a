"""Relations between models: the attributes through which numbered rows are inserted."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.modules import state_of
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.syntax import keywords_of, last_name_of
from gapless_fields.callsites.engine.values import ClassValue, Constant, External, Values
from gapless_fields.callsites.rules.labels import Labels
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.values import Manager

USER = "<user>"
"""The project's user model, which is named by a setting."""

_RELATION = re.compile(r"(ForeignKey|ParentalKey|OneToOneField|ManyToManyField|GenericRelation)$")


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
    owner_class: Class | None
    name: str
    field: str
    manager: Manager


class Relations:
    """The relations that lead to numbered rows."""

    def __init__(self, engine: Engine, models: Models, labels: Labels) -> None:
        self._engine = engine
        self._models = models
        self._labels = labels
        self.accessors: list[Accessor] = []
        self._by_name: defaultdict[str, list[Accessor]] = defaultdict(list)
        self._adopted: set[Class] = set()
        self._declared: dict[str, tuple[int, bool]] = {}
        self._calls: dict[tuple[Class, str], ast.Call | None] = {}

    def adopt(self, cls: Class) -> None:
        """Learn what a numbered model brings along: its managers, relations and ancestors."""
        if cls in self._adopted:
            return
        self._adopted.add(cls)
        models, mro = self._models, self._engine.classes.mro(cls)
        for ancestor in mro[1:]:
            models.heirs[ancestor][cls] = None
        for ancestor in mro:
            for name in list(ancestor.scope.names):
                values = self._engine.modules.lookup(
                    ancestor.scope, name, ancestor.module, ancestor
                )
                for custom in models.manager_classes(values):
                    for part in self._engine.classes.mro(custom):
                        models.managed[part][cls] = name
        for ancestor in mro:
            # Of a relation that a concrete parent declares, the rows are the parent's.
            if ancestor is cls or self._is_abstract(ancestor):
                for relation in self._own(ancestor):
                    self._add_accessor(cls, relation, models.default_manager(cls))

    def _is_abstract(self, cls: Class) -> bool:
        meta = cls.inner("Meta")
        found = self._engine.classes.attribute(meta, "abstract") if meta is not None else ()
        return found == (Constant(True),)

    def _own(self, cls: Class) -> Iterator[Relation]:
        """Those that a class itself declares."""
        relations = (self.relation(cls, name) for name in list(cls.scope.names))
        return (relation for relation in relations if relation is not None)

    def relation(self, cls: Class, name: str) -> Relation | None:
        """The relation that a class itself declares under that name."""
        if name not in cls.scope.names:
            return None
        key = cls, name
        if key not in self._calls:
            calls = (getattr(binding, "expression", None) for binding in cls.scope.names[name])
            self._calls[key] = next((c for c in calls if _is_relation(c)), None)
        call = self._calls[key]
        return self._declaration(cls, name, call) if call is not None else None

    def _declaration(self, cls: Class, name: str, call: ast.Call) -> Relation:
        keywords = keywords_of(call)
        to = keywords.get("to") or (call.args[0] if call.args else None)
        target, target_name = self._named_model(cls, to)
        through, _ = self._named_model(cls, keywords.get("through"))
        related = keywords.get("related_name")
        back = related.value if isinstance(related, ast.Constant) else None
        related_name = back if isinstance(back, str) else None
        kind = last_name_of(call.func)
        return Relation(name, kind, target, target_name, related_name, through)

    def _named_model(self, cls: Class, node: ast.expr | None) -> tuple[Class | None, str]:
        """The model that a relation names, by class or by text."""
        for value in self._engine.evaluate(state_of(cls.module, cls), node):
            match value:
                case ClassValue(found):
                    return found, self._name(found)
                case Constant(str() as text):
                    if text == "self":
                        return cls, cls.name
                    app, _, name = text.rpartition(".")
                    for found in self._labels.named(app, name, cls):
                        return found, self._name(found)
                    return None, name
                case External(path) if path.endswith(("AUTH_USER_MODEL", "get_user_model()")):
                    return None, USER
        return None, ""

    def _name(self, cls: Class) -> str:
        return USER if self._models.is_user(cls) else cls.name

    def learn(self, cls: Class) -> None:
        """Learn the relations of an unnumbered model that lead to numbered rows."""
        for ancestor in self._engine.classes.mro(cls):
            for relation in self._own(ancestor):
                manager = self.through(relation)
                if manager is None or manager.through is None:
                    continue
                back = relation.related_name or f"{cls.name.lower()}_set"
                reverse = Manager(cls, through=manager.through)
                to, to_name = relation.target, relation.target_name
                name = relation.name
                self._add(Accessor(cls.name, cls, name, name, manager))
                self._add(Accessor(to_name, to, back, name, reverse))

    def through(self, relation: Relation) -> Manager | None:
        """What the relation's own attribute is, where it leads to many rows."""
        if relation.is_single or relation.target is None:
            return None
        through = relation.through
        is_numbered = through is not None and self._models.target_of(through) is not None
        return Manager(relation.target, through=through if is_numbered else None)

    def _add_accessor(self, cls: Class, relation: Relation, manager: Manager) -> None:
        if relation.kind.endswith(("OneToOneField", "GenericRelation")):
            return
        name = relation.related_name or f"{cls.name.lower()}_set"
        name = name.replace("%(class)s", cls.name.lower())
        name = name.replace("%(app_label)s", cls.module.dotted.split(".")[-2:][0])
        if not name.endswith("+"):
            to, to_name = relation.target, relation.target_name
            self._add(Accessor(to_name, to, name, relation.name, manager))

    def _add(self, accessor: Accessor) -> None:
        self.accessors.append(accessor)
        self._by_name[accessor.name].append(accessor)

    # What owns numbered rows

    def owns_numbered(self, cls: Class) -> bool:
        """Whether an instance has a manager of numbered rows: ``customer.invoices``."""
        return any(self._is_of(accessor, cls) for accessor in self.accessors)

    def related_manager(self, owner: Class | External, name: str) -> Values:
        """The managers of numbered rows that ``owner_instance.name`` is."""
        found = self._by_name.get(name, ())
        return tuple(accessor.manager for accessor in found if self._is_of(accessor, owner))

    def _is_of(self, accessor: Accessor, owner: Class | External) -> bool:
        if isinstance(owner, External):
            return accessor.owner == owner.path
        if accessor.owner == USER:
            return self._models.is_user(owner)
        mro = self._engine.classes.mro(owner)
        if accessor.owner_class is not None:
            return accessor.owner_class in mro
        return accessor.owner in {ancestor.name for ancestor in mro}

    def guessed_manager(self, owner_name: str, name: str) -> Values:
        """The same where only the name of a variable tells: ``customer.invoices``."""
        found = self._by_name.get(name)
        if not found:
            return ()
        names = {part.lower().replace("_", "") for part in owner_name.split(".")}
        names |= {"user"} if "getusermodel" in names else set()
        owners = tuple(a.manager for a in found if a.owner.strip("<>").lower() in names)
        if owners:
            return owners
        times, others = self._how_often(name)
        is_unique = name.endswith("_set") and times == 0
        is_unique = is_unique or (times == len(found) and not others)
        if not is_unique and times > 1:
            return ()
        fields = (a.manager for a in found if is_unique or a.field.replace("_", "") in names)
        return tuple(dict.fromkeys(fields))

    def _how_often(self, name: str) -> tuple[int, bool]:
        """How often the project says ``related_name="name"``, and whether it calls more so."""
        if name not in self._declared:
            word = name.encode()
            declared = re.compile(rb"related_name=[\"']" + word + rb"[\"']")
            defined = re.compile(rb"\bdef " + word + rb"\b|\b" + word + rb" = ")
            texts = [s.data for s in self._engine.sources if word in s.data and not s.is_test]
            times = sum(len(declared.findall(text)) for text in texts)
            self._declared[name] = times, any(defined.search(text) for text in texts)
        return self._declared[name]


def _is_relation(node: object) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and bool(_RELATION.search(last_name_of(node.func)))
