"""The application as a whole: it answers, it closes cleanly, it says what is wrong in one line."""

from __future__ import annotations

from core.people import Locale
from tests.bot.conftest import Stage


async def test_the_menu_opens_in_the_readers_language(stage: Stage) -> None:
    aigerim = await stage.person("Айгерім", Locale.KK)

    await aigerim.send("/menu")

    assert await aigerim.expect("Üles")
