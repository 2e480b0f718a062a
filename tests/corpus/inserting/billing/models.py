from django.db import models


class Invoice(models.Model):
    """Another application's model of the same name: not numbered."""
