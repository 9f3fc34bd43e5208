"""The consent text: complete in every language, provable by its hash, never edited."""

import hashlib

import pytest

from core.consents import (
    BUYER_CONSENT,
    BUYERS,
    CONSENT_VERSION,
    CREATORS,
    consent_sha256,
    consent_text,
)
from core.people import Locale

OPERATOR = "ЖШС «Үлес» <test> {x}"
BIN = "260340000002"

# A published text is never edited. When this fails, restore the text and add a version.
PUBLISHED = {
    ("2026-11", Locale.KK): "e4fbcd1ceffa5aa5",
    ("2026-11", Locale.RU): "6f6056f6bd352336",
    ("2026-11", Locale.EN): "782920c45f525a7f",
    ("buyer-2026-11", Locale.KK): "314261ddbed8b3d7",
    ("buyer-2026-11", Locale.RU): "ca77e76d3f64b07d",
    ("buyer-2026-11", Locale.EN): "45fc6c481123f498",
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


@pytest.mark.parametrize("current", [CONSENT_VERSION, BUYER_CONSENT])
def test_the_current_version_is_published_in_every_language(current: str) -> None:
    assert {locale for version, locale in PUBLISHED if version == current} == set(Locale)


def test_every_version_can_be_taken_back() -> None:
    assert {version for version, _ in PUBLISHED} == {*CREATORS, *BUYERS}
    assert not set(CREATORS) & set(BUYERS)


@pytest.mark.parametrize("locale", Locale)
def test_a_buyer_is_told_all_that_the_law_asks_for(locale: Locale) -> None:
    asked = {
        Locale.KK: ("телефон", "үшінші тұлғаларға", "Telegram", "жарияланбайды", "қайтарып"),
        Locale.RU: ("телефона", "третьим лицам", "трансграничную", "не публикуются", "отозвать"),
        Locale.EN: ("phone", "third parties", "cross the border", "not published", "withdraw"),
    }
    text = consent_text(locale, OPERATOR, BIN, version=BUYER_CONSENT)

    assert all(words in text for words in (OPERATOR, BIN, *asked[locale]))


def test_a_version_that_never_was_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        consent_text(Locale.KK, OPERATOR, BIN, version="1999-01")
