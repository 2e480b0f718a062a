"""Every message is translated into every language, and compiled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.db import transaction
from django.utils.translation import override

import gapless_fields
from gapless_fields.models import Counter
from gapless_fields.series.series import MAX_VALUE

PACKAGE = Path(gapless_fields.__file__).parent
LANGUAGES = ["de", "es", "fr", "it", "nl", "pl", "pt"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]")

languages = pytest.mark.parametrize("language", LANGUAGES)


def catalog(language):
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return {message.id: message for message in read_po(file) if message.id}


def test_languages():
    assert sorted(path.name for path in (PACKAGE / "locale").iterdir()) == LANGUAGES


@languages
def test_every_message_is_translated(language):
    extracted = {message[2] for message in extract_from_dir(PACKAGE, [("**.py", "python")])}
    translated = catalog(language)
    assert set(translated) == extracted
    for message in translated.values():
        assert message.string
        assert not message.fuzzy
        placeholders = sorted(PLACEHOLDER.findall(message.string))
        assert placeholders == sorted(PLACEHOLDER.findall(message.id))


@languages
def test_the_compiled_file_is_up_to_date(language):
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    assert compiled == {key: message.string for key, message in catalog(language).items()}


@languages
@pytest.mark.django_db
def test_django_uses_it(language):
    gapless_fields.Sequence("x").advance_to(MAX_VALUE)
    with override(language):
        name = str(Counter._meta.verbose_name)
        with pytest.raises(gapless_fields.SequenceExhausted) as error, transaction.atomic():
            gapless_fields.get_next_value("x")
    messages = catalog(language)
    assert name == messages["counter"].string != "counter"
    exhausted = "The sequence %(series)s has no number left: the greatest is %(max)d."
    assert messages[exhausted].string != exhausted
    assert str(error.value) == messages[exhausted].string % {"series": '"x"', "max": MAX_VALUE}
