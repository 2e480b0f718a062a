"""A project as it is read: the engine and the rules, put together."""

from __future__ import annotations

from collections.abc import Sequence

from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.files.sources import Sources
from gapless_fields.callsites.rules.django_rules import DjangoRules
from gapless_fields.callsites.targets import Options, Target


class Project:
    """The files of a project, and what is known of them.

    Args:
        sources: the files.
        targets: the models that are looked for.
        options: what the source does not say.
    """

    def __init__(self, sources: Sources, targets: Sequence[Target], options: Options) -> None:
        self.sources = sources
        self.options = options
        self.rules: DjangoRules
        self._targets = targets
        self.engine = Engine(sources, self._make_rules)
        self.modules = self.engine.modules
        self.classes = self.engine.classes
        self.solver = self.engine.solver
        self.attributes = self.rules.attributes
        parts = self.rules.parts
        self.models, self.relations = parts.models, parts.relations
        self.forms, self.views, self.admins = parts.forms, parts.views, parts.admins
        self.transactions, self.signals = parts.transactions, parts.signals

    def _make_rules(self, engine: Engine) -> DjangoRules:
        self.rules = DjangoRules(engine, self._targets, self.options)
        return self.rules
