"""What creators type about themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import cities, profiles
from core.errors import BadInput
from core.people import Locale, Platform


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://www.instagram.com/Aigerim.blog/?igsh=MzRl", "https://instagram.com/aigerim.blog"),
        ("instagram.com/aigerim", "https://instagram.com/aigerim"),
        ("https://m.tiktok.com/@Aika_kz?lang=ru", "https://tiktok.com/@aika_kz"),
        ("https://youtube.com/@AikaVlog/videos", "https://youtube.com/@aikavlog"),
        (
            "https://www.youtube.com/channel/UCabcDEF_-123",
            "https://youtube.com/channel/UCabcDEF_-123",
        ),
        ("t.me/aika", "https://t.me/aika"),
        ("https://t.me/s/aika", "https://t.me/aika"),
        ("https://www.threads.com/@aika", "https://threads.net/@aika"),
        ("vk.com/aika", "https://vk.com/aika"),
        ("  \u2068https://t.me/aika\u2069 ", "https://t.me/aika"),
    ],
)
def test_a_link_to_an_account_is_kept_in_one_form(typed: str, url: str) -> None:
    assert profiles.channel(typed)[1] == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@aika",
        "aika",
        "https://instagram.com/",
        "https://instagram.com/p/C8abc",
        "https://instagram.com/reel/C8abc",
        "https://t.me/+AbCdEf",
        "https://t.me/c/123/4",
        "https://youtube.com/watch?v=1",
        "https://tiktok.com/aika",
        "https://example.kz/aika",
        "https://instagram.com.evil.kz/aika",
        "https://[::1/aika",
        "javascript:alert(1)",
        "https://t.me/аіка",  # Cyrillic
    ],
)
def test_what_leads_to_no_account_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        profiles.channel(typed)


def test_a_name_is_enough_where_the_platform_is_said() -> None:
    assert profiles.channel("@Aika.kz", Platform.TIKTOK) == (
        Platform.TIKTOK,
        "https://tiktok.com/@aika.kz",
    )
    with pytest.raises(BadInput):
        profiles.channel("t.me/aika", Platform.TIKTOK)
    with pytest.raises(BadInput):
        profiles.channel("instagram.com", Platform.INSTAGRAM)


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("12500", 12_500),
        ("12 500", 12_500),
        ("12.500", 12_500),
        ("12,5к", 12_500),
        ("12.5K", 12_500),
        ("12 тыс.", 12_000),
        ("12 мың", 12_000),
        ("1,2 млн", 1_200_000),
        ("1.2M", 1_200_000),
        ("0", 0),
    ],
)
def test_followers_are_read_as_people_write_them(typed: str, count: int) -> None:
    assert profiles.followers(typed) == count


@pytest.mark.parametrize("typed", ["", "many", "-5", "1,5", "900 млн", "12e9", "1.2.3"])
def test_followers_that_are_no_count_are_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        profiles.followers(typed)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (profiles.display_name, profiles.city, profiles.channel, profiles.followers):
        try:
            read(text)
        except BadInput:
            continue


def test_a_known_city_is_kept_in_kazakh_and_shown_in_each_language() -> None:
    kept = {profiles.city(typed) for typed in ("Усть-Каменогорск", "oskemen", "қ. Өскемен")}

    assert kept == {"Өскемен"}
    assert cities.name("Өскемен", Locale.RU) == "Усть-Каменогорск"
    assert cities.name("Сарань", Locale.EN) == "Сарань"


def test_no_name_leads_to_two_cities() -> None:
    for city in cities.CITIES:
        for name in (city.kk, city.ru, city.en, *city.aliases):
            assert cities.canonical(name) == city.kk
