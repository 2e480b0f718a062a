from django import forms

from shop.models import Invoice


class InvoiceForm(forms.ModelForm):
    """For new rows and for saved ones: what it remembers of its instance tells which it is."""

    class Meta:
        model = Invoice
        fields = ["active"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        instance = kwargs.get("instance")
        self._was_active = self.instance.active if self.instance else False
        self._had_note = bool(instance and instance.note)
        self._old_note = self.instance.note

    def save(self, commit=True):
        if self._was_active and not self.cleaned_data["active"]:
            self.instance.clean_resources()
        if not self._had_note:
            self.instance.note = "-"
        else:
            self.instance.clean_resources()
        if self._old_note == "urgent":
            self.instance.clean_resources()
        return super().save(commit=commit)


class OpenForm(forms.ModelForm):
    """A new row has the default of the field, and that is True; others may be changed on the way."""

    class Meta:
        model = Invoice
        fields = ["open"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._was_open = self.instance.open

    def save(self, commit=True):
        if self._was_open:
            self.instance.reopen()
        return self.instance


class VersionForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_new = self.instance.pk is None

    def save(self, commit=True):
        if self.is_new:
            self.instance.first_version()
        else:
            self.instance.next_version()
        return self.instance


class ArgumentForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]

    def __init__(self, *args, instance=None, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        self.is_edit = instance is not None
        self.is_first = kwargs.get("instance") is None

    def save(self, commit=True):
        if self.is_edit:
            self.instance.clean_resources()
        if not self.is_first:
            self.instance.clean_resources()
        return super().save(commit=commit)


class PropertyForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]

    @property
    def is_new(self):
        return self.instance.pk is None

    def save(self, commit=True):
        if self.is_new:
            self.instance.first_version()
        else:
            self.instance.next_version()
        return self.instance


class ViewForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_new = not self.instance.pk


class LocalForm(forms.ModelForm):
    class Meta:
        model = Invoice
        fields = ["note"]

    def save(self, commit=True):
        created = self.instance.pk is None
        invoice = super().save(commit=False)
        if created:
            invoice.save()  # -> unknown: save() leaves the transaction to its callers
        else:
            invoice.save()
        return invoice
