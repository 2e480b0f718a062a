# numbered: shop.models.Order
from django.db import models, transaction
from wagtail.contrib.routable_page.models import RoutablePageMixin, route
from wagtail.models import Page


class Order(models.Model):
    number = models.PositiveBigIntegerField()


class Submitting(models.Model):
    class Meta:
        abstract = True

    def submit(self):
        Order.objects.create()  # -> outside: page without atomic()


class ShopPage(Submitting, Page):
    def serve(self, request):
        Order.objects.create()  # -> outside: page without atomic()
        self.submit()

    def clean(self):
        Order.objects.create()  # -> unknown: clean() leaves the transaction to its callers


class SafePage(Page):
    @transaction.atomic
    def serve(self, request):
        Order.objects.create()  # -> inside: @transaction.atomic


class RoutedPage(RoutablePageMixin, Page):
    @route(r"^order/$")
    def order(self, request):
        Order.objects.create()  # -> outside: view (@route) without atomic()
