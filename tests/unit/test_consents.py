"""The consent text: complete in every language, provable by its hash, never edited."""

import hashlib

import pytest

from core.consents import CONSENT_VERSION, consent_sha256, consent_text
from core.people import Locale

OPERATOR = "ЖШС «Үлес» <test> {x}"
BIN = "260340000002"

# A published text is never edited. When this fails, restore the text and add a version.
PUBLISHED = {
    ("2026-11", Locale.KK): "e4fbcd1ceffa5aa5",
    ("2026-11", Locale.RU): "6f6056f6bd352336",
    ("2026-11", Locale.EN): "782920c45f525a7f",
}


@pytest.mark.parametrize("locale", Locale)
def test_the_text_names_operator_and_number(locale: Locale) -> None:
    text = consent_text(locale, OPERATOR, BIN)

    assert OPERATOR in text
    assert BIN in text
    assert len(text) < 3_000  # a message holds it with its heading


@pytest.mark.parametrize("locale", Locale)
def test_the_text_says_all_that_the_law_asks_for(locale: Locale) -> None:
    asked = {  # data, third parties, border, publication, term, withdrawal
        Locale.KK: ("ЖСН", "банктерге", "Telegram", "жарияланбайды", "бес жыл", "қайтарып"),
        Locale.RU: ("ИИН", "банкам", "трансграничную", "не публикуются", "пяти лет", "отозвать"),
        Locale.EN: ("IIN", "banks", "cross the border", "not published", "five years", "withdraw"),
    }
    text = consent_text(locale, OPERATOR, BIN)

    assert all(words in text for words in asked[locale])


@pytest.mark.parametrize(("version", "locale"), PUBLISHED)
def test_a_published_text_is_never_edited(version: str, locale: Locale) -> None:
    text = consent_text(locale, "", "", version=version)

    assert consent_sha256(text).startswith(PUBLISHED[version, locale])


def test_the_hash_is_of_the_very_text() -> None:
    text = consent_text(Locale.KK, OPERATOR, BIN)

    assert consent_sha256(text) == hashlib.sha256(text.encode()).hexdigest()
    assert consent_sha256(text) != consent_sha256(consent_text(Locale.KK, "other", BIN))


def test_the_current_version_is_published_in_every_language() -> None:
    assert {locale for version, locale in PUBLISHED if version == CONSENT_VERSION} == set(Locale)


def test_a_version_that_never_was_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        consent_text(Locale.KK, OPERATOR, BIN, version="1999-01")
