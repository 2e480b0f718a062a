"""Decorators that open a transaction for a POST alone, and one that always does."""

from contextlib import ExitStack, nullcontext
from functools import wraps

from django.db import transaction


def branching(view):
    @wraps(view)
    def wrapper(request, *args, **kwargs):
        if request.method == "POST":
            with transaction.atomic():
                return view(request, *args, **kwargs)
        return view(request, *args, **kwargs)

    return wrapper


def choosing(*methods):
    def decorator(view):
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            context = transaction.atomic() if request.method in methods else nullcontext()
            with context:
                return view(request, *args, **kwargs)

        return wrapper

    return decorator


def wrapping(view):
    @wraps(view)
    def wrapper(request, *args, **kwargs):
        handler = transaction.atomic(view) if request.method == "POST" else view
        return handler(request, *args, **kwargs)

    return wrapper


def stacking(view):
    @wraps(view)
    def wrapper(request, *args, **kwargs):
        with ExitStack() as stack:
            if request.method == "POST":
                stack.enter_context(transaction.atomic())
            return view(request, *args, **kwargs)

    return wrapper


class Branching:
    def __init__(self, view):
        self.view = view

    def __call__(self, request, *args, **kwargs):
        if request.method == "POST":
            with transaction.atomic():
                return self.view(request, *args, **kwargs)
        return self.view(request, *args, **kwargs)


class Methods:
    def __init__(self, *methods):
        self.methods = methods

    def __call__(self, view):
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            if request.method in self.methods:
                with transaction.atomic():
                    return view(request, *args, **kwargs)
            return view(request, *args, **kwargs)

        return wrapper


class Always:
    def __init__(self, view):
        self.view = view

    def __call__(self, request, *args, **kwargs):
        with transaction.atomic():
            return self.view(request, *args, **kwargs)
