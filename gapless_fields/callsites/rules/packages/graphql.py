"""GraphQL: graphene's mutations and strawberry's."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework

GRAPHENE = Framework(
    view_bases=("Mutation",),
    handlers=frozenset({"mutate", "mutate_and_get_payload", "perform_mutation"}),
)
STRAWBERRY = Framework(views=frozenset({"mutation"}))
