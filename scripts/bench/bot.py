"""What an update costs on its way through the whole bot, beside a bare aiogram dispatcher.

python -m scripts.bench.bot [--rounds 7] [--seconds 20] [--json FILE]

The bot is whole: every middleware, conversation and screen, on a real SQLite file with the measured
market. Telegram is replaced by a session that answers at once. The reference is a dispatcher with
one handler that reacts with the same two calls (it answers the tap and edits the message); the two
take turns in one process, and what is published are ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from aiogram import Bot, Dispatcher, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageMedia,
    EditMessageText,
    GetMe,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject, User

from bot.app import CONVERSATIONS, make_dispatcher
from bot.background import Background
from bot.callbacks.broadcasts import BroadcastMute
from bot.callbacks.people import Help
from bot.commands import CommandMenus
from bot.http_client import HttpClient
from bot.incidents import Incidents
from bot.middlewares.throttle import Throttle
from bot.secret_box import SecretBox
from bot.settings import load_settings
from bot.switchboard import Switchboard
from core.ids import PersonId
from core.people import Actor, Locale
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts.bench import market
from scripts.bench.machine import circumstances, publish
from scripts.bench.record import FILE

TOKEN: Final = "42:" + "A" * 35
READER: Final = next(iter(market.CREATORS))
BLOCK: Final = 200  # updates in one turn
WARM: Final = 100  # updates before anything is measured
PER_SECOND: Final = 20  # updates of the load
QUANTILES: Final = (0.50, 0.95, 0.99)

_ME: Final = User(id=42, is_bot=True, first_name="Üles", username="ules_bot")
_SENT: Final = Message(
    message_id=1, date=market.NOON, chat=Chat(id=READER, type="private"), from_user=_ME, text="x"
)

Update = dict[str, Any]
Feed = Callable[[Update], Awaitable[Any]]


class InstantTelegram(BaseSession):
    """A session that answers at once; it notes when the first call after `mark` left."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.left_at: float | None = None

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's name
    ) -> Any:
        """A plausible answer."""
        if self.left_at is None:
            self.left_at = time.perf_counter()
        self.calls += 1
        match method:
            case SendMessage() | SendPhoto() | SendDocument() | EditMessageText():
                return _SENT
            case EditMessageMedia():
                return _SENT
            case GetMe():
                return _ME
            case AnswerCallbackQuery():
                return True
        return True

    async def close(self) -> None:
        """Nothing is open."""

    async def stream_content(self, *_: Any, **__: Any) -> AsyncGenerator[bytes, None]:
        """No file is here."""
        yield b""


class Numbers:
    """Update ids, none of them twice."""

    def __init__(self) -> None:
        self._last = 0

    def of(self, update: Update) -> Update:
        """The update under a number of its own."""
        self._last += 1
        return {**update, "update_id": self._last}


def tap(data: CallbackData, *, person: int = READER) -> Update:
    """A tap of a creator on a message of the bot."""
    someone = {"id": person, "is_bot": False, "first_name": f"P{person}", "language_code": "kk"}
    chat = {"id": person, "type": "private", "first_name": f"P{person}"}
    message = {
        "message_id": 2,
        "date": int(market.NOON.timestamp()),
        "chat": chat,
        "from": {"id": 42, "is_bot": True, "first_name": "Üles", "username": "ules_bot"},
        "text": "x",
    }
    query = {
        "id": "1",
        "from": someone,
        "message": message,
        "chat_instance": "1",
        "data": data.pack(),
    }
    return {"callback_query": query}


async def timed(feed: Feed, updates: Sequence[Update], numbers: Numbers) -> list[float]:
    """Seconds that each update took."""
    taken = []
    for update in updates:
        fresh = numbers.of(update)
        begun = time.perf_counter()
        await feed(fresh)
        taken.append(time.perf_counter() - begun)
    return taken


