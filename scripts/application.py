"""A local Telegram and the whole application beside it, in one process, with a clock to move."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from aiogram.filters.callback_data import CallbackData

from bot.app import Running, run
from bot.delivery import Tempo
from bot.middlewares.throttle import Throttle
from bot.reply import KEPT
from bot.settings import Settings, load_settings
from core.people import Locale
from core.ports import UnitOfWorkFactory
from core.runs import RunState
from db import migrations
from db.engine import create_engine
from scripts.sandbox import Message, Person, Sandbox, SandboxPerson

NOON: Final = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # 21 November 2026, 12:00 in Almaty
TOKEN: Final = "42:" + "A" * 35
OPERATOR: Final = 5_000_001  # Telegram id of the operator's first staff
HASTE: Final = Tempo(rest=0.0, poll=0.05)  # the sandbox counts nobody's messages
PATIENCE: Final = 30.0  # seconds of real time for everything that is under way
SOON: Final = timedelta(minutes=3)  # a message that is due later is not waited for
STILL: Final = 0.5  # seconds of real time without a change: only the clock can bring the next one


class MovableClock:
    """Begins at a given moment, goes on like any clock, and can be moved on."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start = start
        self._begun = time.monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._begun)

    def advance(self, **step: float) -> None:
        """Move on by a timedelta's keywords: days=14, hours=1."""
        self._start += timedelta(**step)


