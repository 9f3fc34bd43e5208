"""The whole bot in one process: people act, every handler that answers is noted, time can go back.

Thousands of taps are walked here, so nothing crosses a network; the local Telegram is as strict as
over HTTP. A snapshot of the database makes every tap start from where its screen was shown.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.types import LinkPreviewOptions, Update

from bot.app import make_dispatcher
from bot.background import Background
from bot.commands import CommandMenus
from bot.i18n import translator
from bot.incidents import Incidents
from bot.middlewares.throttle import Throttle
from bot.receipt_pictures import ReceiptReader
from bot.reply import send
from bot.run_desk import RunDesk
from bot.screens.notifications import note
from bot.secret_box import SecretBox
from bot.settings import Settings, load_settings
from bot.switchboard import Switchboard
from bot.telegram_eyes import Eyes
from bot.vitals import Vitals
from core.errors import SourceUnavailable
from core.fetch import FetchRequest, FetchResponse
from core.notifications import Delivery, NoteKind
from core.people import Locale
from core.ports import UnitOfWorkFactory
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts.sandbox import Person, SandboxPerson
from scripts.sandbox.session import DirectSession
from scripts.sandbox.state import Body, Output, State

log = logging.getLogger(__name__)

OPERATOR = 5_000_001  # Telegram id of the operator's first staff


class Clock:
    """Stands still unless it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        """Move on by a timedelta's keywords."""
        self.now += timedelta(**step)


@dataclass(slots=True)
class Answer:
    """What one action brought about: who handled it, and what the person saw."""

    handlers: list[str] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    unanswered: int = 0

    @property
    def refused(self) -> bool:
        """Whether it was refused in words, or taken for a button that nobody knows."""
        return any(name in REFUSALS for name in self.handlers)

    @property
    def broken(self) -> bool:
        """Whether the program apologised for itself."""
        return "errors.break_down" in self.handlers


REFUSALS = frozenset({"errors.refuse", "fallback.old_button", "fallback.stray_message"})


def name_of(callback: Callable[..., Any]) -> str:
    """A handler's module and name, such as `wallet.withdraw`."""
    return f"{callback.__module__.rpartition('.')[2]}.{callback.__name__}"


