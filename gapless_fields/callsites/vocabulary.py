"""The names of Django and of packages around it that decide what a line of code does."""

from __future__ import annotations

INSERTING = frozenset(
    prefix + name
    for prefix in ("", "a")
    for name in ("create", "get_or_create", "update_or_create", "bulk_create")
)
"""Methods of managers and querysets that INSERT."""

RELATED_INSERTING = INSERTING | {"add", "set", "aadd", "aset"}
"""... of many-to-many relations: each row of ``through`` is one that these INSERT."""

FETCHING = frozenset(
    prefix + name for prefix in ("", "a") for name in ("get", "first", "last", "latest", "earliest")
)
"""Methods of managers and querysets that return one saved row."""

NOT_QUERYSETS = frozenset(
    prefix + name
    for prefix in ("", "a")
    for name in (
        *("count", "exists", "aggregate", "update", "delete", "bulk_update", "in_bulk"),
        *("values", "values_list", "explain", "contains", "dates", "datetimes", "remove", "clear"),
    )
)

SAVING = frozenset({"save", "asave", "save_base"})
"""Methods of a model that INSERT a new instance."""

SAVING_OPTIONS = ("save", "commit")
"""Where one is False, a function leaves the row to its caller."""

TAKING = frozenset({"get_next_value", "get_next_values"})
"""Functions and methods of this package that take numbers."""

ATOMIC_MODELS = ("LifecycleModel", "LifecycleModelMixin")
"""Models of other packages whose ``save()`` opens a transaction: django-lifecycle."""

ATOMIC_VIEWS = ("RevisionMixin",)
"""Views of other packages that open one around every request: django-reversion."""

QUERYSET_BASES = frozenset({"QuerySet", "Manager", "BaseManager"})

MODEL_GETTERS = frozenset({"get_model", "load_model"})
"""Functions that find a model by its application's label and its name (``load_model``: swapper)."""

CLASS_GETTERS = {"get_class": False, "get_classes": True}
"""Functions of django-oscar that find classes by module and name; whether they find several."""

SHORTCUTS = frozenset({"get_object_or_404", "aget_object_or_404", "get_one_or_404"})

FORM_FACTORIES = {
    "modelform_factory": 0,
    "modelformset_factory": 0,
    "inlineformset_factory": 1,
    "generic_inlineformset_factory": 0,
    "generic_inlineformset_factory()": 0,
}
"""The position of the model among the arguments."""

IMPORTERS = frozenset({"import_string", "import_class", "import_from_string", "load_class"})
"""Functions that find a class by its dotted path."""

TRANSPARENT = frozenset(
    {"partial", "sync_to_async", "async_to_sync", "database_sync_to_async", "method_decorator"}
    | {"partialmethod", "cast", "copy_context", "shield", "wraps", "csrf_exempt"}
)
"""Calls that stand for their first argument (``cast()``: the last)."""

SEQUENTIAL = frozenset(
    {
        "list",
        "tuple",
        "set",
        "sorted",
        "reversed",
        "iter",
        "filter",
        "frozenset",
        "deepcopy",
        "copy",
    }
)
"""Calls whose elements are those of their last argument."""

MANAGER_NAMES = frozenset({"objects", "_default_manager", "_base_manager"})

OPTIONAL = frozenset({"Optional", "Union", "Annotated", "Awaitable", "Coroutine"})
COLLECTIONS = frozenset(
    {"list", "tuple", "set", "frozenset", "dict", "List", "Tuple", "Set", "Dict", "Iterable"}
    | {"Iterator", "Sequence", "Collection", "Mapping", "Generator"}
)
"""Names of annotations."""

USER = "<user>"
"""The project's user model, which is named by a setting."""

TASK_DECORATORS = frozenset(
    {"task", "shared_task", "periodic_task", "db_task", "db_periodic_task", "actor", "job"}
    | {"background", "delayed_job", "on_after_configure", "on_after_finalize", "scheduled_job"}
)