class Application:
    """The application on a fresh SQLite database, run as in production, and its Telegram.

    `template` is a migrated database to copy instead of migrating one. `settings` and `throttle`
    change what is not to be as it is here by default. Within the block it can be stopped and
    started again on the same database.
    """

    def __init__(
        self,
        folder: Path,
        *,
        people: Sequence[SandboxPerson] = (),
        clock: MovableClock | None = None,
        template: Path | None = None,
        throttle: Throttle | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or MovableClock()
        self.sandbox = Sandbox(token=TOKEN, now=self.clock, people=people)
        self.running: Running
        self._folder = folder
        self._template = template
        self._throttle = throttle
        self._changes = settings
        self._settings: Settings | None = None
        self._closing = AsyncExitStack()
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._closing.enter_async_context(self.sandbox)
        self._closing.push_async_callback(self.stop)
        try:
            await self._prepare()
            await self.start()
        except BaseException:
            await self._closing.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._closing.aclose()

    @property
    def settings(self) -> Settings:
        """What the application was started with."""
        assert self._settings is not None
        return self._settings

    @property
    def new_uow(self) -> UnitOfWorkFactory:
        """The application's own storage."""
        return self.running.new_uow

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self._folder / "ules.db"

    async def start(self) -> None:
        """Run the application; returns when it is up. Raises what it could not start for."""
        self._stop = asyncio.Event()
        up: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(
            run(
                self.settings,
                clock=self.clock,
                stop=self._stop,
                started=up.set_result,
                tempo=HASTE,
                throttle=self._throttle or Throttle(burst=10_000),
            )
        )
        waiting: set[Awaitable[object]] = {up, self._task}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
        if self._task.done():
            await self._task
        self.running = up.result()

    async def stop(self) -> None:
        """End it as SIGTERM would."""
        self._stop.set()
        if self._task is not None:
            task, self._task = self._task, None
            await task

    async def restart(self) -> None:
        """Stop and start again: nothing but the database remains."""
        await self.stop()
        await self.start()

    async def advance(self, **step: float) -> None:
        """Move the clock on, let everything happen that is due by then, and wait for its end."""
        self.clock.advance(**step)
        await self.running.jobs.sweep()
        await self.settle()

    async def settle(self, *, seconds: float = PATIENCE) -> None:
        """Wait until all that people did is handled, files are read and notes are delivered.

        A message that waits for another attempt is brought about by moving the clock.
        """
        loop = asyncio.get_running_loop()
        since, before = loop.time(), self._marks()
        async with asyncio.timeout(seconds):
            while (due := await self._under_way()) is not None:
                if before != (before := self._marks()):
                    since = loop.time()
                elif due > self.clock() and loop.time() - since > STILL:
                    self.clock.advance(seconds=(due - self.clock()).total_seconds())
                await asyncio.sleep(0.01)

    def _marks(self) -> tuple[int, int]:
        state = self.sandbox.state
        return len(state.outputs), sum(state.calls.values())

    async def _under_way(self) -> datetime | None:
        """When the next thing that is under way comes about; None when nothing is."""
        now = self.clock()
        updates = self.sandbox.state.updates
        handled = updates.waited_for.is_set() and not self.running.under_way()
        if updates.pending or not handled:
            return now
        async with self.new_uow(read_only=True) as uow:
            oldest = await uow.outbox.oldest_due()
            if oldest is not None and oldest < now + SOON:
                return oldest
            runs = await uow.runs.latest(None, after=None, limit=20)
        busy = (RunState.QUEUED, RunState.RUNNING)
        return now if any(run.state in busy for run, _ in runs) else None

    async def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._settings = load_settings(
            **(
                {
                    "_env_file": None,
                    "bot_token": TOKEN,
                    "telegram_api_url": self.sandbox.url,
                    "telegram_mode": "polling",
                    "database_url": f"sqlite+aiosqlite:///{self.database}",
                    "data_dir": self._folder / "data",
                    "public_url": f"http://127.0.0.1:{(port := free_port())}",
                    "web_host": "127.0.0.1",
                    "web_port": port,
                    "trusted_proxies": 0,
                    "admin_ids": str(OPERATOR),
                    "secret_key": "a-key-for-a-local-stage-and-for-nothing-else",
                    "operator_name": "ТОО «Үлес»",
                    "operator_bin": "180540000002",
                    "http_allow": "",
                    "http_local": "",
                    "log_level": "WARNING",
                }
                | self._changes
            )
        )
        if self.database.exists():
            return
        if self._template is not None:
            shutil.copy(self._template, self.database)
            return
        engine = create_engine(self.settings.database_url)
        try:
            await migrations.upgrade(engine)
        finally:
            await engine.dispose()

    async def acquainted(
        self, name: str, locale: Locale = Locale.KK, *, telegram_id: int | None = None
    ) -> Person:
        """Somebody who has talked to the bot before and chosen a language."""
        made = self.sandbox.person(name, language_code=str(locale), telegram_id=telegram_id)
        async with self.new_uow() as uow:
            await uow.people.add(
                telegram_id=made.id, name=name, username=None, now=self.clock(), locale=locale
            )
            await uow.commit()
        return made


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find(
    person: Person, wanted: type[CallbackData], **fields: Any
) -> tuple[Message, str, str] | None:
    """The newest button of this kind whose fields are these: its message, label and data."""
    for message in reversed(person.received):
        for button in message.buttons:
            data = (button.data or "").removeprefix(KEPT)
            if not data.startswith(wanted.__prefix__ + wanted.__separator__) and (
                data != wanted.__prefix__
            ):
                continue
            try:
                meant = wanted.unpack(data)
            except (TypeError, ValueError):
                continue
            if all(getattr(meant, name) == value for name, value in fields.items()):
                return message, button.text, button.data or ""
    return None


async def press(
    person: Person, wanted: type[CallbackData], *, seconds: float = 5.0, **fields: Any
) -> str:
    """Tap the newest button of this kind, whatever is written on it; returns its label.

    Waits for it to appear. Raises AssertionError with what is on the screen instead.
    """
    message, label, data = await shown(person, wanted, seconds=seconds, **fields)
    await person.tap(data, message=message)
    return label


async def shown(
    person: Person,
    wanted: type[CallbackData],
    *,
    newest: bool = False,
    seconds: float = 5.0,
    **fields: Any,
) -> tuple[Message, str, str]:
    """Wait for a button of this kind: its message, label and data.

    `newest` takes it under the newest message only. Raises AssertionError with what there is
    instead.
    """
    try:
        async with asyncio.timeout(seconds):
            while True:
                found = find(person, wanted, **fields)
                if found and not (newest and found[0].message_id != person.last.message_id):
                    return found
                await person.state.changed()
    except TimeoutError:
        seen = "\n".join(f"  {message!r}" for message in person.messages[-3:])
        sought = f"{wanted.__name__} {fields or ''}"
        raise AssertionError(f"{person} has no button {sought}. They see:\n{seen}") from None
