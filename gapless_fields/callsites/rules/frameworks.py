"""What the check must know of a package, as declarations.

A package is taught by one file in ``packages`` that declares its ``FRAMEWORK``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from gapless_fields.callsites.engine.protocol import Invocation
from gapless_fields.callsites.engine.values import Atomic

Names = frozenset[str]
NONE: Names = frozenset()


class Kind(Enum):
    """In which transaction the outside enters a function."""

    REQUEST = "request"
    """A view: in one where ``ATOMIC_REQUESTS`` is set."""
    ATOMIC = "atomic"
    """In one that the framework opens, such as the admin's."""
    ALONE = "alone"
    """Never in one."""


@dataclass(frozen=True)
class EntryPoint:
    """How the outside enters a function; ``what``: how a reason calls it."""

    kind: Kind
    what: str


@dataclass(frozen=True)
class EntryMethods:
    """Methods that a framework calls on the classes that inherit from its own.

    ``bases``: how the names of its own classes end. ``methods``: empty: all that are public.
    """

    bases: tuple[str, ...]
    methods: Names
    entry: EntryPoint
    called_from: tuple[str, ...] = ()
    """The methods of its own that call those."""


@dataclass(frozen=True)
class Framework:
    """What is known of a package.

    A name is the last one of a dotted path, whichever package it comes from, if nothing else is
    said. ``package.name`` is a path without the modules between: ``foo.transactional`` stands for
    ``foo.db.transactional``, too. Names in tuples are endings: ``View`` is ``CreateView``, too.
    """

    tasks: Names = NONE
    """Decorators of functions that a queue runs, in no transaction."""
    durable: Names = NONE
    """Decorators of functions that refuse to run in a transaction, as ``package.name``."""
    views: Names = NONE
    """Decorators of functions that answer requests."""
    routes: Names = NONE
    """Such decorators that are called as a method: ``@router.post("/invoices")``."""
    deferring: Mapping[str, str] = field(default_factory=dict)
    """Functions that run later what they are given: ``on_commit``, ``thread`` or ``queue``."""
    transparent: Names = NONE
    """Functions that stand for their first argument."""
    atomic_calls: Mapping[str, Callable[[Invocation], Atomic | None]] = field(default_factory=dict)
    """Functions that open a transaction, as ``package.name``, without the modules between."""
    atomic_functions: Names = NONE
    """Functions that are used as ``atomic()`` is, also as ``@function``; named in the same way."""
    atomic_models: tuple[str, ...] = ()
    """Models whose ``save()`` opens a transaction."""
    atomic_views: tuple[str, ...] = ()
    """Views that open one around every request."""
    model_getters: Names = NONE
    """Functions that find a model by the label of its application and its name."""
    class_getters: Mapping[str, bool] = field(default_factory=dict)
    """Functions that find classes by module and name; whether they find several."""
    view_bases: tuple[str, ...] = ()
    """Classes whose ``handlers`` answer requests."""
    serving_bases: tuple[str, ...] = ()
    """Classes of which any method with a ``request`` may do so."""
    handlers: Names = NONE
    """Methods of views that the framework calls."""
    handler_callers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For such a method, those that the framework calls it from, ``dispatch`` aside."""
    before_dispatch: Names = NONE
    """Methods of views that the framework calls before ``dispatch()``."""
    create_views: Names = NONE
    """Views that insert a row by themselves."""
    update_views: Names = NONE
    """Views that know their row before the form is saved."""
    form_bases: tuple[str, ...] = ()
    """Forms and serializers."""
    plain_forms: Names = NONE
    """Those of them that are of no model."""
    form_attributes: tuple[str, ...] = ()
    """Where views name their forms."""
    form_hooks: Names = NONE
    """Methods of views that are given the form, whatever the parameter is called."""
    entry_methods: tuple[EntryMethods, ...] = ()
    """Methods that the package calls, with the transaction that it calls them in."""
    signals: Mapping[str, EntryPoint] = field(default_factory=dict)
    """Signals that the package sends."""
    pipeline_arguments: Mapping[str, str] = field(default_factory=dict)
    """First parameters of functions that settings name; what their files are called."""
