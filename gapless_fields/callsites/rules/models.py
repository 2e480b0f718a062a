"""Models: which number their rows, their managers, and how they are found by name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from gapless_fields.callsites.engine.definitions import Assigned, Class, Module
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.syntax import name_of
from gapless_fields.callsites.engine.values import (
    ClassValue,
    External,
    Instance,
    Value,
    Values,
    class_of,
    classes_in,
)
from gapless_fields.callsites.rules.values import Manager
from gapless_fields.callsites.targets import Options, Target

MANAGER_NAMES = frozenset({"objects", "_default_manager", "_base_manager"})
_MANAGER_BASES = ("Manager", "QuerySet", "Queryset")

_GATHERING = re.compile(rb"__path__|globals\(\)")
"""What a package names whose own code puts its modules' names into it."""

MOST_VIEWS = 3
"""The heirs of a base view that its methods are read for: they name their forms alike."""


class Models:
    """The numbered models of a project.

    Args:
        engine: reads the project.
        targets: the models that were asked for.
        options: what the source does not say.
    """

    def __init__(self, engine: Engine, targets: Sequence[Target], options: Options) -> None:
        self._engine = engine
        self._classes = engine.classes
        self._options = options
        self.targets = targets
        self.numbered: dict[Class, Target] = {}
        self.managed: defaultdict[Class, dict[Class, str]] = defaultdict(dict)
        """For each class of a manager or queryset, the numbered models that use it."""
        self.heirs: defaultdict[Class, dict[Class, None]] = defaultdict(dict)
        """For each class, the numbered models that inherit from it."""
        self.serving: defaultdict[Class, dict[Class, None]] = defaultdict(dict)
        """For each class of the project, the views of numbered rows that inherit from it."""
        self._targets: dict[Class, Target | None] = {}

    # What is numbered

    def find(self) -> list[Target]:
        """Find the classes that were asked for; return those that could not be found."""
        modules, sources, missing = self._engine.modules, self._engine.sources, []
        for target in self.targets:
            module_path, _, name = target.path.rpartition(".")
            path = sources.neighbour(sources.base, module_path.split("."))
            module = modules.at(path) if path else modules.named(module_path)
            found = modules.lookup(module.scope, name, module) if module else ()
            classes = classes_in(found)
            self.numbered |= dict.fromkeys(classes, target)
            if not classes:
                missing.append(target)
        self._targets.clear()
        return missing

    def unbound(self, module: Module, name: str) -> Values:
        """What a package gathers from its modules."""
        if not module.path.endswith("__init__.py"):
            return ()
        folder = module.path.removesuffix("__init__.py")
        numbered = (cls for cls in self.numbered if cls.name == name)
        below = [cls for cls in numbered if cls.module.path.startswith(folder)]
        if below or _GATHERING.search(module.source.data) is None:
            return tuple(ClassValue(cls) for cls in below)
        path = self._engine.sources.defining(folder, name)
        found = self._engine.modules.at(path) if path is not None else None
        return self._engine.modules.lookup(found.scope, name, found) if found is not None else ()

    def target_of(self, cls: object) -> Target | None:
        """The numbered model that a class is, or inherits from."""
        if not isinstance(cls, Class):
            return None
        if cls not in self._targets:
            mro = self._classes.mro(cls)
            found = (self.numbered[ancestor] for ancestor in mro if ancestor in self.numbered)
            self._targets[cls] = next(found, None)
        return self._targets[cls]

    def numbered_fields(self, cls: Class) -> tuple[str, ...]:
        """The names of a model's numbered fields; empty where it has none."""
        target = self.target_of(cls)
        if target is None:
            return ()
        return target.fields or tuple(
            name for ancestor in self._classes.mro(cls) for name in _numbered_by(ancestor)
        )

    def path_of(self, cls: Class) -> str:
        """The dotted path of a model, as it was asked for where it was."""
        target = self.numbered.get(cls)
        return target.path if target is not None else f"{cls.module.dotted}.{cls.name}"

    def with_serving(self, cls: Class) -> tuple[Class, ...]:
        """A class, and the views and forms of numbered rows that inherit from it."""
        return (cls, *self.serving.get(cls, ()))

    def stand_ins(self, cls: Class) -> tuple[Class, ...]:
        """The classes that ``self`` may be in a method of ``cls``: numbered heirs before itself."""
        heirs: list[Class] = []
        if self.target_of(cls) is None:
            heirs = [heir for heir in self.heirs.get(cls, ()) if self.target_of(heir)]
            heirs = heirs or list(self.with_serving(cls)[: MOST_VIEWS + 1])
        return tuple(heirs) or (cls,)

    def is_user(self, cls: Class) -> bool:
        """Whether a model is the project's user model."""
        if self._options.user_model:
            return f"{cls.module.dotted}.{cls.name}".endswith(self._options.user_model)
        inherited = {ancestor.name for ancestor in self._classes.mro(cls)[1:]}
        names = inherited.union(self._classes.external_names(cls))
        return not names.isdisjoint({"AbstractUser", "AbstractBaseUser"})

    def users(self) -> Values:
        """The user model, where it is numbered."""
        return tuple(ClassValue(cls) for cls in self.numbered if self.is_user(cls))

    # Managers

    def manager(self, model: Class, name: str) -> Manager | None:
        """What ``model.name`` is, where that is a manager."""
        values = self._classes.attribute(model, name)
        custom = tuple(self.manager_classes(values))
        if custom or any(_is_external_manager(value) for value in values):
            return Manager(model, custom=custom)
        if name == "_default_manager":
            return self.default_manager(model)
        if name in MANAGER_NAMES or (name.endswith("_objects") and not values):
            return Manager(model)  # whatever makes it: nobody calls another thing so
        return None

    def default_manager(self, model: Class) -> Manager:
        """A model's first manager, whose methods the related managers have as well."""
        for ancestor in self._classes.mro(model):
            for name in list(ancestor.scope.names):
                values = self._engine.modules.lookup(
                    ancestor.scope, name, ancestor.module, ancestor
                )
                custom = tuple(self.manager_classes(values))
                if custom or any(_is_external_manager(value) for value in values):
                    return Manager(model, custom=custom)
        return Manager(model)

    def manager_classes(self, values: Values) -> Iterator[Class]:
        """The project's managers and querysets among some values."""
        instances = (value.cls for value in values if isinstance(value, Instance))
        for cls in instances:
            if isinstance(cls, Class) and self.is_manager(cls):
                yield cls
                yield from self._querysets(cls)

    def _querysets(self, manager: Class) -> Iterator[Class]:
        """The project's querysets that the ``get_queryset()`` of a manager returns."""
        method = self._classes.find_method(manager, "get_queryset")
        if method is not None and b"super" not in method.text:
            for value in self._engine.solver.summary(method).returns:
                found = value.custom if isinstance(value, Manager) else (class_of(value),)
                yield from (c for c in found if c is not None and c is not manager)

    def is_manager(self, cls: Class) -> bool:
        return self._classes.inherits(cls, *_MANAGER_BASES)


def _is_external_manager(value: Value) -> bool:
    return isinstance(value, External) and value.path.endswith(("Manager()", "as_manager()"))


def _numbered_by(cls: Class) -> Iterator[str]:
    """The numbered fields that the body of a class declares."""
    for name, bindings in cls.scope.names.items():
        for binding in bindings:
            call = binding.expression if isinstance(binding, Assigned) else None
            if isinstance(call, ast.Call) and name_of(call).endswith("GaplessSequenceField"):
                yield name
