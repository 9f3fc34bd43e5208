"""SQLite in the event loop for as long as a statement is short.

A statement that finds a few rows by an index takes some microseconds, a trip to a thread and back a
hundred, more on a busy machine. So readers, and writers that call themselves brief, execute in the
event loop. What can take long does not: a SELECT that is not through in `SHORT` seconds is broken
off and begun again in a thread (nothing has changed by it, and its snapshot is the same), COMMIT
waits for the disk in a thread, and the wait for a writer in another process is asyncio's.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncResult

from db.compiled import COMPILED
from db.sqlite_connection import BEGIN, BEGIN_WRITING, PATIENCE, PRAGMAS

SHORT: Final = 0.004  # seconds that a SELECT may hold up the event loop
STEPS: Final = 2_000  # of SQLite's machine between two looks at the clock: some 50 microseconds
SMALL: Final = "cache_size=-32768"  # each has its own, and reads little
THREADS: Final = 4  # for long readings
KEPT: Final = 4  # idle connections for the next readings
RETRY_SECONDS: Final = 0.01  # between two tries to become the writer beside another process
T = TypeVar("T")


class BriefConnections:
    """Connections to the file of `engine` that answer in the event loop; closed together with it.

    `short` is how many seconds a reading may take there.
    """

    def __init__(self, engine: AsyncEngine, *, short: float = SHORT) -> None:
        self._engine = engine
        self._short = short
        # They read only, and say so to SQLite. Readers of a write-ahead log wait for nobody.
        self._reading = _sync_engine(engine, BEGIN, PATIENCE, "query_only=ON", SMALL)
        self._writing = _sync_engine(engine, BEGIN_WRITING, 0, SMALL)
        self._readers: list[_BriefConnection] = []  # idle; to open one anew costs half of a read
        self._long = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="reading")
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="commit")
        sa.event.listen(engine.sync_engine, "engine_disposed", self._dispose)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that cannot write."""
        if self._readers:
            connection = self._readers.pop()
        else:
            opened = self._reading.connect()
            connection = _BriefConnection(self._engine, opened, self._long, self._short)
        try:
            yield connection
        except BaseException:
            connection.sync.close()
            raise
        connection.sync.rollback()
        if len(self._readers) < KEPT:
            self._readers.append(connection)
        else:
            connection.sync.close()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection that is the writer already."""
        with self._writing.connect() as connection:
            await _become_the_writer(connection)
            yield _BriefConnection(self._engine, connection, self._disk, None)

    def _dispose(self, _: sa.Engine) -> None:
        while self._readers:
            self._readers.pop().sync.close()
        self._reading.dispose()
        self._writing.dispose()


class _BriefConnection(AsyncConnection):
    """What repositories ask of a connection, answered by a synchronous one."""

    __slots__ = ("_raw", "_short", "_threads", "sync")

    def __init__(
        self,
        engine: AsyncEngine,
        connection: sa.Connection,
        threads: ThreadPoolExecutor,
        short: float | None,
    ) -> None:
        super().__init__(engine, connection)
        self.sync = connection
        self._raw: Any = connection.connection.driver_connection
        self._threads = threads
        self._short = short

    async def execute(
        self,
        statement: sa.Executable,
        parameters: Any = None,
        *,
        execution_options: Mapping[str, Any] | None = None,
    ) -> sa.CursorResult[Any]:
        """Execute and fetch; `scalar` and `scalars` come by here."""
        run = partial(self.sync.execute, statement, parameters, execution_options=execution_options)
        if self._short is None:
            return run()
        self._raw.until = time.monotonic() + self._short
        try:
            return run()
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) != sqlite3.SQLITE_INTERRUPT:
                raise
        finally:
            self._raw.until = None
        return await self._in_thread(run)

    async def stream(  # type: ignore[override]
        self, statement: sa.Executable, parameters: Any = None, **options: Any
    ) -> AsyncResult[Any]:
        """The same: SQLite's rows are there at once."""
        return AsyncResult(await self.execute(statement, parameters, **options))

    async def commit(self) -> None:
        """Commit, and wait for the disk."""
        await self._in_thread(self.sync.commit)

    async def _in_thread(self, run: Callable[[], T]) -> T:
        """Whoever is cancelled meanwhile leaves nothing behind half way."""
        done = asyncio.get_running_loop().run_in_executor(self._threads, run)
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            await asyncio.wait([done])
            raise


class _Connection(sqlite3.Connection):
    """Breaks off what takes longer than `until` (monotonic seconds, None for no end)."""

    until: float | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.set_progress_handler(self._is_late, STEPS)

    def cursor(self, *_: Any) -> _Cursor:  # type: ignore[override]
        return super().cursor(_Cursor)

    def _is_late(self) -> bool:
        return self.until is not None and time.monotonic() > self.until


class _Cursor(sqlite3.Cursor):
    """Its rows are there as soon as it has executed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._rows: deque[Any] = deque()

    def execute(self, *arguments: Any) -> _Cursor:
        super().execute(*arguments)
        self._rows = deque(super().fetchall()) if self.description else deque()
        return self

    def fetchone(self) -> Any:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return [self._rows.popleft() for _ in range(min(size or 1, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        rows, self._rows = list(self._rows), deque()
        return rows


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
        execution_options=COMPILED,
        connect_args={
            "factory": _Connection,
            "timeout": patience,
            "isolation_level": None,
            "check_same_thread": False,
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
            until, raw.until = raw.until, None  # it takes no time, and nobody could begin it again
            raw.execute(begin)
            raw.until = until

    return made
