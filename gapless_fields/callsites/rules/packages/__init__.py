"""The packages that the check knows, a file each."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import Framework
from gapless_fields.callsites.rules.packages import (
    accounts,
    channels,
    django,
    formtools,
    graphql,
    jsonrpc,
    lifecycle,
    ninja,
    oscar,
    queues,
    rest_framework,
    reversion,
    subatomic,
    swapper,
    wagtail,
)

FRAMEWORKS: tuple[Framework, ...] = (
    django.FRAMEWORK,
    rest_framework.FRAMEWORK,
    queues.CELERY,
    queues.HUEY,
    queues.DRAMATIQ,
    queues.RQ,
    queues.DJANGO_Q,
    queues.APSCHEDULER,
    queues.BACKGROUND_TASKS,
    graphql.GRAPHENE,
    graphql.STRAWBERRY,
    ninja.FRAMEWORK,
    jsonrpc.FRAMEWORK,
    channels.FRAMEWORK,
    reversion.FRAMEWORK,
    lifecycle.FRAMEWORK,
    subatomic.FRAMEWORK,
    swapper.FRAMEWORK,
    oscar.FRAMEWORK,
    accounts.ALLAUTH,
    accounts.SOCIAL_AUTH,
    formtools.FRAMEWORK,
    wagtail.FRAMEWORK,
)
