"""A sandbox and an aiogram bot that speaks to it over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from scripts.sandbox import Person, Sandbox

TOKEN = "42:token"


class MovedClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, step: timedelta) -> None:
        self.moment += step


@pytest.fixture
def telegram_clock() -> MovedClock:
    """What the sandbox dates its messages by."""
    return MovedClock()


@pytest.fixture
async def sandbox(telegram_clock: MovedClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(token=TOKEN, now=telegram_clock, advance=telegram_clock.advance) as sandbox:
        yield sandbox


@asynccontextmanager
async def connect(
    sandbox: Sandbox, token: str = TOKEN, parse_mode: str | None = None
) -> AsyncIterator[Bot]:
    """A bot with the real session."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))
    bot = Bot(token, session=session, default=DefaultBotProperties(parse_mode=parse_mode))
    try:
        yield bot
    finally:
        # aiogram's own close() waits a quarter of a second for TLS that is not there
        if session._session is not None:
            await session._session.close()


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with connect(sandbox) as bot:
        yield bot


@pytest.fixture
async def person(sandbox: Sandbox) -> Person:
    """Somebody who has pressed Start."""
    person = sandbox.person("Айгерім Сәдуақас", language_code="kk", username="aigerim")
    await person.start()
    sandbox.state.updates.pending.clear()
    return person


Serve = Callable[[Dispatcher], Awaitable[None]]


@pytest.fixture
async def serve(bot: Bot) -> AsyncIterator[Serve]:
    """Polls with a dispatcher until the test ends."""
    running: list[tuple[Dispatcher, asyncio.Task[None]]] = []

    async def begin(dispatcher: Dispatcher) -> None:
        task = asyncio.create_task(
            dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
        )
        running.append((dispatcher, task))

    yield begin
    for dispatcher, task in running:
        with suppress(RuntimeError):
            await dispatcher.stop_polling()
        await task
