"""What runs inside ``dispatch()`` and ``as_view()``, and what does not."""

from django.db import transaction
from django.utils.decorators import method_decorator
from django.views import View
from django.views.generic import TemplateView
from shop.models import Invoice


class AtomicDispatch(View):
    def dispatch(self, request, *args, **kwargs):
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)


class Setup(AtomicDispatch):
    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        Invoice.objects.create()  # -> outside: view without atomic()

    def post(self, request):
        Invoice.objects.create()  # -> inside: AtomicDispatch.dispatch() opens atomic()
        self.step()
        transaction.on_commit(self.later)
        transaction.on_commit(lambda: self.much_later())

    def step(self):
        Invoice.objects.create()  # -> inside: AtomicDispatch.dispatch() opens atomic()

    def later(self):
        Invoice.objects.create()  # -> outside: on_commit() runs it after the transaction

    def much_later(self):
        Invoice.objects.create()  # -> outside: on_commit() runs it after the transaction

    @staticmethod
    def make():
        Invoice.objects.create()  # -> outside: view without atomic()

    def by_name(self):
        Invoice.objects.create()  # -> inside: AtomicDispatch.dispatch() opens atomic()


def elsewhere(request):
    Setup.make()


@method_decorator(transaction.atomic, name="post")
class DecoratedPost(View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(transaction.atomic, name='post')
        return None


class ReplacedPost(DecoratedPost):
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


class ExtendedPost(DecoratedPost):
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().post(request)


@method_decorator(transaction.atomic, name="dispatch")
class DecoratedDispatch(View):
    pass


class BeforeDispatch(DecoratedDispatch):
    def dispatch(self, request, *args, **kwargs):
        Invoice.objects.create()  # -> outside: view without atomic()
        return super().dispatch(request, *args, **kwargs)

    def post(self, request):
        Invoice.objects.create()  # -> inside: @method_decorator(transaction.atomic, name='dispatch')


class AtomicMixin:
    def dispatch(self, request, *args, **kwargs):
        with transaction.atomic():
            return super().dispatch(request, *args, **kwargs)


class BehindView(View, AtomicMixin):
    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()


class BeforeView(AtomicMixin, View):
    def post(self, request):
        Invoice.objects.create()  # -> inside: AtomicMixin.dispatch() opens atomic()


class AtomicAsView(View):
    @classmethod
    def as_view(cls, **initkwargs):
        return transaction.atomic(super().as_view(**initkwargs))


class Wrapped(AtomicAsView):
    def post(self, request):
        Invoice.objects.create()  # -> inside: AtomicAsView.as_view() opens atomic()


class WrappedLater(View):
    @classmethod
    def as_view(cls, **initkwargs):
        view = super().as_view(**initkwargs)
        return transaction.atomic(view)

    def post(self, request):
        Invoice.objects.create()  # -> inside: WrappedLater.as_view() opens atomic()


class ReadsOnly(TemplateView):
    http_method_names = ["get", "head"]

    def post(self, request):
        Invoice.objects.create()  # -> unknown: http_method_names leaves out post


class PostsToo(TemplateView):
    http_method_names = ["get", "post"]

    def post(self, request):
        Invoice.objects.create()  # -> outside: view without atomic()
