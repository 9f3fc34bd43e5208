"""Short transactions on SQLite that do not wait for a thread.

A statement that finds a few rows by an index takes some microseconds, a trip to a thread and back a
hundred, more on a busy machine. So the statements of a unit of work that calls itself brief run in
the event loop. What can take long does not: COMMIT waits for the disk in a thread, and the wait for
a writer in another process is asyncio's.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.sqlite_connection import BEGIN, BEGIN_WRITING, PATIENCE, PRAGMAS

RETRY_SECONDS: Final = 0.01  # between two tries to become the writer beside another process


class BriefConnections:
    """Connections to the file of `engine` for brief units of work; closed together with it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # It reads only, and says so to SQLite. Readers of a write-ahead log wait for nobody.
        self._reading = _sync_engine(engine, BEGIN, PATIENCE, "query_only=ON")
        self._writing = _sync_engine(engine, BEGIN_WRITING, 0)
        self._readers: list[_BriefConnection] = []  # idle; to open one anew costs half of a read
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        sa.event.listen(engine.sync_engine, "engine_disposed", self._dispose)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that cannot write."""
        if self._readers:
            connection = self._readers.pop()
        else:
            connection = _BriefConnection(self._engine, self._reading.connect(), self._disk)
        try:
            yield connection
        except BaseException:
            connection.sync.close()
            raise
        connection.sync.rollback()
        self._readers.append(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection that is the writer already."""
        with self._writing.connect() as connection:
            await _become_the_writer(connection)
            yield _BriefConnection(self._engine, connection, self._disk)

    def _dispose(self, _: sa.Engine) -> None:
        while self._readers:
            self._readers.pop().sync.close()
        self._reading.dispose()
        self._writing.dispose()


class _BriefConnection(AsyncConnection):
    """What repositories ask of a connection, answered by a synchronous one."""

    __slots__ = ("_disk", "sync")

    def __init__(
        self, engine: AsyncEngine, connection: sa.Connection, disk: ThreadPoolExecutor
    ) -> None:
        super().__init__(engine, connection)
        self.sync = connection
        self._disk = disk

    async def execute(
        self,
        statement: sa.Executable,
        parameters: Any = None,
        *,
        execution_options: Mapping[str, Any] | None = None,
    ) -> sa.CursorResult[Any]:
        """Execute at once; `scalar` and `scalars` come by here."""
        return self.sync.execute(statement, parameters, execution_options=execution_options)

    async def commit(self) -> None:
        """Commit in a thread. Whoever is cancelled meanwhile leaves no commit behind half way."""
        done = asyncio.get_running_loop().run_in_executor(self._disk, self.sync.commit)
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise


async def _become_the_writer(connection: sa.Connection) -> None:
    """Say BEGIN IMMEDIATE; OperationalError when another process writes for too long."""
    raw: Any = connection.connection.driver_connection
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        try:
            raw.execute(BEGIN_WRITING)
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or loop.time() >= until:
                raise
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


def _sync_engine(engine: AsyncEngine, begin: str, patience: float, *more: str) -> sa.Engine:
    made = sa.create_engine(
        engine.url.set(drivername="sqlite"),
        max_overflow=-1,  # nobody may wait for another one's connection in the event loop
        hide_parameters=True,
        connect_args={
            "timeout": patience,
            "isolation_level": None,
            "check_same_thread": False,  # the disk's thread commits
        },
    )

    @sa.event.listens_for(made, "connect")
    def _configure(connection: sqlite3.Connection, _: Any) -> None:
        for pragma in (*PRAGMAS, *more):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(made, "begin")
    def _begin(connection: sa.Connection) -> None:
        raw: Any = connection.connection.driver_connection
        if not raw.in_transaction:
            raw.execute(begin)

    return made
