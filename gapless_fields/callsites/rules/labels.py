"""Models and classes that code names by texts: ``get_model("shop.Invoice")``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from gapless_fields.callsites.engine.definitions import Class
from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.engine.values import (
    Bound,
    ClassValue,
    Constant,
    External,
    Items,
    Values,
    classes_in,
    texts_in,
    union,
)
from gapless_fields.callsites.rules.models import Models


class Labels:
    """Finds what texts name."""

    def __init__(self, engine: Engine, models: Models) -> None:
        self._engine = engine
        self._models = models
        self._by_ending: dict[str, list[str]] = {}

    def named(self, app: str, name: str, near: Class | None = None) -> Iterator[Class]:
        """The models that ``"app.Name"`` means, as far as the files' names tell."""
        for cls, target in self._models.numbered.items():
            parts = (target.label or target.path).lower().split(".")
            bare = parts[-1].removeprefix("abstract").removeprefix("base")
            if name.lower() in (parts[-1], bare) and (
                not app
                or app.lower() in parts[:-1]
                or f'"{app}"'.encode() in cls.module.source.data  # swapper's own label for it
            ):
                yield cls
        modules = [near.module] if near is not None else []
        if app and (module := self._engine.modules.named(f"{app}.models", *modules)) is not None:
            modules.append(module)
        for module in modules:
            yield from classes_in(self._engine.modules.lookup(module.scope, name, module))

    def of_label(self, *arguments: Values) -> Values:
        """What ``get_model("shop", "Invoice")`` finds, ``"shop.Invoice"``, or a setting."""
        texts = [texts_in(values) for values in arguments[:2]]
        labels = [".".join(parts) for parts in product(*(part for part in texts if part))]
        if labels in ([], [""]) and arguments:
            return self._of_setting(arguments[0])
        named = (label.rpartition(".") for label in labels)
        found = [cls for app, _, name in named if name for cls in self.named(app, name)]
        return tuple(ClassValue(cls) for cls in dict.fromkeys(found))

    def _of_setting(self, values: Values) -> Values:
        """``get_model(settings.ACCESS_TOKEN_MODEL)``: the model of that name."""
        settings = [v.name for v in values if isinstance(v, External | Bound)]
        names = [s.removesuffix("_MODEL").lower() for s in settings if s.endswith("_MODEL")]
        return tuple(
            ClassValue(cls)
            for cls in self._models.numbered
            for name in names
            if _named_by(name.replace("_", ""), cls)
        )

    def classes_of_labels(self, arguments: Sequence[Values], *, many: bool) -> Values:
        """``get_class("basket.managers", "OpenManager")``, and ``get_classes()`` with a list."""
        modules = [v.value for values in arguments[:1] for v in values if isinstance(v, Constant)]
        named = arguments[1] if len(arguments) > 1 else ()
        found = [
            tuple(ClassValue(cls) for cls in self._in_modules(str(module), str(name.value)))
            for module in modules[:1]
            for name in (_in_order(named) if many else named)
            if isinstance(name, Constant)
        ]
        return (Items(tuple(found)),) if many and found else union(*found)

    def _in_modules(self, module: str, name: str) -> Iterator[Class]:
        """The classes of that name in the modules whose dotted paths end so."""
        ending = f"/{module.replace('.', '/')}.py"
        if ending not in self._by_ending:
            paths = [s.path for s in self._engine.sources if s.path.endswith(ending)]
            self._by_ending[ending] = paths
        for path in self._by_ending[ending]:
            found = self._engine.modules.at(path)
            if found is not None:
                yield from classes_in(self._engine.modules.lookup(found.scope, name, found))


def _in_order(values: Values) -> Values:
    """The elements of a list that is written out."""
    return tuple(one for v in values if isinstance(v, Items) for e in v.elements for one in e[:1])


def _named_by(name: str, cls: Class) -> bool:
    """Whether ``shopinvoice`` ends as a class is called, and as no other one beside it is."""
    beside = [other.name.removeprefix("Abstract").lower() for other in cls.module.classes]
    longest = max((other for other in beside if name.endswith(other)), key=len, default="")
    return longest == cls.name.removeprefix("Abstract").lower()
