"""A translator escapes what people typed and writes values as readers of the language do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.i18n import Bps, Html, Translator, translator
from core.money import Money, tenge
from core.people import Locale

KK, RU, EN = (translator(locale) for locale in (Locale.KK, Locale.RU, Locale.EN))


def test_what_people_typed_cannot_become_markup() -> None:
    assert RU("<b>{name}</b>", name='<i>&"') == '<b>&lt;i&gt;&amp;"</b>'


def test_a_translated_piece_goes_into_another_text_as_it_is() -> None:
    inner = RU("<b>{name}</b>", name="A&B")

    assert RU("{inner}!", inner=inner) == "<b>A&amp;B</b>!"
    assert RU.plain("{inner}!", inner=inner) == "A&B!"


def test_plain_texts_are_not_escaped() -> None:
    assert RU.plain("{name}", name="A&B <3") == "A&B <3"


@pytest.mark.parametrize(
    ("value", "kk", "ru", "en"),
    [
        (tenge(129_750), "129 750 ₸", "129 750 ₸", "129,750 ₸"),
        (Money(-12_34), "−12,34 ₸", "−12,34 ₸", "−12.34 ₸"),
        (Money(5), "0,05 ₸", "0,05 ₸", "0.05 ₸"),
        (Money(1_00, "USD"), "1 USD", "1 USD", "1 USD"),
        (1_234_567, "1 234 567", "1 234 567", "1,234,567"),
        (-1_000, "−1 000", "−1 000", "−1,000"),
        (Bps(1_050), "10,5%", "10,5 %", "10.5%"),
        (Bps(1_000), "10%", "10 %", "10%"),
        (Bps(1_005), "10,05%", "10,05 %", "10.05%"),
        (date(2026, 11, 21), "21.11.2026", "21.11.2026", "21.11.2026"),
        (datetime(2026, 11, 21, 14, 5, tzinfo=UTC), *["21.11.2026, 19:05"] * 3),
    ],
)
def test_values_are_written_as_people_write_them(value: Any, kk: str, ru: str, en: str) -> None:
    written = [one.plain("{value}", value=value).replace("\u00a0", " ") for one in (KK, RU, EN)]

    assert written == [kk, ru, en]


def test_numbers_never_break_over_two_lines() -> None:
    assert RU("{amount}", amount=tenge(129_750)) == "129\u00a0750\u00a0₸"


@pytest.mark.parametrize("value", [None, 1.5, True, ["a"]])
def test_what_has_no_way_of_writing_is_an_error(value: Any) -> None:
    with pytest.raises(TypeError):
        RU("{value}", value=value)


def test_an_unknown_text_is_shown_as_it_is() -> None:
    assert KK("No such text {n}", n=1) == "No such text 1"
    assert KK.plural("{n} thing unheard of", "{n} things unheard of", 2) == "2 things unheard of"


def test_an_empty_text_is_not_the_header_of_the_catalogue() -> None:
    assert RU("") == RU.plain("") == ""


def test_a_catalogue_is_compiled_once() -> None:
    assert translator(Locale.KK) is KK
    assert isinstance(KK, Translator)
    assert isinstance(KK("x"), Html)
