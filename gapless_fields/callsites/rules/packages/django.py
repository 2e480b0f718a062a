"""Django itself: its views, forms, commands, tasks and signals."""

from __future__ import annotations

from gapless_fields.callsites.rules.frameworks import (
    EntryMethods,
    EntryPoint,
    Framework,
    Kind,
)

HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
COMMAND_HANDLERS = frozenset({"handle", "handle_label", "handle_app_config"})

_IN_DELETE = EntryPoint(Kind.ATOMIC, "Django deletes and sends the signals in a transaction")
_IN_RELATED = EntryPoint(Kind.ATOMIC, "Django changes relations in a transaction")
_IN_REQUEST = EntryPoint(Kind.REQUEST, "receiver of a request's signal")


def _alone(what: str) -> EntryPoint:
    return EntryPoint(Kind.ALONE, what)


FRAMEWORK = Framework(
    tasks=frozenset({"task"}),
    views=frozenset(
        {"login_required", "require_POST", "require_GET", "require_http_methods", "require_safe"}
        | {"csrf_exempt", "csrf_protect", "permission_required", "never_cache", "cache_page"}
        | {"staff_member_required", "user_passes_test", "ensure_csrf_cookie"}
        | {"xframe_options_exempt", "xframe_options_sameorigin", "sensitive_post_parameters"}
    ),
    deferring={
        "on_commit": "on_commit",
        "Thread": "thread",
        "Timer": "thread",
        "submit": "thread",
        "run_in_executor": "thread",
        "to_thread": "thread",
        "enqueue": "queue",
    },
    transparent=frozenset(
        {"partial", "partialmethod", "wraps", "cast", "copy_context", "shield"}
        | {"sync_to_async", "async_to_sync", "method_decorator", "csrf_exempt"}
    ),
    model_getters=frozenset({"get_model"}),
    view_bases=("View", "ViewMixin"),
    serving_bases=("Resource", "Endpoint", "Handler", "API", "Api", "Service"),
    handlers=frozenset(
        HTTP_METHODS
        | {"dispatch"}
        | {"form_valid", "form_invalid", "get_context_data", "get_success_url", "get_object"}
        | {"get_queryset", "get_form", "render_to_response", "setup", "get_redirect_url"}
        | {"forms_valid", "formset_valid", "get_initial", "get_form_kwargs"}
    ),
    handler_callers={"form_valid": ("post", "put"), "form_invalid": ("post", "put")},
    before_dispatch=frozenset({"setup", "__init__"}),
    create_views=frozenset({"CreateView", "BaseCreateView"}),
    update_views=frozenset({"UpdateView", "BaseUpdateView"}),
    form_bases=("Form", "FormSet", "Formset"),
    plain_forms=frozenset({"Form", "BaseForm"}),
    form_attributes=("form_class", "model_form", "form"),
    form_hooks=frozenset({"form_valid", "form_invalid"}),
    entry_methods=(
        EntryMethods(
            bases=("Command",),
            methods=COMMAND_HANDLERS,
            entry=_alone("management command"),
            called_from=("execute", "run_from_argv"),
        ),
        EntryMethods(("AppConfig",), frozenset({"ready"}), _alone("AppConfig.ready()")),
        EntryMethods(("Thread", "Process"), frozenset({"run"}), _alone("thread")),
    ),
    signals={
        # Collector.delete() in django/db/models/deletion.py, with listeners: never its fast way out
        "pre_delete": _IN_DELETE,
        "post_delete": _IN_DELETE,
        # the manager of a many-to-many relation opens one for each change
        "m2m_changed": _IN_RELATED,
        # emit_post_migrate_signal(), after the last migration's transaction
        "pre_migrate": _alone("receiver of pre_migrate"),
        "post_migrate": _alone("receiver of post_migrate"),
        "request_started": _alone("receiver of request_started"),
        "request_finished": _alone("receiver of request_finished"),
        "connection_created": _alone("receiver of connection_created"),
        "user_logged_in": _IN_REQUEST,
        "user_logged_out": _IN_REQUEST,
        "user_login_failed": _IN_REQUEST,
    },
)
