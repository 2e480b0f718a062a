# numbered: shop.models.Invoice shop.models.Bill shop.models.Note shop.models.Order shop.models.Claim
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django_fsm import FSMField, transition
from gapless_fields import GaplessSequenceField


class Invoice(models.Model):
    issued_on = models.DateField(null=True)
    note = models.TextField()
    number = GaplessSequenceField(sequence="invoices", when="issued_on", null=True)

    def issue(self):
        self.issued_on = timezone.now().date()
        self.save()  # -> outside: view without atomic()

    def issue_safely(self):
        self.issued_on = timezone.localdate()
        with transaction.atomic():
            self.save(update_fields=["issued_on"])  # -> inside: transaction.atomic(); the UPDATE issues a draft (issued_on)
            self.lines.update(frozen=True)

    def mark_issued(self):
        self.issued_on = timezone.localdate()

    def marked(self):
        self.issued_on = timezone.localdate()
        return self

    def withdraw(self):
        self.issued_on = None
        self.save()

    def rename(self, note):
        self.note = note
        self.save()


class State(models.TextChoices):
    DRAFT = "draft", "Draft"
    ISSUED = "issued", "Issued"


class Bill(models.Model):
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    number = GaplessSequenceField(sequence="bills", when=Q(state=State.ISSUED), null=True)

    def save(self, *args, **kwargs):
        with transaction.atomic():
            super().save(*args, **kwargs)


class Note(models.Model):
    """Whether a state is the first one after the draft is not certain."""

    state = models.CharField(max_length=9)
    number = GaplessSequenceField(sequence="notes", when=~Q(state="draft"), null=True)


class Order(models.Model):
    state = FSMField(default="new")
    number = GaplessSequenceField(sequence="orders", when=Q(state="placed"), null=True)

    @transition(field=state, source="new", target="placed")
    def place(self):
        pass

    @transition(field=state, source="new", target="dropped")
    def drop(self):
        pass


class Claim(models.Model):
    signed = models.BooleanField(default=False)
    state = models.CharField(max_length=9)
    number = GaplessSequenceField(
        sequence="claims", when=Q(signed=True) & Q(state="open"), null=True
    )
