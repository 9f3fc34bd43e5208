"""The whole application on SQLite beside a local Telegram, as it runs in production."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import Running, run
from bot.delivery import Tempo
from bot.middlewares.throttle import Throttle
from bot.settings import Settings, load_settings
from core.people import Locale
from core.ports import UnitOfWorkFactory
from scripts.sandbox import Person, Sandbox
from tests.conftest import FrozenClock

TOKEN = "42:" + "A" * 35
OPERATOR = 900_000_001  # Telegram id of the operator's first staff


@dataclass(frozen=True, slots=True)
class Stage:
    """A running application and the Telegram that it talks to."""

    sandbox: Sandbox
    settings: Settings
    clock: FrozenClock
    running: Running

    @property
    def new_uow(self) -> UnitOfWorkFactory:
        """The application's own storage."""
        return self.running.new_uow

    async def person(self, name: str, locale: Locale = Locale.KK) -> Person:
        """Somebody who has talked to the bot before and chosen a language."""
        made = self.sandbox.person(name, language_code=str(locale))
        async with self.new_uow() as uow:
            await uow.people.add(
                telegram_id=made.id,
                name=name,
                username=made.profile.username,
                now=self.clock(),
                locale=locale,
            )
            await uow.commit()
        return made


Open = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
async def sandbox(clock: FrozenClock) -> AsyncIterator[Sandbox]:
    """A local Telegram."""
    async with Sandbox(token=TOKEN, now=clock) as made:
        yield made


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, sqlite_template: Path) -> Settings:
    """Settings for an application on a fresh database beside the local Telegram."""
    shutil.copy(sqlite_template, tmp_path / "ules.db")
    return load_settings(
        _env_file=None,
        bot_token=TOKEN,
        telegram_api_url=sandbox.url,
        database_url=f"sqlite+aiosqlite:///{tmp_path / 'ules.db'}",
        data_dir=tmp_path,
        public_url="http://127.0.0.1:8080",
        web_port=0,
        admin_ids=frozenset({OPERATOR}),
        secret_key="k" * 40,
        operator_name="Üles LLP",
        operator_bin="180540000002",
    )


@pytest.fixture
def application(sandbox: Sandbox, settings: Settings, clock: FrozenClock) -> Open:
    """Opens the application; it is stopped when the block ends."""

    @asynccontextmanager
    async def open_application(
        *, settings: Settings = settings, throttle: Throttle | None = None
    ) -> AsyncIterator[Stage]:
        stop = asyncio.Event()
        up: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(
            run(
                settings,
                clock=clock,
                stop=stop,
                started=up.set_result,
                tempo=Tempo(rest=0.01, poll=0.05),
                throttle=throttle or Throttle(burst=10_000),
            )
        )
        waiting: set[Awaitable[object]] = {up, task}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
        if task.done():
            await task
        try:
            yield Stage(sandbox, settings, clock, up.result())
        finally:
            stop.set()
            await task

    return open_application


@pytest.fixture
async def stage(application: Open) -> AsyncIterator[Stage]:
    """The application, running."""
    async with application() as made:
        yield made
