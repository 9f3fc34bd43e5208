"""An update is given up only when it has been handled, and handled no more than needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramUnauthorizedError
from aiogram.types import Update

from bot.app import make_bot
from bot.intake import Intake
from bot.settings import Settings
from scripts.sandbox import Person, Sandbox


class Ears:
    """What was heard, and a handler that can be held up or made to fail."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.hold: dict[str, asyncio.Event] = {}
        self.fail: set[str] = set()
        self._more = asyncio.Condition()

    async def feed(self, update: Update) -> None:
        assert update.message is not None
        text = update.message.text or ""
        if text in self.hold:
            await self.hold[text].wait()
        if text in self.fail:
            raise ZeroDivisionError
        async with self._more:
            self.heard.append(text)
            self._more.notify_all()

    async def hear(self, *texts: str) -> None:
        async with asyncio.timeout(5), self._more:
            await self._more.wait_for(lambda: set(texts) <= set(self.heard))


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def bot(settings: Settings) -> AsyncIterator[Bot]:
    made = make_bot(settings)
    yield made
    await made.session.close()


@pytest.fixture
def person(sandbox: Sandbox) -> Person:
    return sandbox.person("Айгерім")


@asynccontextmanager
async def listening(
    bot: Bot, feed: Callable[[Update], Awaitable[None]], *, kill: bool = False
) -> AsyncIterator[Intake]:
    intake = Intake(bot, feed, allowed=["message"], poll=1, grace=0.1)
    task = asyncio.create_task(intake.run())
    try:
        yield intake
    finally:
        if kill:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        else:
            intake.stop()
            await task


async def test_people_do_not_wait_for_each_other(bot: Bot, ears: Ears, person: Person) -> None:
    ears.hold["slow"] = asyncio.Event()

    async with listening(bot, ears.feed):
        await person.send("slow")
        await person.send("quick")
        await ears.hear("quick")
        ears.hold["slow"].set()

    assert sorted(ears.heard) == ["quick", "slow"]


async def test_a_stop_finishes_what_was_fetched(bot: Bot, ears: Ears, person: Person) -> None:
    ears.hold["slow"] = asyncio.Event()
    await person.send("slow")
    await person.send("quick")

    async with listening(bot, ears.feed) as intake:
        await ears.hear("quick")
        intake.stop()
        asyncio.get_running_loop().call_later(0.1, ears.hold["slow"].set)

    assert sorted(ears.heard) == ["quick", "slow"]


async def test_what_was_handled_is_not_fetched_after_a_restart(
    bot: Bot, ears: Ears, person: Person
) -> None:
    await person.send("first")
    async with listening(bot, ears.feed):
        await ears.hear("first")
    await person.send("second")

    async with listening(bot, ears.feed):
        await ears.hear("second")

    assert ears.heard == ["first", "second"]


async def test_a_killed_process_gets_what_it_had_not_handled_again(
    bot: Bot, ears: Ears, person: Person
) -> None:
    ears.hold["tap"] = asyncio.Event()
    await person.send("tap")
    async with listening(bot, ears.feed, kill=True):
        await asyncio.sleep(0.05)  # fetched, under way, not handled
    assert ears.heard == []
    ears.hold.clear()

    async with listening(bot, ears.feed):
        await ears.hear("tap")

    assert ears.heard == ["tap"]


async def test_a_failing_update_does_not_stop_the_rest(
    bot: Bot, ears: Ears, person: Person
) -> None:
    ears.fail.add("bad")

    async with listening(bot, ears.feed):
        await person.send("bad")
        await person.send("good")
        await ears.hear("good")


@pytest.mark.parametrize("fault", ["too_many", "error", "garbage", "away"])
async def test_a_telegram_out_of_order_is_waited_for(
    bot: Bot, ears: Ears, person: Person, sandbox: Sandbox, fault: str
) -> None:
    more = {"too_many": {"retry_after": 1}, "error": {"status": 502}}.get(fault, {})
    sandbox.fail(fault, "getUpdates", times=1, **more)

    async with listening(bot, ears.feed):
        await person.send("hello")
        await ears.hear("hello")


async def test_an_invalid_token_ends_it(settings: Settings, ears: Ears) -> None:
    bot = Bot("42:" + "B" * 35, session=make_bot(settings).session)

    with pytest.raises(TelegramUnauthorizedError):
        await Intake(bot, ears.feed, allowed=["message"]).run()
    await bot.session.close()
