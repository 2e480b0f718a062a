"""Every private part of Django and asgiref that this package uses, in one function each.

``tests/test_django_internals.py`` has a test for each. It fails if a new version changes that part.
"""
