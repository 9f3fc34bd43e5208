"""Sweeps run one at a time, in one process of all, and a failing one does not stop the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.jobs import Job, Jobs
from db.engine import create_engine
from db.locks import job_lock


class Book:
    """What ran, and what was reported."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.reported: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    def job(
        self, name: str, *, seconds: float = 0.02, takes: float = 0.0, own: bool = False
    ) -> Job:
        async def run() -> int:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await asyncio.sleep(takes)
                self.ran.append(name)
                return 1
            finally:
                self.at_once -= 1

        return Job(name, seconds, run, own=own)

    def broken(self, name: str) -> Job:
        async def run() -> int:
            self.ran.append(name)
            raise ZeroDivisionError

        return Job(name, 0.02, run)

    async def report(self, place: str, error: BaseException) -> None:
        self.reported.append(f"{place}: {type(error).__name__}")

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.01)


@asynccontextmanager
async def free(name: str) -> AsyncIterator[bool]:
    yield True


@asynccontextmanager
async def taken(name: str) -> AsyncIterator[bool]:
    yield False


@pytest.fixture
def book() -> Book:
    return Book()


async def test_a_job_never_runs_beside_itself_and_nobody_warns_of_it(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    sweeps = Jobs([book.job("slow", takes=0.1)], free, book.report)
    sweeps.start()

    await book.until(lambda: len(book.ran) >= 2)
    await sweeps.stop(patience=1)

    assert book.most_at_once == 1
    assert caplog.records == []


async def test_a_failing_job_is_reported_and_runs_again(book: Book) -> None:
    sweeps = Jobs([book.broken("bad"), book.job("good")], free, book.report)
    sweeps.start()

    await book.until(lambda: book.ran.count("bad") >= 2 and "good" in book.ran)
    await sweeps.stop(patience=1)

    assert book.reported[0] == "job bad: ZeroDivisionError"


async def test_what_another_process_does_is_left_to_it(book: Book) -> None:
    sweeps = Jobs([], taken, book.report)

    done = [await sweeps.once(book.job("shared")), await sweeps.once(book.job("own", own=True))]

    assert done == [0, 1]
    assert book.ran == ["own"]


async def test_a_stop_waits_for_what_runs(book: Book) -> None:
    sweeps = Jobs([book.job("slow", takes=0.1)], free, book.report)
    sweeps.start()
    await book.until(lambda: book.at_once == 1)

    await sweeps.stop(patience=5)
    ran = len(book.ran)
    await asyncio.sleep(0.1)

    assert book.at_once == 0
    assert len(book.ran) == ran >= 1


async def test_what_takes_too_long_is_cut_short(book: Book) -> None:
    sweeps = Jobs([book.job("endless", takes=60)], free, book.report)
    sweeps.start()
    await book.until(lambda: book.at_once == 1)

    await sweeps.stop(patience=0.05)

    assert (book.at_once, book.ran, book.reported) == (0, [], [])


async def test_a_stop_before_the_start_is_nothing(book: Book) -> None:
    await Jobs([], free, book.report).stop(patience=1)


async def test_two_processes_share_the_work(engine: AsyncEngine, database_url: str) -> None:
    book = Book()
    elsewhere = create_engine(database_url)  # an engine of its own stands for a process
    job = book.job("shared", takes=0.2)
    try:
        tries: list[Awaitable[int]] = [
            Jobs([], job_lock(one), book.report).once(job) for one in (engine, elsewhere)
        ]
        done = await asyncio.gather(*tries)
        again = await Jobs([], job_lock(elsewhere), book.report).once(job)
    finally:
        await elsewhere.dispose()

    if engine.dialect.name == "postgresql":
        assert sorted(done) == [0, 1]
    assert again == 1
