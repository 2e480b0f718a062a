"""Models of every shape that a numbered field may be declared on."""

from __future__ import annotations

import uuid

from django.db import models
from simple_history.models import HistoricalRecords

from gapless_fields import FiscalYear, GaplessSequenceField, NumberDisplay


class Customer(models.Model):
    name = models.CharField(max_length=50)


class Invoice(models.Model):
    """The common case."""

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="invoices"
    )
    note = models.CharField(max_length=50, default="")
    # A second row with the same reference is a failed INSERT.
    reference = models.CharField(max_length=50, null=True, blank=True, unique=True)
    number = GaplessSequenceField(sequence="invoices")


class PaidInvoice(Invoice):
    class Meta:
        proxy = True


class Numbered(models.Model):
    number = GaplessSequenceField(sequence="%(app_label)s.%(class)s", initial_value=100)

    class Meta:
        abstract = True


class Ticket(Numbered):
    title = models.CharField(max_length=50)


class Case(Numbered):
    title = models.CharField(max_length=50)


class Document(models.Model):
    """A multi-table parent that is numbered."""

    number = GaplessSequenceField(sequence="documents")


class Letter(Document):
    text = models.CharField(max_length=50)


class Person(models.Model):
    name = models.CharField(max_length=50)


class Member(Person):
    """A multi-table child that is numbered, of a parent that is not."""

    number = GaplessSequenceField(sequence="members")


class Job(models.Model):
    """Loops: 1, 2, 3, 1, …"""

    number = GaplessSequenceField(sequence="jobs", reset_value=4)


class Receipt(models.Model):
    number = GaplessSequenceField(sequence="shared")


class Refund(models.Model):
    number = GaplessSequenceField(sequence="shared")


class Forward(models.Model):
    """Two sequences, in the opposite order of Backward."""

    first = GaplessSequenceField(sequence="a")
    second = GaplessSequenceField(sequence="b", unique=False)


class Backward(models.Model):
    first = GaplessSequenceField(sequence="b", unique=False)
    second = GaplessSequenceField(sequence="a", unique=False)


class Bare(models.Model):
    """Nothing but a number."""

    number = GaplessSequenceField(sequence="bare")


class Parcel(models.Model):
    """A primary key that is known before the INSERT."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = GaplessSequenceField(sequence="parcels", null=True)


class Legacy(models.Model):
    """Rows may have been numbered, or left without a number, by other means."""

    note = models.CharField(max_length=50, default="")
    number = GaplessSequenceField(sequence="legacy", null=True)


class Doubled(models.Model):
    """A generated column that depends on the number."""

    number = GaplessSequenceField(sequence="doubled")
    double = models.GeneratedField(
        expression=models.F("number") * 2,
        output_field=models.BigIntegerField(),
        db_persist=True,
    )


class Order(models.Model):
    note = models.CharField(max_length=50, default="")
    number = GaplessSequenceField(sequence="orders", null=True)
    history = HistoricalRecords()


class Plain(models.Model):
    """Not numbered."""

    note = models.CharField(max_length=50, default="")


class Company(models.Model):
    name = models.CharField(max_length=50)
    fiscal_month = models.PositiveSmallIntegerField(default=1)


class Issued(models.Model):
    """Numbered per company and year, once it is issued."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    issued_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=50, default="")
    number = GaplessSequenceField(
        sequence="bills", scope=["company", "issued_on__year"], when="issued_on", null=True
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(issued_on=None) | models.Q(number__isnull=False),
                name="%(class)s_issued_with_number",
            )
        ]


class Bill(Issued):
    pass


class CreditNote(Issued):
    """Shares the series of the bills."""


class Paper(models.Model):
    """A multi-table parent that is numbered once it is signed."""

    signed = models.BooleanField(default=False)
    number = GaplessSequenceField(sequence="papers", when="signed", null=True)


class Deed(Paper):
    text = models.CharField(max_length=50, default="")


class Shipment(models.Model):
    """A condition of several columns, and no scope."""

    status = models.CharField(max_length=10, null=True, default="draft")
    weight = models.IntegerField(null=True)
    number = GaplessSequenceField(
        sequence="shipments",
        when=models.Q(status__in=["packed", "sent"]) & ~models.Q(weight=None),
        null=True,
    )


