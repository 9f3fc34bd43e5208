"""The memory of where links lead: what is asked of the database, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.web import targets as memory
from bot.web.targets import Targets
from core.ids import LinkId
from core.links import LinkTarget
from tests.conftest import FrozenClock
from tests.web.conftest import LANDING


class Database:
    """Answers for any slug that begins with a letter, when it may."""

    def __init__(self) -> None:
        self.questions: list[list[str]] = []
        self.target = LANDING
        self.away = False
        self.open = asyncio.Event()
        self.open.set()

    async def lookup(self, slugs: Sequence[str]) -> dict[str, LinkTarget]:
        self.questions.append(list(slugs))
        await self.open.wait()
        if self.away:
            raise OSError("the database is away")
        return {slug: replace(self.target, link_id=LinkId(len(slug))) for slug in slugs}


async def test_what_is_wanted_while_a_question_is_under_way_is_asked_together(
    clock: FrozenClock,
) -> None:
    database = Database()
    database.open.clear()
    targets = Targets(database.lookup, clock)

    first = asyncio.create_task(targets.find("first"))
    await asyncio.sleep(0)
    others = [asyncio.create_task(targets.find(f"link{number}")) for number in range(250)]
    twice = [asyncio.create_task(targets.find("link7")) for _ in range(3)]
    await asyncio.sleep(0)
    database.open.set()
    found = await asyncio.gather(first, *others, *twice)

    assert all(found)
    assert [len(question) for question in database.questions] == [1, 100, 100, 50]


async def test_a_link_in_use_is_asked_about_again_before_anybody_must_wait(
    clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "GATHERING", 0.01)
    database = Database()
    targets = Targets(database.lookup, clock)
    for slug in ("one", "two", "idle"):
        await targets.find(slug)
    database.questions.clear()
    database.target = replace(LANDING, active=False)

    clock.advance(seconds=50)
    for _ in range(3):
        for slug in ("one", "two"):
            known = targets.remembered(slug, clock())
            assert known
            assert known.active
    assert database.questions == []
    await asyncio.sleep(0.05)

    assert database.questions == [["one", "two"]]
    clock.advance(seconds=20)
    renewed = targets.remembered("one", clock())
    assert renewed
    assert not renewed.active
    assert targets.remembered("idle", clock()) is None


async def test_a_question_that_fails_fails_those_who_know_nothing_older(
    clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database()
    targets = Targets(database.lookup, clock)
    await targets.find("known")
    clock.advance(minutes=2)
    database.away = True

    known, unknown = await asyncio.gather(
        targets.find("known"), targets.find("other"), return_exceptions=True
    )

    assert isinstance(known, LinkTarget)
    assert isinstance(unknown, OSError)
    assert "older ones serve" in caplog.text
    database.away = False
    assert await targets.find("other")


async def test_links_of_an_offer_keep_its_texts_once(clock: FrozenClock) -> None:
    async def lookup(slugs: Sequence[str]) -> dict[str, LinkTarget]:
        return {slug: replace(LANDING, texts=dict(LANDING.texts)) for slug in slugs}

    targets = Targets(lookup, clock)
    one, other = await targets.find("one"), await targets.find("other")

    assert one
    assert other
    assert one.texts is other.texts


async def test_the_oldest_make_room(clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "SLOTS", 2)
    targets = Targets(Database().lookup, clock)
    for slug in ("one", "two", "three"):
        await targets.find(slug)

    assert [bool(targets.remembered(slug, clock())) for slug in ("one", "two", "three")] == [
        False,
        True,
        True,
    ]


async def test_settling_waits_for_what_is_being_asked(clock: FrozenClock) -> None:
    database = Database()
    database.open.clear()
    targets = Targets(database.lookup, clock)
    asked = asyncio.create_task(targets.find("one"))
    await asyncio.sleep(0)
    settling = asyncio.create_task(targets.settle())
    await asyncio.sleep(0)
    assert not settling.done()
    database.open.set()

    await settling
    assert await asked
