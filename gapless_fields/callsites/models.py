"""Models: which number their rows, their managers, and the relations between them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from gapless_fields.callsites.classes import Classes
from gapless_fields.callsites.definitions import Assigned, Class, Module, Scope
from gapless_fields.callsites.sources import Sources
from gapless_fields.callsites.targets import Options, Target
from gapless_fields.callsites.values import (
    Bound,
    ClassValue,
    Constant,
    External,
    Items,
    Manager,
    Object,
    Value,
    Values,
    union,
)
from gapless_fields.callsites.vocabulary import MANAGER_NAMES, QUERYSET_BASES

_GATHERING = re.compile(rb"__path__|globals\(\)")
"""What a package names whose own code puts its modules' names into it."""

MOST_VIEWS = 3
"""The heirs of a base view that its methods are read for: they name their forms alike."""


class Models(Classes):
    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        super().__init__(sources, targets, options)
        self.numbered: dict[Class, Target] = {}
        self.managed: defaultdict[Class, dict[Class, str]] = defaultdict(dict)
        """For each class of a manager or queryset, the numbered models that use it."""
        self._made: set[str] = set()
        """The names of numbered models that a function makes of an abstract one."""
        self._by_ending: dict[str, list[str]] = {}
        self._heirs: defaultdict[Class, dict[Class, None]] = defaultdict(dict)
        self.serving: defaultdict[Class, dict[Class, None]] = defaultdict(dict)
        """For each class of the project, the views of numbered rows that inherit from it."""

    # What is numbered

    def find_targets(self) -> list[Target]:
        """Find the classes that were asked for; return those that could not be found."""
        missing = []
        for target in self.targets:
            module_path, _, name = target.path.rpartition(".")
            path = self.sources.neighbour(self.sources.base, module_path.split("."))
            module = self.module_at(path) if path else self.module_named(module_path)
            found = self.in_module(module, name) if module else ()
            classes = [value.cls for value in found if isinstance(value, ClassValue)]
            if module is not None and not classes:
                classes = list(self._made_of(module, name))
                self._made.add(name)
            for cls in classes:
                self.numbered[cls] = target
            if not classes:
                missing.append(target)
        return missing

    def lookup(self, scope: Scope, name: str, module: Module, cls: Class | None = None) -> Values:
        """... and a model that a function makes of an abstract one."""
        found = super().lookup(scope, name, module, cls)
        if not found and cls is None and name in self._made:
            return tuple(ClassValue(made) for made in self._made_of(module, name))
        return found

    def _made_of(self, module: Module, name: str) -> Iterator[Class]:
        """The abstract class of ``Post = model_factory(AbstractPost)``."""
        for binding in module.scope.names.get(name, ()):
            if isinstance(binding, Assigned) and isinstance(binding.expression, ast.Call):
                for argument in binding.expression.args:
                    for value in self.evaluate(self.module_frame(module), argument):
                        if isinstance(value, ClassValue) and value.cls.name == f"Abstract{name}":
                            yield value.cls

    def target_of(self, cls: Class) -> Target | None:
        """The numbered model that ``cls`` is, or inherits from."""
        for ancestor in self.line(cls):
            if ancestor in self.numbered:
                return self.numbered[ancestor]
        return None

    def gathered(self, package: Module, name: str) -> Values:
        """What a package holds that gathers its modules' names when it is run."""
        if not package.path.endswith("__init__.py"):
            return ()
        folder = package.path.removesuffix("__init__.py")
        numbered = (cls for cls in self.numbered if cls.name == name)
        below = [cls for cls in numbered if cls.module.path.startswith(folder)]
        if below:
            return tuple(ClassValue(cls) for cls in below)
        if _GATHERING.search(package.source.data) is None:
            return ()
        found = self.sources.defining(folder, name)
        module = self.module_at(found) if found is not None else None
        return self.lookup(module.scope, name, module) if module is not None else ()

    def path_of(self, cls: Class) -> str:
        """The dotted path of a model, as it was asked for where it was."""
        target = self.numbered.get(cls)
        return target.path if target is not None else f"{cls.module.dotted}.{cls.name}"

    def stand_ins(self, cls: Class) -> tuple[Class, ...]:
        """The classes that ``self`` may be in a method of ``cls``: numbered heirs before itself."""
        heirs: list[Class] = []
        if self.target_of(cls) is None:
            heirs = [heir for heir in self._heirs.get(cls, ()) if self.target_of(heir)]
            heirs = heirs or [cls, *self.serving.get(cls, ())][: MOST_VIEWS + 1]
        return tuple(heirs) or (cls,)

    def model_named(self, app: str, name: str, near: Class | None = None) -> Iterator[Class]:
        """The models that ``"app.Name"`` means, as far as the files' names tell."""
        for cls, target in self.numbered.items():
            parts = (target.label or target.path).lower().split(".")
            if parts[-1] == name.lower() and (
                not app
                or app.lower() in parts[:-1]
                or f'"{app}"'.encode() in cls.module.source.data  # swapper's own label for it
            ):
                yield cls
        modules = [near.module] if near is not None else []
        if app and (module := self.module_named(f"{app}.models", *modules)) is not None:
            modules.append(module)
        for module in modules:
            for value in self.lookup(module.scope, name, module):
                if isinstance(value, ClassValue):
                    yield value.cls

    def classes_named(self, module: str, name: str) -> Iterator[Class]:
        """The classes of that name in the modules whose dotted paths end so."""
        ending = f"/{module.replace('.', '/')}.py"
        if ending not in self._by_ending:
            paths = [source.path for source in self.sources if source.path.endswith(ending)]
            self._by_ending[ending] = paths
        for path in self._by_ending[ending]:
            found = self.module_at(path)
            for value in self.lookup(found.scope, name, found) if found is not None else ():
                if isinstance(value, ClassValue):
                    yield value.cls

    def model_of_label(self, arguments: Sequence[Values], keywords: Mapping[str, Values]) -> Values:
        named = [keywords[name] for name in ("app_label", "model_name") if name in keywords]
        texts = [
            [v.value for v in values if isinstance(v, Constant) and isinstance(v.value, str)]
            for values in [*arguments, *named][:2]
        ]
        label = ".".join(text for part in texts for text in part[:1])
        app, _, name = label.rpartition(".")
        if not name and arguments:
            return self._model_of_setting(arguments[0])
        return tuple(ClassValue(cls) for cls in self.model_named(app, name)) if name else ()

    def _model_of_setting(self, values: Values) -> Values:
        """``get_model(settings.ACCESS_TOKEN_MODEL)``: the model of that name."""
        settings = [v.name for v in values if isinstance(v, External | Bound)]
        names = [s.removesuffix("_MODEL").lower() for s in settings if s.endswith("_MODEL")]
        return tuple(
            ClassValue(cls)
            for cls in self.numbered
            for name in names
            if _named_by(name.replace("_", ""), cls)
        )

    def classes_of_labels(self, arguments: Sequence[Values], *, many: bool) -> Values:
        """``get_class("basket.managers", "OpenManager")``, and ``get_classes()`` with a list."""
        modules = [v.value for values in arguments[:1] for v in values if isinstance(v, Constant)]
        named = arguments[1] if len(arguments) > 1 else ()
        found = [
            tuple(ClassValue(cls) for cls in self.classes_named(str(module), str(name.value)))
            for module in modules[:1]
            for name in (_in_order(named) if many else named)
            if isinstance(name, Constant)
        ]
        return (Items(tuple(found)),) if many and found else union(*found)

    def is_user(self, cls: Class) -> bool:
        if self.options.user_model:
            return f"{cls.module.dotted}.{cls.name}".endswith(self.options.user_model)
        names = {*self.external_names(cls), *(ancestor.name for ancestor in self.line(cls)[1:])}
        return not names.isdisjoint({"AbstractUser", "AbstractBaseUser"})

    # Managers

    def manager(self, model: Class, name: str) -> Manager | None:
        """What ``model.name`` is, where that is a manager."""
        values = self.class_attribute(model, name)
        custom = tuple(self._manager_classes(values))
        if custom or any(_is_external_manager(value) for value in values):
            return Manager(model, custom=custom)
        if name in MANAGER_NAMES or (name.endswith("_objects") and not values):
            return Manager(model)  # whatever makes it: nobody calls another thing so
        return None

    def default_manager(self, model: Class) -> Manager:
        """A model's first manager, whose methods the related managers have as well."""
        for ancestor in self.line(model):
            for name in list(ancestor.scope.names):
                values = self.lookup(ancestor.scope, name, ancestor.module, ancestor)
                custom = tuple(self._manager_classes(values))
                if custom or any(_is_external_manager(value) for value in values):
                    return Manager(model, custom=custom)
        return Manager(model)

    def _manager_classes(self, values: Values) -> Iterator[Class]:
        instances = (value.cls for value in values if isinstance(value, Object))
        return (cls for cls in instances if isinstance(cls, Class) and self.is_manager(cls))

    def is_manager(self, cls: Class) -> bool:
        return any(
            name in QUERYSET_BASES or name.endswith(("Manager", "QuerySet", "Queryset"))
            for name in self.external_names(cls)
        )


def _is_external_manager(value: Value) -> bool:
    return isinstance(value, External) and value.path.endswith(("Manager()", "as_manager()"))


def _in_order(values: Values) -> Values:
    """The elements of a list that is written out."""
    return tuple(one for v in values if isinstance(v, Items) for e in v.elements for one in e[:1])


def _named_by(name: str, cls: Class) -> bool:
    """Whether ``shopinvoice`` ends as a class is called, and as no other one beside it is."""
    beside = [other.name.removeprefix("Abstract").lower() for other in cls.module.classes]
    longest = max((other for other in beside if name.endswith(other)), key=len, default="")
    return longest == cls.name.removeprefix("Abstract").lower()
