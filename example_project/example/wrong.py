"""The settings with one application more, whose view is wrong on purpose."""

from example.settings import *  # noqa: F403
from example.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "wrong"]
