from django.conf import settings

COPY_FORM = getattr(settings, "SHOP_COPY_FORM", "shop.forms.CopyForm")
