"""Relations between models: the attributes through which numbered rows are inserted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gapless_fields.callsites.definitions import Assigned, Class
from gapless_fields.callsites.highest import numbered_by
from gapless_fields.callsites.models import Models
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import ClassValue, Constant, External, Manager, Values
from gapless_fields.callsites.vocabulary import USER


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


_RELATION = re.compile(r"(ForeignKey|ParentalKey|OneToOneField|ManyToManyField|GenericRelation)$")


class Relations(Models):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.accessors: list[Accessor] = []
        self._adopted: set[Class] = set()
        self._names: dict[str, tuple[int, bool]] = {}

    def numbered_fields(self, cls: Class) -> tuple[str, ...]:
        """The names of a model's numbered fields; empty where it has none."""
        target = self.target_of(cls)
        if target is None:
            return ()
        return target.fields or tuple(n for one in self.line(cls) for n in numbered_by(one))

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
        for ancestor in self.line(cls):
            # Of a relation that a concrete parent declares, the rows are the parent's.
            if ancestor is cls or self._is_abstract(ancestor):
                for relation in self.own_relations(ancestor):
                    self._add_accessor(cls, relation, self.default_manager(cls))

    def _is_abstract(self, cls: Class) -> bool:
        meta = cls.inner("Meta")
        return meta is not None and self.class_attribute(meta, "abstract") == (Constant(True),)

    def relations(self, cls: Class) -> Iterator[Relation]:
        for ancestor in self.line(cls):
            yield from self.own_relations(ancestor)

    def own_relations(self, cls: Class) -> Iterator[Relation]:
        """Those that ``cls`` itself declares."""
        for name in list(cls.scope.names):
            relation = self.relation(cls, name)
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

    def learn_relations(self, cls: Class) -> None:
        """Learn the relations of an unnumbered model that lead to numbered rows."""
        for relation in self.relations(cls):
            manager = self.manager_through(relation)
            if manager is None or manager.through is None:
                continue
            back = relation.related_name or f"{cls.name.lower()}_set"
            reverse = Manager(cls, through=manager.through)
            self.accessors.append(Accessor(cls.name, cls, relation.name, relation.name, manager))
            self.accessors.append(
                Accessor(relation.target_name, relation.target, back, relation.name, reverse)
            )

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
            self.accessors.append(
                Accessor(relation.target_name, relation.target, name, relation.name, manager)
            )

    def owns_numbered(self, cls: Class) -> bool:
        """Whether an instance has a manager of numbered rows: ``customer.invoices``."""
        return any(self._is_of(accessor, cls) for accessor in self.accessors)

    def related_manager(self, owner: Class | External, name: str) -> Values:
        """The managers of numbered rows that ``owner_instance.name`` is."""
        found = (accessor for accessor in self.accessors if accessor.name == name)
        return tuple(accessor.manager for accessor in found if self._is_of(accessor, owner))

    def _is_of(self, accessor: Accessor, owner: Class | External) -> bool:
        if isinstance(owner, External):
            return accessor.owner == owner.path
        if accessor.owner == USER:
            return self.is_user(owner)
        line = self.line(owner)
        if accessor.owner_class is not None:
            return accessor.owner_class in line
        return accessor.owner in {ancestor.name for ancestor in line}

    def guessed_manager(self, owner_name: str, name: str) -> Values:
        """The same where only the name of a variable tells: ``customer.invoices``."""
        found = [accessor for accessor in self.accessors if accessor.name == name]
        if not found:
            return ()
        names = {part.lower().replace("_", "") for part in owner_name.split(".")}
        names |= {"user"} if "getusermodel" in names else set()
        owners = tuple(a.manager for a in found if a.owner.strip("<>").lower() in names)
        if owners:
            return owners
        unique = self._is_unique(name, len(found))
        fields = (a.manager for a in found if unique or a.field.replace("_", "") in names)
        return tuple(dict.fromkeys(fields)) if unique or not self._is_shared(name) else ()

    def _is_shared(self, name: str) -> bool:
        """Whether several relations of the project have that name."""
        return self._declared(name)[0] > 1

    def _is_unique(self, name: str, accessors: int) -> bool:
        """Whether only numbered rows are related by that name, so that it tells by itself."""
        times, others = self._declared(name)
        is_default = name.endswith("_set") and times == 0
        return is_default or (times == accessors and not others)

    def _declared(self, name: str) -> tuple[int, bool]:
        """How often the project says ``related_name="name"``, and whether it calls more so."""
        if name not in self._names:
            word = name.encode()
            declared = re.compile(rb"related_name=[\"']" + word + rb"[\"']")
            defined = re.compile(rb"\bdef " + word + rb"\b|\b" + word + rb" = ")
            texts = [s.data for s in self.sources if word in s.data and not s.is_test]
            times = sum(len(declared.findall(text)) for text in texts)
            self._names[name] = times, any(defined.search(text) for text in texts)
        return self._names[name]
