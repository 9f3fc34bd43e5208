"""Who writes next: people before background work, and one process per job."""

from __future__ import annotations

import asyncio
import heapq
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.desk import WriterQueue

REMEMBERED: Final = 1_000  # latest waits that the queue is judged by


class PriorityLock:
    """An asyncio lock that the most urgent waiter gets next, in order of arrival among equals.

    SQLite has one writer. Its own busy handler is unfair and starves a person's tap for seconds
    beside an import; this queue bounds the wait by one batch.
    """

    def __init__(self) -> None:
        self._held = False
        self._arrivals = 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._waits: deque[float] = deque(maxlen=REMEMBERED)  # seconds

    async def acquire(self, urgency: int) -> None:
        """Wait for the lock; a smaller `urgency` goes first."""
        if not self._held:
            self._held = True
            self._waits.append(0.0)
            return
        loop = asyncio.get_running_loop()
        since = loop.time()
        turn: asyncio.Future[None] = loop.create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (urgency, self._arrivals, turn))
        try:
            await turn
            self._waits.append(loop.time() - since)
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()  # the turn came together with the cancellation
            raise

    def queue(self) -> WriterQueue:
        """Who waits now, and the longest of the latest waits."""
        return WriterQueue(
            waiting=sum(not turn.done() for _, _, turn in self._waiting),
            longest=max(self._waits, default=0.0),
        )

    def release(self) -> None:
        """Give the lock to the next waiter."""
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._held = False


JobLock = Callable[[str], AbstractAsyncContextManager[bool]]
"""Opens a context that holds a job's lock; it yields False where another process has it."""


def job_lock(engine: AsyncEngine) -> JobLock:
    """One process per job: an advisory lock on PostgreSQL, nothing for the embedded database."""

    @asynccontextmanager
    async def hold(name: str) -> AsyncIterator[bool]:
        if engine.dialect.name != "postgresql":
            yield True
            return
        number = zlib.crc32(name.encode())
        async with engine.connect() as connection:
            taken = await connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number)))
            try:
                yield bool(taken)
            finally:
                if taken:
                    await connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))

    return hold
