# numbered: shop.models.Invoice shop.models.Careful shop.models.Decorated shop.models.Careless shop.models.Released
from django.db import models, transaction


class Invoice(models.Model):
    number = models.PositiveBigIntegerField()


class Careful(models.Model):
    number = models.PositiveBigIntegerField()

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.lines.create()


class Decorated(models.Model):
    number = models.PositiveBigIntegerField()

    @transaction.atomic
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
        self.lines.create()


class Careless(models.Model):
    number = models.PositiveBigIntegerField()

    def save(self, *args, **kwargs):
        with transaction.atomic():
            self.check()
        super().save(*args, **kwargs)


class ReleasedManager(models.Manager):
    def create(self, **kwargs):
        self.update(last=False)
        released = self.model(last=True, **kwargs)
        with transaction.atomic():
            released.save()  # -> inside: transaction.atomic()
        return released


class Released(models.Model):
    last = models.BooleanField()
    number = models.PositiveBigIntegerField()

    objects = ReleasedManager()