class Filed(models.Model):
    """A series for each combination of values of many kinds."""

    text = models.CharField(max_length=40, null=True)
    integer = models.IntegerField(null=True)
    amount = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    token = models.UUIDField(null=True)
    flag = models.BooleanField(null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    number = GaplessSequenceField(
        sequence="filed",
        scope=["text", "integer", "amount", "token", "flag", "day", "moment"],
    )


class Booking(models.Model):
    """Parts of dates, and a fiscal year."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    in_week = GaplessSequenceField(sequence="weeks", scope=["day__iso_year", "day__week"])
    in_month = GaplessSequenceField(sequence="months", scope=["moment__year", "moment__month"])
    in_quarter = GaplessSequenceField(sequence="quarters", scope=["day__year", "day__quarter"])
    on_date = GaplessSequenceField(sequence="dates", scope=["moment__date"])
    in_fiscal_year = GaplessSequenceField(
        sequence="fiscal", scope=["company", FiscalYear("day", start_month=7)]
    )


class Ledger(models.Model):
    """Displays its number, and stores what it displays."""

    code = models.CharField(max_length=5)
    booked_on = models.DateField(null=True, blank=True)
    number = GaplessSequenceField(sequence="ledger", when="booked_on", null=True)
    reference = NumberDisplay("{code}-{booked_on:%Y/%m/%d}-{number:05d}")
    short = NumberDisplay("#{number}", verbose_name="No.")
    stored = models.GeneratedField(
        expression=reference.expression(),
        output_field=models.CharField(max_length=60),
        db_persist=True,
        null=True,
    )


class Slip(models.Model):
    """Numbered per company and year once it is issued, with no constraint that ties the two."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    issued_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=50, default="")
    number = GaplessSequenceField(
        sequence="slips", scope=["company", "issued_on__year"], when="issued_on", null=True
    )


class Stub(models.Model):
    """Shares the series of the slips."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT)
    issued_on = models.DateField(null=True, blank=True)
    number = GaplessSequenceField(
        sequence="slips", scope=["company", "issued_on__year"], when="issued_on", null=True
    )


class Position(models.Model):
    """A primary key of two columns, declared after the number."""

    number = GaplessSequenceField(sequence="positions", null=True)
    contract = models.IntegerField()
    line = models.CharField(max_length=5)
    pk = models.CompositePrimaryKey("contract", "line")


class Voucher(models.Model):
    """A primary key that is declared after the number, and is never the database's own."""

    number = GaplessSequenceField("no.", sequence="vouchers", null=True)
    code = models.DecimalField(max_digits=8, decimal_places=2, primary_key=True)


class ActiveCompanies(models.Manager):
    """Joins, filters, annotates and orders."""

    def get_queryset(self):
        rows = super().get_queryset().select_related("company", "payer")
        return rows.filter(company__fiscal_month__gt=0).order_by("company__name")


class Contract(models.Model):
    """A base manager that sees some of the rows, through an outer join and an inner one."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="+")
    fiscal_month = models.PositiveSmallIntegerField(null=True)
    number = GaplessSequenceField(
        sequence="contracts", scope=["payer"], when="fiscal_month", null=True
    )
    everything = ActiveCompanies()
    objects = models.Manager()

    class Meta:
        base_manager_name = "everything"


class Stripped(models.CharField):
    """Strips blanks when it is saved."""

    def pre_save(self, model_instance, add):
        value = super().pre_save(model_instance, add).strip()
        setattr(model_instance, self.attname, value)
        return value


class Lowered(models.CharField):
    """Writes small letters."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value is None else value.lower()


class Yearly(models.IntegerField):
    """The year of a date beside it, which it does not tell the instance."""

    def pre_save(self, model_instance, add):
        return model_instance.day.year


class Season(models.TextChoices):
    SPRING = "s", "spring"
    AUTUMN = "a", "autumn"


class ByName(models.CharField):
    """Keeps members of an enumeration by their names."""

    def get_prep_value(self, value):
        return getattr(value, "name", value)

    def from_db_value(self, value, expression, connection):
        return self.to_python(value)

    def to_python(self, value):
        return value if value is None or isinstance(value, Season) else Season[value]

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs


class Harvest(models.Model):
    """Methods and columns of the project's own, with signatures and minds of their own."""

    day = models.DateField()
    year = Yearly(default=0)
    season = ByName(max_length=10, default=Season.SPRING)
    text = models.CharField(max_length=3, default="")
    number = GaplessSequenceField(sequence="harvests", scope=["year", "season", "text"])

    def full_clean(self, **kwargs):
        super().full_clean(**kwargs)

    def refresh_from_db(self, **kwargs):
        super().refresh_from_db(**kwargs)


class Tariff(models.Model):
    """Columns that do not store every value as it is."""

    rate = models.DecimalField(max_digits=5, decimal_places=2, default=1)
    address = models.GenericIPAddressField(default="::1")
    moment = models.DateTimeField(null=True)
    stripped = Stripped(max_length=9, default="")
    lowered = Lowered(max_length=9, default="")
    number = GaplessSequenceField(
        sequence="tariffs", scope=["rate", "address", "moment", "stripped", "lowered"]
    )


class Guarded:
    """A column that code may not set: a state machine's."""

    def __init__(self, field):
        self.field = field

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__[self.field.attname]

    def __set__(self, instance, value):
        if self.field.attname in instance.__dict__:
            raise AttributeError("Direct state modification is not allowed")
        instance.__dict__[self.field.attname] = value


class StateField(models.CharField):
    descriptor_class = Guarded


class Ride(models.Model):
    """A state machine, and an ``__init__()`` that looks at two columns."""

    made = 0
    state = StateField(max_length=10, default="new")
    driver = models.CharField(max_length=10, default="")
    number = GaplessSequenceField(
        sequence="rides", scope=["driver"], when=models.Q(state="done"), null=True
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        type(self).made += 1
        self.known = self.state, self.driver

    def finish(self):
        self.__dict__["state"] = "done"
        self.save()
