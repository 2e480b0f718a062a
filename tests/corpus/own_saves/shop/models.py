# numbered: shop.models.Bare shop.models.Decorated shop.models.Cautious shop.models.Whole shop.models.Made shop.models.Managed shop.models.Either shop.models.Computed shop.models.Logged
from django.db import models, transaction


class Bare(models.Model):
    """What comes after the save is lost with this block or without it."""

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)

    def issue(self, lines):
        self.save()  # -> outside: view without atomic(); Bare.save() opens atomic(), which ends before the lines after it
        for line in lines:
            line.save()


class Decorated(models.Model):
    @transaction.atomic
    def save(self, *args, **kwargs):
        """Saves the row."""
        if not self.name:
            self.name = str(self.pk)
        return super().save(*args, **kwargs)


class Locked(models.Model):
    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.full_clean()
        with transaction.atomic():
            type(self).objects.select_for_update().filter(name=self.name).first()
            super().save(*args, **kwargs)
        self.send()


class Cautious(Locked):
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)


class Whole(models.Model):
    """The step of the business: the row and its lines."""

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            Line.objects.create(whole=self)


class Line(models.Model):
    whole = models.ForeignKey(Whole, models.CASCADE)


class MadeManager(models.Manager):
    def create(self, **values):
        with transaction.atomic():
            return super().create(**values)


class Made(models.Model):
    objects = MadeManager()

    @classmethod
    def issue(cls, lines):
        with transaction.atomic():
            made = cls.objects.create()  # -> inside: transaction.atomic()
            for line in lines:
                made.lines.add(line)


class ManagedQuerySet(models.QuerySet):
    @transaction.atomic
    def create(self, **values):
        row = super().create(**values)
        Line.objects.create(whole=row)
        return row


class Managed(models.Model):
    objects = ManagedQuerySet.as_manager()


class Either(models.Model):
    def save(self, *args, **kwargs):
        if self.pk is None:
            with transaction.atomic():
                return super().save(*args, **kwargs)
        return super().save(*args, **kwargs)


class Computed(models.Model):
    """What it calls on itself writes nothing, and what on_commit() runs is after the block."""

    def save(self, *args, **kwargs):
        with transaction.atomic():
            self.compute()
            super().save(*args, **kwargs)
            transaction.on_commit(lambda: tell(self))

    def compute(self):
        self.total = sum(line.amount for line in self.lines.all())
        self.check()

    def check(self):
        if not self.total:
            raise ValueError(self.pk)


class Logged(models.Model):
    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.log()

    def log(self):
        Line.objects.create(whole=None)


def tell(row):
    print(row)