class House:
    """A dispatcher with every conversation on a database file, and the people around it."""

    def __init__(self, database: Path, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self._engine = create_engine(f"sqlite+aiosqlite:///{database}")
        self.new_uow: UnitOfWorkFactory = unit_of_work_factory(self._engine)
        self.settings = _settings(database, folder)
        self.box = SecretBox.from_setting(self.settings.secret_key.get_secret_value())
        self.state = State(
            token=self.settings.bot_token.get_secret_value(),
            bot_username="ules_bot",
            people=(),
            now=clock,
            answer=_nobody,
            retry_seconds=1.0,
        )
        self.bot = Bot(
            self.state.token,
            session=DirectSession(self.state),
            default=DefaultBotProperties(
                parse_mode="HTML", link_preview=LinkPreviewOptions(is_disabled=True)
            ),
        )
        incidents = Incidents(self.bot, ())
        background = Background(incidents.report)
        self.dispatcher = make_dispatcher(
            self.settings,
            new_uow=self.new_uow,
            clock=clock,
            box=self.box,
            incidents=incidents,
            menus=CommandMenus(),
            throttle=Throttle(burst=10_000_000),
            fetch=_nothing_out_there,
            background=background,
            run_desk=RunDesk(self.bot, self.new_uow, clock, self.box, background, incidents.report),
            bot_username="ules_bot",
            vitals=Vitals(clock),
            eyes=Eyes(self.bot),
            receipt_reader=ReceiptReader(),
        )
        self.known = _traced(self.dispatcher, self._note)
        self._database = sqlite3.connect(database)
        self._called: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()
        await self._engine.dispose()

    @property
    def commands(self) -> list[str]:
        """Every command that somebody answers."""
        return [f"/{name}" for name in sorted(_switchboard(self.dispatcher).commands)]

    def person(self, name: str, telegram_id: int, language_code: str = "kk") -> Person:
        """Somebody in front of a Telegram client that has started the bot."""
        profile = SandboxPerson(
            telegram_id=telegram_id, name=name, language_code=language_code, phone="+77010000000"
        )
        self.state.add_person(profile).started = True
        return Person(self.state, profile)

    async def answer(self) -> Answer:
        """Let the bot handle what people have done; what they had seen before is forgotten."""
        self._called.clear()
        self.state.outputs.clear()
        pending = self.state.updates.pending
        while pending:
            update = Update.model_validate(pending.popleft(), context={"bot": self.bot})
            try:
                await self.dispatcher.feed_update(self.bot, update)
            except Exception:
                log.exception("a walk found a bug")  # the answer says that it broke
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        unanswered = sum(not callback.answered for callback in self.state.callbacks.values())
        self.state.callbacks.clear()
        return Answer(list(self._called), list(self.state.outputs), unanswered)

    async def tap(self, person: Person, data: str, body: Body | None = None) -> Answer:
        """The person taps a button with these data under a message like this one."""
        chat = person.chat
        chat.posts.clear()
        shown = body or {"text": "…"}
        kept = {key: value for key, value in shown.items() if key not in _OWN_FIELDS}
        post = self.state.post(chat, kept, outgoing=True)
        await person.tap(data, message=None if post.deleted else person.last)
        return await self.answer()

    async def send(self, person: Person, text: str) -> Answer:
        """The person writes a message."""
        person.chat.posts.clear()
        await person.send(text)
        return await self.answer()

    async def notes(self, person: Person) -> Answer:
        """Everything that waits to be told to the person arrives, each note by itself."""
        self.state.outputs.clear()
        waiting = self._database.execute(
            "SELECT o.id, o.kind, o.facts, p.locale FROM outbox o JOIN people p"
            " ON p.id = o.person_id WHERE p.telegram_id = ? ORDER BY o.id",
            (person.id,),
        ).fetchall()
        for number, kind, facts, locale in waiting:
            delivery = Delivery(
                id=number,
                telegram_id=person.id,
                locale=locale,
                kind=NoteKind(kind),
                facts=json.loads(facts),
                attempts=1,
                created_at=self.clock(),
            )
            screen = note(translator(Locale(locale)), delivery)
            await send(self.bot, person.id, screen, keep=True)
        return Answer(["delivery"], list(self.state.outputs))

    # time that goes back

    @property
    def changes(self) -> int:
        """A number that differs after anybody has written to the database."""
        version: int = self._database.execute("PRAGMA data_version").fetchone()[0]
        return version

    def snapshot(self) -> sqlite3.Connection:
        """The database as it is now, in memory."""
        copy = sqlite3.connect(":memory:")
        self._database.backup(copy)
        return copy

    def restore(self, snapshot: sqlite3.Connection) -> None:
        """Make the database what it was."""
        snapshot.backup(self._database)

    def rows(self, *without: str) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table but the named ones."""
        tables = self._database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: sorted(self._database.execute(f'SELECT * FROM "{name}"'), key=repr)
            for (name,) in tables
            if name not in without
        }

    def form(self, person: Person) -> tuple[str | None, str]:
        """The state that the person is in, and what is half-filled."""
        found = self._database.execute(
            "SELECT state, data FROM fsm WHERE key = ?", (f"{person.id}:{person.id}",)
        ).fetchone()
        return (found[0], found[1]) if found else (None, "{}")

    def _note(self, name: str) -> None:
        self._called.append(name)


_OWN_FIELDS = frozenset({"message_id", "date", "chat", "from", "edit_date"})


async def _nobody(_: Any) -> None:
    """No webhook is set here."""


async def _nothing_out_there(request: FetchRequest) -> FetchResponse:
    raise SourceUnavailable("server_error")


def _traced(dispatcher: Dispatcher, note: Callable[[str], None]) -> frozenset[str]:
    """Let every handler tell its name when it is called; returns the names of all."""
    names = set()
    for observer in _switchboard(dispatcher).observers.values():
        for handler in observer.handlers:
            names.add(name_of(handler.callback))
            _trace(handler, note)
    return frozenset(names)


def _switchboard(dispatcher: Dispatcher) -> Switchboard:
    (found,) = dispatcher.sub_routers
    assert isinstance(found, Switchboard)
    return found


def _trace(handler: HandlerObject, note: Callable[[str], None]) -> None:
    original = handler.callback

    async def traced(*args: Any, **kwargs: Any) -> Any:
        note(name_of(original))
        return await original(*args, **kwargs)

    handler.callback = traced


def _settings(database: Path, folder: Path) -> Settings:
    return load_settings(
        _env_file=None,
        bot_token="42:" + "A" * 35,
        database_url=f"sqlite+aiosqlite:///{database}",
        data_dir=folder,
        public_url="https://ules.example",
        admin_ids=str(OPERATOR),
        secret_key="a-key-for-a-walk-and-for-nothing-else",
        operator_name="ТОО «Үлес»",
        operator_bin="180540000002",
    )
