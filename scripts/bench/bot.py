"""What an update costs on its way through the whole bot, beside a bare aiogram dispatcher.

python -m scripts.bench.bot [--rounds 60] [--seconds 20] [--json FILE]

The bot is whole: every middleware, conversation and screen, on a real SQLite file with the measured
market. Telegram is replaced by a session that answers at once. The reference is a dispatcher with
one handler that reacts with the same two calls (it answers the tap and edits the message). All
sides take short turns in one process; a ratio is the median of the turns' ratios. Next to the time
that passed stands the processor's, which does not count what other programs of the machine took.

What is measured, by what is asked of the database: a tap for which nobody but the actor is read
(/help), one whose use case reads once more, one whose use case writes once. What the disk costs is
measured beside it: the same UPDATE in a transaction of its own by the bare driver, alone and in the
handler of a bare dispatcher.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiogram import Bot, Dispatcher, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.filters.callback_data import CallbackData
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
from bot.collector import leave_alone_what_stays
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
from db.sqlite_connection import PRAGMAS
from db.uow import unit_of_work_factory
from scripts.bench import demo_market
from scripts.bench.machine import circumstances, publish
from scripts.bench.record import FILE

TOKEN: Final = "42:" + "A" * 35
READER: Final = next(iter(demo_market.CREATORS))
TURN: Final = 20  # updates in one turn
WARM: Final = 200  # updates of each kind before anything is measured
PER_SECOND: Final = 20  # updates of the load
QUANTILES: Final = (0.50, 0.95, 0.99)

_ME: Final = User(id=42, is_bot=True, first_name="Üles", username="ules_bot")
_SENT: Final = Message(
    message_id=1,
    date=demo_market.NOON,
    chat=Chat(id=READER, type="private"),
    from_user=_ME,
    text="x",
)

Update = dict[str, Any]
Feed = Callable[[Update], Awaitable[Any]]


@dataclass(slots=True)
class Reaction:
    """When the first call for an update left (perf_counter), if one has."""

    at: float | None = None


_reaction: ContextVar[Reaction | None] = ContextVar("reaction", default=None)


class InstantTelegram(BaseSession):
    """A session that answers at once; it notes when the first call for an update leaves."""

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109 - aiogram's name
    ) -> Any:
        """A plausible answer."""
        reaction = _reaction.get()
        if reaction is not None and reaction.at is None:
            reaction.at = time.perf_counter()
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
        "date": int(demo_market.NOON.timestamp()),
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


@dataclass(slots=True)
class Side:
    """One of those that are compared."""

    feed: Feed
    updates: Sequence[Update]
    wall: list[float] = field(default_factory=list)  # seconds of each update
    medians: list[float] = field(default_factory=list)  # of each turn
    cpu: list[float] = field(default_factory=list)  # seconds for one update, by turn

    async def turn(self, number: int, numbers: Numbers) -> None:
        """Feed the next few."""
        begin = number * TURN % len(self.updates)
        before = time.process_time()
        taken = await timed(self.feed, self.updates[begin : begin + TURN], numbers)
        self.cpu.append((time.process_time() - before) / len(taken))
        self.wall += taken
        self.medians.append(statistics.median(taken))

    def forget(self) -> None:
        """What was measured while warming up."""
        self.wall, self.medians, self.cpu = [], [], []

    def microseconds(self) -> dict[str, int]:
        """p50, p95, p99 of the time that passed, and the median of the processor's."""
        passed = {name: round(value * 1e6) for name, value in quantiles(self.wall).items()}
        return {**passed, "cpu": round(statistics.median(self.cpu) * 1e6)}


