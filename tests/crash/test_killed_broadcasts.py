"""A thousand readers, some of whom have blocked the bot, refusals by Telegram, and a kill."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from core.broadcasts import Audience, BroadcastState, Role
from core.ids import BroadcastId
from core.people import Actor, Locale
from core.ports import UnitOfWorkFactory
from core.usecases.broadcasts import (
    change_draft,
    one_broadcast,
    schedule_broadcast,
    start_draft,
    start_due_broadcasts,
)
from db.engine import create_engine
from db.models import people
from db.uow import unit_of_work_factory
from scripts.sandbox import Sandbox
from tests.conftest import FrozenClock
from tests.crash.broadcast_loop import TOKEN
from tests.usecases.people_builders import owner

PEOPLE = 1_000
BLOCKED = 50
SLOTS = 30
REST = 0.05  # Telegram's second, hurried: at most 600 a second


async def test_nobody_is_lost_and_only_what_was_in_flight_comes_twice(
    tmp_path: Path, sqlite_template: Path, clock: FrozenClock
) -> None:
    shutil.copy(sqlite_template, tmp_path / "ules.db")
    url = f"sqlite+aiosqlite:///{tmp_path / 'ules.db'}"
    engine = create_engine(url)
    new_uow = unit_of_work_factory(engine)
    async with Sandbox(token=TOKEN, now=clock) as sandbox:
        crowd = [sandbox.person(f"P{n}") for n in range(PEOPLE)]
        for person in crowd:
            await person.start()
        async with engine.begin() as connection:
            rows = [
                {
                    "telegram_id": person.id,
                    "name": "P",
                    "locale": "kk" if n % 2 else "ru",
                    "created_at": clock(),
                }
                for n, person in enumerate(crowd)
            ]
            await connection.execute(sa.insert(people), rows)
        for person in crowd[::20]:
            person.block()
        staff = await owner(new_uow, clock)
        broadcast = await a_broadcast_to_everybody(new_uow, clock, staff)

        sandbox.fail("too_many", "sendMessage", times=3, retry_after=1)
        process = await deliver(url, sandbox, 0)
        await until(lambda: sandbox.delivered() >= PEOPLE // 2)
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        before = sandbox.delivered()

        sandbox.fail("too_many", "sendMessage", times=3, retry_after=1)
        process = await deliver(url, sandbox, 150)  # the lease of the dead has ended
        async with asyncio.timeout(60):
            while not await done(new_uow, staff, broadcast):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert PEOPLE // 2 <= before < PEOPLE - BLOCKED  # it died in the middle

        result = (await one_broadcast(new_uow, actor=staff, broadcast=broadcast)).tally
        copies = Counter(person.count("Сәлем") + person.count("Привет") for person in crowd)
        twice = sum((count - 1) * people for count, people in copies.items() if count > 1)
        assert copies[0] == BLOCKED  # nobody else
        assert twice <= SLOTS, copies
        assert (result.total, result.sent) == (PEOPLE, PEOPLE - BLOCKED)
        assert (result.blocked, result.failed) == (BLOCKED, 0)
        assert all(person.count("Привет") == 0 for person in crowd[1::2])
    await engine.dispose()


async def a_broadcast_to_everybody(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, staff: Actor
) -> BroadcastId:
    """In Kazakh and Russian, begun."""
    draft = await start_draft(new_uow, clock, actor=staff)
    await change_draft(
        new_uow,
        actor=staff,
        broadcast=draft.id,
        change=lambda one: replace(
            one,
            audience=Audience(role=Role.EVERYBODY),
            texts={Locale.KK: "<b>Сәлем!</b>", Locale.RU: "<b>Привет!</b>"},
        ),
    )
    await schedule_broadcast(new_uow, clock, actor=staff, broadcast=draft.id)
    assert await start_due_broadcasts(new_uow, clock) == 1
    return draft.id


async def deliver(url: str, sandbox: Sandbox, later: float) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.broadcast_loop",
        url,
        sandbox.url,
        str(later),
        str(SLOTS),
        str(REST),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline(), "it ended before it began"
    return process


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not reached():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


async def done(new_uow: UnitOfWorkFactory, staff: Actor, broadcast: BroadcastId) -> bool:
    one = await one_broadcast(new_uow, actor=staff, broadcast=broadcast)
    return one.state is BroadcastState.DONE
