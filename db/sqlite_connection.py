"""SQLite with one trip to its thread per statement.

aiosqlite runs every call in the connection's thread: making a cursor, executing, fetching and
closing are four trips, and a transaction adds its own. At a tap's few small statements the trips
cost far more than the statements. Here a statement is executed, fetched and closed in one trip, and
BEGIN, which the engine names in `begin`, rides along with the first statement of its transaction.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, Self

from aiosqlite import Connection

BEGIN: Final = "BEGIN"  # of a transaction that only reads
BEGIN_WRITING: Final = "BEGIN IMMEDIATE"
PATIENCE: Final = 10  # seconds of waiting for a writer in another process
PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-131072",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",
)

_Rows = list[Any]
_Ran = tuple[_Rows, Any, int, int | None]  # rows, description, rowcount, lastrowid


def connect(database: str, **options: Any) -> FusedConnection:
    """A connection to be awaited, for SQLAlchemy's `async_creator_fn`."""
    options["check_same_thread"] = False
    connection = FusedConnection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    connection._thread.daemon = True
    return connection


class FusedConnection(Connection):
    """Executes, fetches and closes in one trip."""

    begin = ""  # that has not been said to SQLite yet
    reading = False  # whether the transaction that is open only reads

    def cursor(self) -> FusedCursor:  # type: ignore[override]
        """A cursor, for which SQLite need not be asked."""
        return FusedCursor(self)

    async def run(self, run: Callable[[sqlite3.Connection], _Ran]) -> _Ran:
        """Run in the thread, after a BEGIN that waits for its first statement."""
        begin, self.begin = self.begin, ""
        if begin:
            self.reading = begin == BEGIN
        ran: _Ran = await self._do(_begun, self._conn, begin, run)
        return ran

    async def _do(self, run: Callable[..., Any], *arguments: Any) -> Any:
        return await self._execute(run, *arguments)  # type: ignore[no-untyped-call]

    async def commit(self) -> None:
        """Commit; a transaction without a statement was never begun."""
        self.begin = ""
        if self._conn.in_transaction:
            await self._do(self._conn.commit)

    async def rollback(self) -> None:
        """Roll back; the end of a transaction that has only read is not waited for."""
        self.begin = ""
        if not self._conn.in_transaction:
            return
        if self.reading:
            self._tx.put_nowait((None, self._conn.rollback))
        else:
            await self._do(self._conn.rollback)


class FusedCursor:
    """What SQLAlchemy asks of a cursor; the rows are there as soon as it has executed."""

    arraysize = 1

    def __init__(self, connection: FusedConnection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Execute and fetch."""
        await self._take(partial(_one, statement, parameters))

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute for each of the rows."""
        await self._take(partial(_many, statement, rows))

    async def _take(self, run: Callable[[sqlite3.Connection], _Ran]) -> None:
        rows, self.description, self.rowcount, self.lastrowid = await self._connection.run(run)
        self._rows = deque(rows)

    async def fetchone(self) -> Any:
        """The next row or None."""
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int | None = None) -> _Rows:
        """The next rows."""
        return [self._rows.popleft() for _ in range(min(size or 1, len(self._rows)))]

    async def fetchall(self) -> _Rows:
        """The rows that are left."""
        rows, self._rows = list(self._rows), deque()
        return rows

    async def close(self) -> None:
        """It is closed already."""


def _begun(raw: sqlite3.Connection, begin: str, run: Callable[[sqlite3.Connection], _Ran]) -> _Ran:
    if begin:
        raw.execute(begin)
    return run(raw)


def _one(statement: str, parameters: Sequence[Any], raw: sqlite3.Connection) -> _Ran:
    cursor = raw.execute(statement, parameters)
    try:
        rows = cursor.fetchall() if cursor.description else []
        return rows, cursor.description, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()


def _many(statement: str, rows: Iterable[Sequence[Any]], raw: sqlite3.Connection) -> _Ran:
    cursor = raw.executemany(statement, rows)
    try:
        return [], None, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()
