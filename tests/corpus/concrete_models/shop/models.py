# numbered: shop.models.Bill shop.models.Order
from django.db import models
from gapless_fields import GaplessSequenceField
from swapper import load_model


class ConcreteMixin(models.Model):
    class Meta:
        abstract = True

    @classmethod
    def get_concrete_model(cls):
        return load_model("shop", cls.__name__.replace("Abstract", ""))


class AbstractBill(ConcreteMixin):
    class Meta:
        abstract = True

    @classmethod
    def open(cls):
        return AbstractBill.get_concrete_model().objects.create()  # -> outside: view (@require_POST) without atomic()

    def copy(self):
        bill = self.__class__.get_concrete_model()()
        bill.save()  # -> outside: view (@require_POST) without atomic()


class AbstractOrder(ConcreteMixin):
    class Meta:
        abstract = True


class AbstractNote(ConcreteMixin):
    class Meta:
        abstract = True


class Bill(AbstractBill):
    number = GaplessSequenceField(sequence="bills")


class Order(AbstractOrder):
    number = GaplessSequenceField(sequence="orders")


class Note(AbstractNote):
    pass
