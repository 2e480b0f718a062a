"""System checks; docs/checks.md has a heading for each id.

The field calls ``declarations`` for its own model. The other modules check the project; ``apps``
registers them.
"""
