"""The rules that know about one idea each, put together."""

from __future__ import annotations

from collections.abc import Sequence

from gapless_fields.callsites.engine.reader import Engine
from gapless_fields.callsites.rules.admins import Admins
from gapless_fields.callsites.rules.by_hand import ByHand
from gapless_fields.callsites.rules.drafts import Drafts
from gapless_fields.callsites.rules.forms import Forms
from gapless_fields.callsites.rules.labels import Labels
from gapless_fields.callsites.rules.models import Models
from gapless_fields.callsites.rules.newness import Conditions
from gapless_fields.callsites.rules.relations import Relations
from gapless_fields.callsites.rules.saving import Saving
from gapless_fields.callsites.rules.signals import Signals
from gapless_fields.callsites.rules.transactions import Transactions
from gapless_fields.callsites.rules.views import Views
from gapless_fields.callsites.rules.wizards import Wizards
from gapless_fields.callsites.targets import Options, Target


class Parts:
    """What is known of one project.

    Args:
        engine: reads the project.
        targets: the models that were asked for.
        options: what the source does not say.
    """

    def __init__(self, engine: Engine, targets: Sequence[Target], options: Options) -> None:
        self.engine = engine
        self.classes = engine.classes
        self.models = Models(engine, targets, options)
        self.labels = Labels(engine, self.models)
        self.relations = Relations(engine, self.models, self.labels)
        self.drafts = Drafts(engine, self.models)
        self.forms = Forms(engine, self.models, self.drafts)
        self.wizards = Wizards(engine, self.models, self.forms)
        self.views = Views(engine, self.models, self.forms, self.wizards)
        self.admins = Admins(engine, self.models)
        self.signals = Signals(engine, self.models, self.labels)
        self.transactions = Transactions(engine, options)
        self.conditions = Conditions(engine, self.models, self.forms)
        self.saving = Saving(engine, self.models, self.drafts)
        self.by_hand = ByHand(engine, self.models)
