"""What a broadcast may say, where its button may lead, when it goes out and how long it takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from aiogram.types import Chat, Message, MessageEntity

from bot.entities import kept_html
from core.broadcasts import Audience, Role, button_url, expected, moment, stars
from core.errors import BadInput
from core.ids import OfferId
from core.people import Category, Locale, Tier

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # noon in Almaty
HOSTS = ("t.me", "ules.kz")


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("19:05", datetime(2026, 11, 21, 14, 5, tzinfo=UTC)),
        ("9.30", datetime(2026, 11, 22, 4, 30, tzinfo=UTC)),  # has passed today: tomorrow
        ("12:00", datetime(2026, 11, 22, 7, 0, tzinfo=UTC)),
        ("22.11 08:00", datetime(2026, 11, 22, 3, 0, tzinfo=UTC)),
        ("21.11.2026, 12:01", datetime(2026, 11, 21, 7, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_of_almaty_and_ahead(typed: str, at: datetime) -> None:
    assert moment(typed, NOW) == at


@pytest.mark.parametrize(
    "typed", ["", "ертең", "24:00", "12:60", "21.11.2026 11:59", "01.03.2027 10:00", "1 2 10:00"]
)
def test_what_is_no_time_to_come_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="moment"):
        moment(typed, NOW)


@pytest.mark.parametrize(
    "url", ["https://t.me/ules", " https://www.ules.kz/a?b=1#c ", "https://ules.kz:443/"]
)
def test_a_button_leads_to_permitted_hosts(url: str) -> None:
    assert button_url(url, HOSTS) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "http://t.me/ules",
        "https://evil.kz/t.me",
        "https://eviles.kz",
        "https://notules.kz",
        "https://ules.kz.evil.com",
        "https://ules.kz@evil.com",
        "https://ules.kz:8443/",
        "https://evil.com\\.ules.kz",
        "https://ules.kz/ \nSet-Cookie: a",
        "javascript:alert(1)",
        "tg://user?id=1",
        "https://[",
        "https://ules.kz/" + "a" * 600,
    ],
)
def test_and_nowhere_else(url: str) -> None:
    with pytest.raises(BadInput, match="broadcast_url"):
        button_url(url, HOSTS)


def test_duration_and_price() -> None:
    assert expected(0) == timedelta(0)
    assert expected(1_000) == timedelta(seconds=36)
    assert stars(100_000, 30, 1_000) == 9_700
    assert stars(1, 30, 1_000) == 1


def test_an_audience_is_stored_whole() -> None:
    audience = Audience(
        role=Role.EVERYBODY,
        locales=(Locale.KK,),
        tiers=(Tier.MEGA,),
        categories=(Category.FOOD,),
        cities=("Алматы",),
        offer=OfferId(7),
        active_days=30,
    )

    assert Audience.from_json(audience.to_json()) == audience
    assert Audience.from_json(Audience().to_json()) == Audience()


def typed(text: str, *entities: MessageEntity) -> Message:
    chat = Chat(id=1, type="private")
    return Message(message_id=1, date=NOW, chat=chat, text=text, entities=list(entities))


def test_formatting_is_kept_and_everything_else_escaped() -> None:
    message = typed(
        "Жаңа 🎁 <b>ұсыныс</b> мұнда",
        MessageEntity(type="bold", offset=0, length=4),
        MessageEntity(type="text_link", offset=22, length=5, url="https://ules.kz/?a=1&b=2"),
    )

    html = kept_html(message)

    assert html.startswith("<b>Жаңа</b> 🎁 &lt;b&gt;ұсыныс&lt;/b&gt;")
    assert '<a href="https://ules.kz/?a=1&amp;b=2">мұнда</a>' in html


def test_no_attribute_ends_early() -> None:
    link = MessageEntity(type="text_link", offset=0, length=5, url='https://ules.kz/"><b>')
    code = MessageEntity(type="pre", offset=0, length=5, language='x"><b>')

    assert (
        kept_html(typed("сәлем", link)) == '<a href="https://ules.kz/&quot;&gt;&lt;b&gt;">сәлем</a>'
    )
    assert kept_html(typed("сәлем", code)) == "<pre>сәлем</pre>"


@pytest.mark.parametrize(
    "entity",
    [
        MessageEntity(type="text_link", offset=0, length=5, url="tg://user?id=5"),
        MessageEntity(type="text_link", offset=0, length=5, url="javascript:alert(1)"),
        MessageEntity(type="text_link", offset=0, length=5, url="https://t.me@evil.kz"),
        MessageEntity(type="custom_emoji", offset=0, length=5, custom_emoji_id="7"),
        MessageEntity(type="mention", offset=0, length=5),
    ],
)
def test_what_may_not_be_sent_to_others_is_plain_text(entity: MessageEntity) -> None:
    assert kept_html(typed("сәлем дос", entity)) == "сәлем дос"
