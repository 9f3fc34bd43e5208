"""The market of the property tests, furnished once: making it takes longer than playing on it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.ports import UnitOfWorkFactory
from core.usecases.books import check_ledger
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.properties.market import Delivery, deliver, furnish
from tests.properties.state import State, state_of

MEMORY = "/dev/shm"  # a file system in memory, where there is one: nothing here is about disks


class Stage:
    """The furnished market in an SQLite file, and a copy of it on which histories are played.

    Event loop and connections stay: to open them anew takes as long as to play.
    """

    def __init__(self, folder: Path, template: Path) -> None:
        self._loop = asyncio.Runner()
        self._furnished = sqlite3.connect(shutil.copy(template, folder / "furnished.db"))
        self._played = sqlite3.connect(folder / "played.db")
        self._engine = create_engine(f"sqlite+aiosqlite:///{folder / 'played.db'}")
        self._new_uow = unit_of_work_factory(self._engine)
        self._begin_anew()
        self.market = self._loop.run(furnish(self._new_uow))
        self._played.backup(self._furnished)

    def play(self, deliveries: Sequence[Delivery], *, check: bool = False) -> State:
        """What stands after the deliveries; the ledger is proved if `check`."""
        self._begin_anew()
        return self._loop.run(self._play(deliveries, check))

    async def _play(self, deliveries: Sequence[Delivery], check: bool) -> State:
        await deliver(self._new_uow, self.market, deliveries)
        if check:
            await demand_sound(self._new_uow)
        return await state_of(self._engine, self.market.shop.brand.id)

    def _begin_anew(self) -> None:
        self._furnished.backup(self._played)

    def close(self) -> None:
        """Let go of the files."""
        self._loop.run(self._engine.dispose())
        self._loop.close()
        self._played.close()
        self._furnished.close()


async def demand_sound(new_uow: UnitOfWorkFactory) -> None:
    """Fail unless the ledger is right."""
    report = await check_ledger(new_uow)
    assert report.sound, report


@pytest.fixture(scope="session")
def stage(sqlite_template: Path) -> Iterator[Stage]:
    """Where histories are played."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY if os.path.isdir(MEMORY) else None))
    made = Stage(folder, sqlite_template)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)
