"""Beside the packages that projects use: one file a package, with its models and its tests.

The packages are those of the dependency group ``packages``. ``make packages`` installs and runs all
this; ``tox -e packages`` does so in an environment of its own. What each file asserts is what
``docs/packages.md`` says of its package.
"""
