"""Updates reach the bot by long polling or by webhook, each until it is confirmed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiohttp import web

from scripts.sandbox import Person, Sandbox
from tests.sandbox.conftest import connect


async def test_an_update_comes_again_until_the_offset_confirms_it(bot: Bot, person: Person) -> None:
    await person.send("бір")
    await person.send("екі")
    first = await bot.get_updates(limit=1)
    assert [update.message.text for update in first if update.message] == ["бір"]
    assert await bot.get_updates(limit=1) == first
    second = await bot.get_updates(offset=first[0].update_id + 1)
    assert [update.message.text for update in second if update.message] == ["екі"]
    assert await bot.get_updates(offset=second[0].update_id + 1) == []


async def test_a_negative_offset_forgets_all_but_the_last(bot: Bot, person: Person) -> None:
    for text in ("бір", "екі", "үш"):
        await person.send(text)
    last = await bot.get_updates(offset=-1)
    assert [update.message.text for update in last if update.message] == ["үш"]
    assert await bot.get_updates() == last


async def test_a_poll_waits_for_news_and_ends_empty(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    assert await bot.get_updates(timeout=1) == []
    waiting = asyncio.create_task(bot.get_updates(timeout=10))
    await sandbox.state.updates.waited_for.wait()
    await person.send("жаңалық")
    assert len(await waiting) == 1


async def test_of_two_pollers_the_first_is_sent_away(sandbox: Sandbox, bot: Bot) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=10))
    await sandbox.state.updates.waited_for.wait()
    async with connect(sandbox) as second:
        assert await second.get_updates() == []
    with pytest.raises(
        TelegramConflictError,
        match="Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running",
    ):
        await waiting


async def test_the_bot_chooses_the_kinds_of_updates(bot: Bot, person: Person) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await person.send("керек емес")
    button = InlineKeyboardButton(text="a", callback_data="a")
    keys = InlineKeyboardMarkup(inline_keyboard=[[button]])
    await bot.send_message(person.id, "a", reply_markup=keys)
    await person.click("a")
    updates = await bot.get_updates()
    assert [update.event_type for update in updates] == ["callback_query"]


class Receiver:
    """A webhook that answers as the test says."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[tuple[str, str | None]] = asyncio.Queue()
        self.answers: list[tuple[int, dict[str, Any] | None]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.received.put_nowait((update["message"]["text"], secret))
        status, body = self.answers.pop(0) if self.answers else (200, None)
        return web.json_response(body, status=status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_a_webhook_gets_each_update_with_the_secret(
    bot: Bot, person: Person, receiver: Receiver
) -> None:
    await bot.set_webhook(receiver.url, secret_token="s3cret_")
    await person.send("бір")
    assert await receiver.received.get() == ("бір", "s3cret_")
    info = await bot.get_webhook_info()
    assert info.url == receiver.url
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == []


async def test_a_webhook_that_fails_gets_the_update_again(
    bot: Bot, person: Person, receiver: Receiver
) -> None:
    receiver.answers = [(500, None), (403, None)]
    await bot.set_webhook(receiver.url)
    await person.send("бір")
    assert [(await receiver.received.get())[0] for _ in range(3)] == ["бір", "бір", "бір"]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"


async def test_a_webhook_may_answer_with_a_method(
    bot: Bot, person: Person, receiver: Receiver
) -> None:
    receiver.answers = [(200, {"method": "sendMessage", "chat_id": person.id, "text": "жауап"})]
    await bot.set_webhook(receiver.url)
    await person.send("бір")
    await person.expect("жауап")


async def test_a_webhook_ends_the_polling_and_may_drop_what_waits(
    bot: Bot, sandbox: Sandbox, person: Person, receiver: Receiver
) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=10))
    await sandbox.state.updates.waited_for.wait()
    await bot.set_webhook(receiver.url)
    with pytest.raises(TelegramConflictError, match="terminated by setWebhook request"):
        await waiting
    await bot.delete_webhook()
    await person.send("ұмытылады")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == []


async def test_a_webhook_needs_tls_and_a_plain_secret(bot: Bot) -> None:
    with pytest.raises(TelegramBadRequest, match="HTTPS url must be provided for webhook"):
        await bot.set_webhook("http://ules.kz/hook")
    with pytest.raises(TelegramBadRequest, match="unallowed characters"):
        await bot.set_webhook("https://ules.kz/hook", secret_token="құпия")
