# numbered: shop.models.Invoice shop.models.Receipt
from django.db import models, transaction


class Invoice(models.Model):
    def save(self, *args, **kwargs):
        self.full_clean()
        super(Invoice, self).save(*args, **kwargs)


class Note(models.Model):
    pass


class Careful(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            Note.objects.create()


class Receipt(Careful):
    def save(self, *args, **kwargs):
        self.full_clean()
        super().save(*args, **kwargs)