async def compared(
    feed: Feed,
    updates: Sequence[Update],
    bare: Feed,
    reference: Sequence[Update],
    rounds: int,
    numbers: Numbers,
) -> dict[str, Any]:
    """Both in turns, the first turn dropped: microseconds and ratios by quantile."""
    own: list[float] = []
    other: list[float] = []
    ratios = []
    for turn in range(rounds + 1):
        gc.collect()
        first = await timed(feed, updates, numbers)
        second = await timed(bare, reference, numbers)
        if turn:
            own += first
            other += second
            ratios.append(statistics.median(first) / statistics.median(second))
    ours, theirs = quantiles(own), quantiles(other)
    return {
        "us": {name: round(value * 1e6) for name, value in ours.items()},
        "bare_us": {name: round(value * 1e6) for name, value in theirs.items()},
        "ratio": round(statistics.median(ratios), 2),
        "spread": [round(min(ratios), 2), round(max(ratios), 2)],
        "ratios": {name: round(ours[name] / theirs[name], 2) for name in ours},
    }


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99."""
    ordered = sorted(values)
    return {
        f"p{round(part * 100)}": ordered[min(len(ordered) - 1, int(len(ordered) * part))]
        for part in QUANTILES
    }


# --- the bare dispatcher, and routing alone ------------------------------------------------------


def bare_dispatcher() -> Dispatcher:
    """One handler, which reacts with the calls that a screen takes."""
    dispatcher = Dispatcher(disable_fsm=True, events_isolation=SimpleEventIsolation())

    async def react(query: CallbackQuery) -> None:
        assert isinstance(query.message, Message)
        await query.answer()
        await query.message.edit_text("x")

    dispatcher.callback_query.register(react)
    return dispatcher


def silent_board(*, whole: bool) -> Dispatcher:
    """All routes of the product, or one, with handlers that do nothing."""

    async def nothing(event: TelegramObject) -> None:
        return None

    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher["actor"] = Actor(id=PersonId(1), telegram_id=READER, locale=Locale.KK)
    routers = []
    for conversation in CONVERSATIONS if whole else ():
        known, silent = conversation.setup(), Router()
        for name in ("message", "callback_query"):
            for handler in known.observers[name].handlers:
                filters = [one.callback for one in handler.filters or ()]
                silent.observers[name].register(nothing, *filters)
        routers.append(silent)
    if not whole:
        only = Router()
        only.callback_query.register(nothing, Help.filter())
        routers.append(only)
    dispatcher.include_router(Switchboard(routers))
    return dispatcher


# --- the whole bot -------------------------------------------------------------------------------


class Whole:
    """The product's dispatcher on a seeded database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.telegram = InstantTelegram()
        self.bot = Bot(
            TOKEN, session=self.telegram, default=DefaultBotProperties(parse_mode="HTML")
        )

    async def open(self) -> None:
        """Make the market and the dispatcher."""
        settings = load_settings(
            _env_file=None,
            bot_token=TOKEN,
            database_url=f"sqlite+aiosqlite:///{self._folder / 'ules.db'}",
            data_dir=self._folder,
            admin_ids=str(market.ADMIN),
            secret_key="k" * 40,
            operator_name=market.OPERATOR,
            operator_bin="180540000002",
        )
        self.engine = create_engine(settings.database_url)
        await migrations.upgrade(self.engine)
        new_uow = unit_of_work_factory(self.engine)
        await market.build(new_uow, self._folder)
        incidents = Incidents(self.bot, settings.admin_ids)
        self.fetch = HttpClient(allowed=())
        self.dispatcher = make_dispatcher(
            settings,
            new_uow=new_uow,
            clock=market.clock,
            box=SecretBox.from_setting(settings.secret_key.get_secret_value()),
            incidents=incidents,
            menus=CommandMenus(),
            throttle=Throttle(burst=1_000_000),
            fetch=self.fetch,
            background=Background(incidents.report),
            bot_username="ules_bot",
        )

    async def feed(self, update: Update) -> None:
        """One raw update, as an intake gets it."""
        await self.dispatcher.feed_raw_update(self.bot, update)

    async def close(self) -> None:
        """Let go of the database."""
        await self.fetch.close()
        await self.engine.dispose()


async def replayed(whole: Whole, updates: Sequence[Update], numbers: Numbers) -> dict[str, Any]:
    """The recorded mix, one update after the other."""
    taken: list[float] = []
    begun = time.perf_counter()
    for _ in range(3):
        taken += await timed(whole.feed, updates, numbers)
    seconds = time.perf_counter() - begun
    return {
        "updates": len(taken),
        "per_second": round(len(taken) / seconds),
        "us": {name: round(value * 1e6) for name, value in quantiles(taken).items()},
    }


async def loaded(
    whole: Whole, updates: Sequence[Update], seconds: float, numbers: Numbers
) -> dict[str, Any]:
    """Twenty updates a second: how long until the first reaction leaves, in milliseconds."""
    waits: list[float] = []
    begun = time.perf_counter()
    for number in range(int(seconds * PER_SECOND)):
        due = begun + number / PER_SECOND
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        whole.telegram.left_at = None
        await whole.feed(numbers.of(updates[number % len(updates)]))
        if whole.telegram.left_at is not None:
            waits.append(whole.telegram.left_at - due)
    return {
        "per_second": PER_SECOND,
        "updates": len(waits),
        "reaction_ms": {name: round(at * 1e3, 1) for name, at in quantiles(waits).items()},
    }


async def measure(folder: Path, rounds: int, seconds: float) -> dict[str, Any]:
    """Everything, in one process."""
    whole = Whole(folder)
    await whole.open()
    numbers = Numbers()
    bare, routes, one = bare_dispatcher(), silent_board(whole=True), silent_board(whole=False)

    async def feed_bare(update: Update) -> None:
        await bare.feed_raw_update(whole.bot, update)

    async def feed_routes(update: Update) -> None:
        await routes.feed_raw_update(whole.bot, update)

    async def feed_one(update: Update) -> None:
        await one.feed_raw_update(whole.bot, update)

    recorded = json.loads(FILE.read_text("utf-8"))
    reading = [tap(Help())] * BLOCK
    writing = [tap(BroadcastMute(muted=turn % 2 == 0)) for turn in range(BLOCK)]
    try:
        await timed(whole.feed, [*reading[:WARM], *writing[:WARM], *recorded[:WARM]], numbers)
        return {
            "read": await compared(whole.feed, reading, feed_bare, reading, rounds, numbers),
            "write": await compared(whole.feed, writing, feed_bare, reading, rounds, numbers),
            "routing": await compared(feed_routes, reading, feed_one, reading, rounds, numbers),
            "mix": await replayed(whole, recorded, numbers),
            "load": await loaded(whole, recorded, seconds, numbers),
        }
    finally:
        await whole.close()


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    seen = circumstances()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measure(Path(folder), given.rounds, given.seconds))
    publish({**seen, **result}, given.json)


if __name__ == "__main__":
    main()
