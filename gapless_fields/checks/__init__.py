"""System checks; docs/checks.md has a heading for each id.

The field calls ``declarations`` for its own model. The others look at the project, and are
registered in ``apps``.
"""