VIEW_DECORATORS = frozenset(
    {"api_view", "login_required", "require_POST", "require_GET", "require_http_methods"}
    | {"require_safe", "csrf_exempt", "csrf_protect", "permission_required", "never_cache"}
    | {"staff_member_required", "user_passes_test", "ensure_csrf_cookie", "cache_page"}
    | {"xframe_options_exempt", "xframe_options_sameorigin", "sensitive_post_parameters"}
    | {"detail_route", "list_route", "rpc_method", "jsonrpc_method"}
    # strawberry, django-ninja-extra
    | {"mutation", "http_get", "http_post", "http_put", "http_patch", "http_delete"}
)

ROUTE_DECORATORS = frozenset({"get", "post", "put", "patch", "delete", "api_operation"})
"""``@router.post("/invoices")``, as django-ninja has them."""

HANDLERS = frozenset(
    {"dispatch", "get", "post", "put", "patch", "delete", "head", "options", "trace"}
    # django.views.generic
    | {"form_valid", "form_invalid", "get_context_data", "get_success_url", "get_object"}
    | {"get_queryset", "get_form", "render_to_response", "setup", "get_redirect_url", "done"}
    | {"forms_valid", "formset_valid", "get_initial", "get_form_kwargs"}
    # Django REST framework
    | {"create", "update", "partial_update", "destroy", "list", "retrieve"}
    | {"perform_create", "perform_update", "perform_destroy", "initial"}
    # GraphQL
    | {"mutate", "mutate_and_get_payload", "perform_mutation"}
)
"""Methods of views that the framework calls."""

FORM_ATTRIBUTES = ("form_class", "serializer_class", "model_form", "form")
"""Where views name their forms and serializers: Django, Django REST framework, projects' own."""

NAMING_MODELS = frozenset(
    {
        "model",
        "queryset",
        "form_list",
        *FORM_ATTRIBUTES,
        "get_form_class",
        "get_serializer_class",
        "get_form",
    }
)
"""What the body of a class that may be a view of a model assigns or defines."""

FORM_HOOKS = frozenset({"form_valid", "form_invalid", "perform_create", "perform_update"})
"""... that it hands the form or serializer to, whatever its name."""

CREATE_VIEWS = frozenset(
    {"CreateView", "BaseCreateView", "CreateAPIView", "ListCreateAPIView", "ModelViewSet"}
    | {"CreateModelMixin"}
)
UPDATE_VIEWS = frozenset({"UpdateView", "BaseUpdateView", "UpdateAPIView"})
"""Views that know their row before the form is saved."""

UPDATE_HOOKS = frozenset(
    {"form_valid", "perform_update", "update", "partial_update", "post", "put"}
)
"""The methods through which views save a row that there is."""

FORM_METHODS = {"save": "save", "create": "save", "update": "save"}
"""For a method of a form or serializer, the one through which views call it; else is_valid()."""

VALIDATING = ("clean", "validate")
"""How the names of the methods begin that ``is_valid()`` calls."""

CREATE_HOOKS = ("form_valid", "perform_create", "create", "post")
"""The methods through which such views insert, innermost first."""

COMMAND_HANDLERS = frozenset({"handle", "handle_label", "handle_app_config", "handle_noargs"})

MIDDLEWARE_HANDLERS = frozenset(
    {"__call__", "process_request", "process_view", "process_response", "process_exception"}
)

ADMIN_IN_TRANSACTION = frozenset(
    {"save_form", "save_model", "save_related", "save_formset", "log_addition", "log_change"}
    | {"response_add", "response_change", "construct_change_message", "delete_model"}
    | {"log_deletion", "log_deletions", "response_delete", "_changeform_view"}
    | {"get_form", "get_formset", "get_changeform_initial_data", "add_view", "change_view"}
)
"""Methods that ``changeform_view()`` and ``delete_view()`` call inside their ``atomic()``."""

ADMIN_ALONE = frozenset({"changelist_view", "delete_queryset", "history_view"})
"""... and those that the admin calls in no transaction."""

DEFERRING = {
    "on_commit": "on_commit",
    "Thread": "thread",
    "Timer": "thread",
    "submit": "thread",
    "run_in_executor": "thread",
    "start_new_thread": "thread",
    # RQ, django-q, APScheduler
    "enqueue": "queue",
    "enqueue_call": "queue",
    "enqueue_at": "queue",
    "enqueue_in": "queue",
    "async_task": "queue",
    "add_job": "queue",
}
"""Calls that run what they are given later, outside the transaction that is open now."""
