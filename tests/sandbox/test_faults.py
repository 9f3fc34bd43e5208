"""Faults on demand: what the bot meets when Telegram is unwell."""

import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiohttp import ClientSession

from scripts.sandbox import FaultKind, Person, Sandbox


async def test_too_many_requests_names_the_seconds(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    sandbox.fail("too_many", "sendMessage", times=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as caught:
            await bot.send_message(person.id, "a")
        assert caught.value.retry_after == 7
    await bot.send_message(person.id, "a")
    assert sandbox.delivered(person) == 1


async def test_server_errors_and_a_gateway_that_answers_in_html(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    sandbox.fail(FaultKind.ERROR, "sendMessage", status=502)
    with pytest.raises(TelegramServerError, match="Bad Gateway"):
        await bot.send_message(person.id, "a")
    sandbox.fail(FaultKind.GARBAGE)
    with pytest.raises(ClientDecodeError):
        await bot.send_message(person.id, "a")
    assert sandbox.delivered() == 0


async def test_an_answer_lost_after_the_message_was_delivered(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    sandbox.fail("lost", "sendMessage")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(person.id, "a")
    assert sandbox.delivered(person) == 1


async def test_telegram_that_is_away_delivers_nothing(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    sandbox.fail("away", times=3)
    for _ in range(2):
        with pytest.raises(TelegramNetworkError):
            await bot.send_message(person.id, "a")
    assert sandbox.delivered() == 0
    sandbox.heal()
    await bot.send_message(person.id, "a")


async def test_a_slow_answer_may_time_out_although_the_message_arrives(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    sandbox.fail("slow", "sendMessage", seconds=0.2)
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await bot.send_message(person.id, "кеш", request_timeout=0.1)  # type: ignore[arg-type]
    await person.expect("кеш")


async def test_faults_may_be_for_one_chat_and_spare_the_polling(
    bot: Bot, sandbox: Sandbox, person: Person
) -> None:
    other = sandbox.person("Басқа")
    await other.start()
    sandbox.fail("error", chat_id=other.id)
    await bot.get_updates()
    await bot.send_message(person.id, "a")
    with pytest.raises(TelegramServerError):
        await bot.send_message(other.id, "a")


async def test_the_page_can_order_faults_too(bot: Bot, sandbox: Sandbox, person: Person) -> None:
    async with ClientSession() as session:
        url = f"{sandbox.url}/sandbox/faults"
        fault = {"kind": "error", "method": "sendMessage", "times": 5}
        async with session.post(url, json=fault) as response:
            assert response.status == 200
        with pytest.raises(TelegramServerError):
            await bot.send_message(person.id, "a")
        async with session.post(url, json={"kind": "earthquake"}) as response:
            assert response.status == 400
        async with session.delete(url) as response:
            assert response.status == 200
    await bot.send_message(person.id, "a")


async def test_the_sandbox_closes_at_once_while_a_bot_is_polling() -> None:
    async with asyncio.timeout(3), ClientSession() as session:
        async with Sandbox() as sandbox:
            url = f"{sandbox.url}/bot{sandbox.token}/getUpdates?timeout=50"
            waiting = asyncio.create_task(session.get(url))
            await sandbox.state.updates.waited_for.wait()
        answer = await waiting
        assert await answer.json() == {"ok": True, "result": []}
