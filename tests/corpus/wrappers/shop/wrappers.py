"""A project's own ways to open a transaction, and some that only look like it."""

import contextlib
import functools
from contextlib import ContextDecorator, contextmanager

from django.db import transaction
from django.db.transaction import Atomic


@contextmanager
def unit_of_work():
    with transaction.atomic():
        yield


@contextlib.contextmanager
def nested_unit_of_work():
    with unit_of_work():
        yield


@contextmanager
def after_work():
    with transaction.atomic():
        pass
    yield


@contextmanager
def sometimes(enabled):
    if enabled:
        with transaction.atomic():
            yield
    else:
        yield


def block(using=None):
    return transaction.atomic(using=using, durable=True)


class Unit:
    def __init__(self):
        self.atomic = transaction.atomic()

    def __enter__(self):
        self.atomic.__enter__()
        return self

    def __exit__(self, *exc):
        return self.atomic.__exit__(*exc)


class Timer(ContextDecorator):
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


class Durable(Atomic):
    pass


def transactional(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        with transaction.atomic():
            return function(*args, **kwargs)

    return wrapper


def by_decorator(function):
    @functools.wraps(function)
    @transaction.atomic
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def directly(function):
    return transaction.atomic(function)


def factory(retries=1):
    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            for _ in range(retries):
                with unit_of_work():
                    return function(*args, **kwargs)
            return None

        return wrapper

    return decorator


def optional(function=None, *, name=""):
    def decorate(inner):
        @functools.wraps(inner)
        def wrapper(*args, **kwargs):
            with transaction.atomic():
                return inner(*args, **kwargs)

        return wrapper

    return decorate(function) if function else decorate


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        with transaction.atomic():
            print("called")
        return function(*args, **kwargs)

    return wrapper


def maybe(function):
    def wrapper(*args, atomic=True, **kwargs):
        if atomic:
            with transaction.atomic():
                return function(*args, **kwargs)
        return function(*args, **kwargs)

    return wrapper
