"""Places: several things at once, each once, and no waiting for the slow ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from core import parallel
from core.parallel import Places


class Work:
    """Things that are due, by key and name; a slow one ends when it is told to."""

    def __init__(self, *due: tuple[str, str]) -> None:
        self.due = list(due)
        self.done: list[str] = []
        self.now: set[str] = set()
        self.most = 0
        self.free = asyncio.Event()

    async def find(self) -> Sequence[tuple[str, str]]:
        return list(self.due)

    async def do(self, name: str) -> bool | None:
        self.now.add(name)
        self.most = max(self.most, len(self.now))
        try:
            if name.startswith("slow"):
                await self.free.wait()
            await asyncio.sleep(0)
            if name.startswith("taken"):
                return None
            self.due = [each for each in self.due if each[1] != name]
            self.done.append(name)
            return not name.startswith("bad")
        finally:
            self.now.discard(name)


async def test_a_slow_thing_holds_up_no_other_and_no_more_are_at_work_than_places() -> None:
    work = Work(("s", "slow"), *((f"k{n}", f"t{n}") for n in range(9)))
    places = Places[str, str](3)
    working = asyncio.create_task(places.work(work.find, work.do))
    while len(work.done) < 9:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)

    assert not working.done()
    work.free.set()
    assert await working == 10
    assert work.most == 3


async def test_what_becomes_due_meanwhile_is_found_beside_something_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parallel, "LOOK_AGAIN_SECONDS", 0.01)
    work = Work(("s", "slow"))
    working = asyncio.create_task(Places[str, str](2).work(work.find, work.do))
    await asyncio.sleep(0.02)
    work.due.append(("k", "late"))

    async with asyncio.timeout(2):
        while not work.done:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    work.free.set()
    assert await working == 2


async def test_two_things_of_one_key_come_one_after_the_other_even_for_two_callers() -> None:
    work = Work(("a", "slow 1"), ("a", "slow 2"), ("b", "t"))
    places = Places[str, str](4)
    both = [asyncio.create_task(places.work(work.find, work.do)) for _ in range(2)]
    for _ in range(50):
        await asyncio.sleep(0)

    assert work.now == {"slow 1"}
    work.free.set()
    assert sum(await asyncio.gather(*both)) == 3
    assert sorted(work.done) == ["slow 1", "slow 2", "t"]


async def test_what_somebody_else_is_at_is_left_alone_and_what_failed_is_not_counted() -> None:
    work = Work(("a", "taken"), ("b", "bad"), ("c", "t"))
    places = Places[str, str]()

    assert await places.work(work.find, work.do) == 1
    assert await places.work(work.find, work.do) == 0  # the taken one is not asked for again yet


async def test_a_stop_cuts_short_what_is_under_way_and_frees_the_places() -> None:
    work = Work(("s", "slow"))
    places = Places[str, str](1)
    working = asyncio.create_task(places.work(work.find, work.do))
    for _ in range(5):
        await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert work.now == set()
    work.due = [("k", "t")]
    assert await places.work(work.find, work.do) == 1