async def alternated(sides: Sequence[Side], rounds: int, numbers: Numbers) -> None:
    """All sides in short turns, after the first of them to be warm."""
    for side in sides:
        for number in range(WARM // TURN):
            await side.turn(number, numbers)
        side.forget()
    gc.collect()
    for number in range(rounds):
        for side in sides:
            await side.turn(number, numbers)


def ratios(ours: Side, reference: Side) -> dict[str, Any]:
    """How many times the reference: by the time that passed, half of the turns lie within `half`.

    `cpu` is the same by the processor's time.
    """
    wall = [own / other for own, other in zip(ours.medians, reference.medians, strict=True)]
    cpu = [own / other for own, other in zip(ours.cpu, reference.cpu, strict=True)]
    low, middle, high = statistics.quantiles(wall, n=4)
    return {
        "wall": round(middle, 2),
        "half": [round(low, 2), round(high, 2)],
        "cpu": round(statistics.median(cpu), 2),
    }


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95 and p99."""
    ordered = sorted(values)
    return {
        f"p{round(part * 100)}": ordered[min(len(ordered) - 1, int(len(ordered) * part))]
        for part in QUANTILES
    }


# --- the bare dispatcher, and routing alone ------------------------------------------------------


def bare_dispatcher(**options: Any) -> Dispatcher:
    """One handler, which reacts with the calls that a screen takes; without options as it comes."""
    dispatcher = Dispatcher(**options)

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
        self.file = folder / "ules.db"
        self.bot = Bot(
            TOKEN, session=InstantTelegram(), default=DefaultBotProperties(parse_mode="HTML")
        )

    async def open(self) -> None:
        """Make the market and the dispatcher."""
        settings = load_settings(
            _env_file=None,
            bot_token=TOKEN,
            database_url=f"sqlite+aiosqlite:///{self.file}",
            data_dir=self._folder,
            admin_ids=str(demo_market.ADMIN),
            secret_key="k" * 40,
            operator_name=demo_market.OPERATOR,
            operator_bin="180540000002",
        )
        self.engine = create_engine(settings.database_url)
        await migrations.upgrade(self.engine)
        new_uow = unit_of_work_factory(self.engine)
        await demo_market.build(new_uow, self._folder)
        incidents = Incidents(self.bot, settings.admin_ids)
        self.fetch = HttpClient(allowed=())
        self.dispatcher = make_dispatcher(
            settings,
            new_uow=new_uow,
            clock=demo_market.clock,
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
    begun, before = time.perf_counter(), time.process_time()
    for _ in range(3):
        taken += await timed(whole.feed, updates, numbers)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - before
    return {
        "updates": len(taken),
        "per_second": round(len(taken) / seconds),
        "us": {
            **{name: round(value * 1e6) for name, value in quantiles(taken).items()},
            "cpu": round(cpu / len(taken) * 1e6),
        },
    }


async def loaded(
    feed: Feed, updates: Sequence[Update], seconds: float, numbers: Numbers
) -> dict[str, Any]:
    """Twenty updates a second, none waiting for another: milliseconds until a reaction leaves."""
    waits: list[float] = []

    async def one(update: Update, due: float) -> None:
        reaction = Reaction()
        _reaction.set(reaction)
        await feed(numbers.of(update))
        if reaction.at is not None:
            waits.append(reaction.at - due)

    begun = time.perf_counter()
    before = time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds * PER_SECOND)):
            due = begun + number / PER_SECOND
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            group.create_task(one(updates[number % len(updates)], due))
    return {
        "per_second": PER_SECOND,
        "updates": len(waits),
        "reaction_ms": {name: round(at * 1e3, 1) for name, at in quantiles(waits).items()},
        "processor": round((time.process_time() - before) / seconds, 3),  # of one
    }


class BareWrite:
    """What `mute_broadcasts` does to the database, by the bare driver."""

    def __init__(self, file: Path) -> None:
        self._raw = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
            self._raw.execute(f"PRAGMA {pragma}")
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._muted = False

    def run(self) -> None:
        """Change a row, and wait for the disk."""
        self._muted = not self._muted
        self._raw.execute("BEGIN IMMEDIATE")
        self._raw.execute(
            "UPDATE people SET broadcasts_muted = ? WHERE telegram_id = ?",
            (self._muted, READER + 1),
        )
        self._raw.execute("COMMIT")

    async def feed(self, _: Update) -> None:
        """By itself."""
        self.run()

    def dispatcher(self) -> Dispatcher:
        """A bare dispatcher whose handler writes, beside the event loop, and then reacts."""
        dispatcher = Dispatcher()

        async def react(query: CallbackQuery) -> None:
            assert isinstance(query.message, Message)
            await asyncio.get_running_loop().run_in_executor(self._thread, self.run)
            await query.answer()
            await query.message.edit_text("x")

        dispatcher.callback_query.register(react)
        return dispatcher

    def close(self) -> None:
        """Let go of the database."""
        self._thread.shutdown()
        self._raw.close()


async def measure(folder: Path, rounds: int, seconds: float) -> dict[str, Any]:
    """Everything, in one process."""
    whole = Whole(folder)
    await whole.open()
    numbers = Numbers()

    def of(dispatcher: Dispatcher) -> Feed:
        async def feed(update: Update) -> None:
            await dispatcher.feed_raw_update(whole.bot, update)

        return feed

    recorded = json.loads(FILE.read_text("utf-8"))
    helping = [tap(Help())] * TURN
    reading = [tap(BroadcastMute())] * TURN
    writing = [tap(BroadcastMute(muted=turn % 2 == 0)) for turn in range(TURN)]
    write = BareWrite(whole.file)
    bare = Side(of(bare_dispatcher()), helping)
    barest = Side(of(bare_dispatcher(disable_fsm=True)), helping)
    known = Side(whole.feed, helping)
    read = Side(whole.feed, reading)
    written = Side(whole.feed, writing)
    floor = Side(write.feed, writing)
    bare_writing = Side(of(write.dispatcher()), helping)
    every = Side(of(silent_board(whole=True)), helping)
    one = Side(of(silent_board(whole=False)), helping)
    try:
        leave_alone_what_stays()  # as the program does when it is up
        sides = (bare, known, barest, read, every, one, floor, bare_writing, written)
        await alternated(sides, rounds, numbers)
        await timed(whole.feed, recorded, numbers)
        return {
            "us": {
                "bare": bare.microseconds(),
                "bare, without states": barest.microseconds(),
                "the actor alone": known.microseconds(),
                "one read": read.microseconds(),
                "one write": written.microseconds(),
                "bare, with the write": bare_writing.microseconds(),
                "the write itself": floor.microseconds(),
                "all routes": every.microseconds(),
                "one route": one.microseconds(),
            },
            "times bare": {
                "the actor alone": ratios(known, bare),
                "one read": ratios(read, bare),
                "one write": ratios(written, bare),
            },
            "times bare, without states": {
                "the actor alone": ratios(known, barest),
                "one read": ratios(read, barest),
                "one write": ratios(written, barest),
            },
            "one write to a bare dispatcher that writes": ratios(written, bare_writing),
            "routing": ratios(every, one),
            "mix": await replayed(whole, recorded, numbers),
            "under_load": await loaded(whole.feed, recorded, seconds, numbers),
            "under_load_bare": await loaded(bare.feed, helping, seconds, numbers),
        }
    finally:
        write.close()
        await whole.close()


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
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
