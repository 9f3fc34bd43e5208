"""Nobody keeps the bot busy alone, and nobody is warned twice in a row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import (
    Chat,
    ChatMemberBanned,
    ChatMemberMember,
    ChatMemberUpdated,
    InlineQuery,
    Update,
    User,
)

from bot.middlewares.throttle import Throttle
from core.errors import TooManyRequests


class Hands:
    """Somebody who sends updates, and a handler that counts them."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.handled = 0
        self.throttle = Throttle(burst=3, seconds=3, now=lambda: self.seconds)

    async def handler(self, event: Any, data: dict[str, Any]) -> str:
        self.handled += 1
        return "handled"

    async def send(self, person: int = 1, update: Update | None = None) -> Any:
        user = User(id=person, is_bot=False, first_name="A")
        update = update or Update(update_id=1)
        return await self.throttle(self.handler, update, {"event_from_user": user})


@pytest.fixture
def hands() -> Hands:
    return Hands()


async def test_typing_in_another_chat_takes_nothing_from_the_conversation(hands: Hands) -> None:
    user = User(id=1, is_bot=False, first_name="A")
    query = InlineQuery(id="1", from_user=user, query="x", offset="")
    letters = [await hands.send(update=Update(update_id=1, inline_query=query)) for _ in "12345"]

    assert letters == ["handled"] * 3 + [None] * 2  # dropped without a warning: the next one asks
    assert await hands.send() == "handled"


async def test_a_burst_passes_then_one_warning_then_silence(hands: Hands) -> None:
    for _ in range(3):
        await hands.send()

    with pytest.raises(TooManyRequests) as caught:
        await hands.send()
    silent = [await hands.send() for _ in range(5)]

    assert hands.handled == 3
    assert caught.value.retry_after == 1
    assert silent == [None] * 5


async def test_the_bucket_fills_again(hands: Hands) -> None:
    for _ in range(3):
        await hands.send()
    hands.seconds = 1.0

    await hands.send()
    with pytest.raises(TooManyRequests):
        await hands.send()

    assert hands.handled == 4


async def test_one_persons_haste_is_not_anothers(hands: Hands) -> None:
    for _ in range(3):
        await hands.send(person=1)

    assert await hands.send(person=2) == "handled"


async def test_news_of_a_block_always_pass(hands: Hands) -> None:
    user = User(id=1, is_bot=False, first_name="A")
    bot = User(id=42, is_bot=True, first_name="B")
    blocked = Update(
        update_id=1,
        my_chat_member=ChatMemberUpdated(
            chat=Chat(id=1, type="private"),
            from_user=user,
            date=datetime(2026, 11, 21, tzinfo=UTC),
            old_chat_member=ChatMemberMember(user=bot),
            new_chat_member=ChatMemberBanned(user=bot, until_date=datetime(2030, 1, 1, tzinfo=UTC)),
        ),
    )
    for _ in range(3):
        await hands.send()

    assert await hands.send(update=blocked) == "handled"
