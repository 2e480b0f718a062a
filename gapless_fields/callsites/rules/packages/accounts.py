"""django-allauth and social-auth: what they call when users sign up."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import EntryPoint, Framework, Kind

_IN_REQUEST = EntryPoint(Kind.REQUEST, "receiver of a request's signal")

ALLAUTH = Framework(signals={"user_signed_up": _IN_REQUEST, "email_confirmed": _IN_REQUEST})
SOCIAL_AUTH = Framework(pipeline_arguments={"strategy": "", "backend": "pipeline"})
