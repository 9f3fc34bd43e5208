"""The market of the property tests, furnished once: making it takes longer than playing on it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ports import UnitOfWorkFactory
from core.usecases.books import check_ledger
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.conftest import PostgresServer
from tests.properties.market import Market, Step, furnish, play
from tests.properties.state import State, state_of

MEMORY = "/dev/shm"  # a file system in memory, where there is one: nothing here is about disks


Database = tuple[AsyncEngine, UnitOfWorkFactory]
Furnished = Callable[[], AbstractAsyncContextManager[Database]]


class Stage:
    """The market, and databases with it as it was furnished, one for each play.

    The event loop stays: to open a new one takes as long as to play.
    """

    def __init__(self, loop: asyncio.Runner, market: Market, furnished: Furnished) -> None:
        self.market = market
        self._loop = loop
        self._furnished = furnished

    def play(self, steps: Iterable[Step], *, check: bool = False) -> State:
        """What stands after the steps; the ledger is proved if `check`."""
        return self._loop.run(self._play(steps, check))

    @contextmanager
    def database(self) -> Iterator[tuple[asyncio.Runner, UnitOfWorkFactory]]:
        """A fresh one, and the loop in which it is used."""
        furnished = self._furnished()
        _, new_uow = self._loop.run(_entered(furnished))
        yield self._loop, new_uow
        self._loop.run(_left(furnished))

    async def _play(self, steps: Iterable[Step], check: bool) -> State:
        async with self._furnished() as (engine, new_uow):
            await play(new_uow, self.market, steps)
            if check:
                await demand_sound(new_uow)
            return await state_of(engine, self.market.shop.brand.id)


async def _entered(context: AbstractAsyncContextManager[Database]) -> Database:
    return await context.__aenter__()


async def _left(context: AbstractAsyncContextManager[Database]) -> None:
    await context.__aexit__(None, None, None)


async def demand_sound(new_uow: UnitOfWorkFactory) -> None:
    """Fail unless the ledger is right."""
    report = await check_ledger(new_uow)
    assert report.sound, report


async def furnished(engine: AsyncEngine) -> Market:
    """The market, in the engine's database; nobody is left connected to it."""
    market = await furnish(unit_of_work_factory(engine))
    await engine.dispose()
    return market


@pytest.fixture(scope="session")
def stage(sqlite_template: Path) -> Iterator[Stage]:
    """Plays on SQLite: one file that is put back by copying pages, its connections stay open."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY if os.path.isdir(MEMORY) else None))
    kept = sqlite3.connect(shutil.copy(sqlite_template, folder / "kept.db"))
    engine = create_engine(f"sqlite+aiosqlite:///{folder / 'played.db'}")
    new_uow = unit_of_work_factory(engine)
    with asyncio.Runner() as loop:
        market = loop.run(furnished(create_engine(f"sqlite+aiosqlite:///{folder / 'kept.db'}")))
        played = sqlite3.connect(folder / "played.db")

        @asynccontextmanager
        async def put_back() -> AsyncIterator[Database]:
            kept.backup(played)
            yield engine, new_uow

        yield Stage(loop, market, put_back)
        loop.run(engine.dispose())
    played.close()
    kept.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_stage(postgres: PostgresServer) -> Iterator[Stage]:
    """Plays on PostgreSQL: a copy of the furnished database for each."""
    with asyncio.Runner() as loop, postgres.database() as url:
        market = loop.run(furnished(create_engine(url)))

        @asynccontextmanager
        async def copied() -> AsyncIterator[Database]:
            with postgres.copy(url) as copy:
                engine = create_engine(copy)
                yield engine, unit_of_work_factory(engine)
                await engine.dispose()

        yield Stage(loop, market, copied)
