"""The engine keeps what is committed and nothing else, and people's data out of the log."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrations
from db.engine import create_engine
from db.models import people
from db.sqlite_brief import BriefConnections
from db.uow import unit_of_work_factory
from tests.conftest import FrozenClock


async def test_an_error_of_the_database_does_not_carry_what_people_wrote(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    row = {"telegram_id": 77, "name": "Айгерім Сәрсенова", "created_at": clock()}

    with pytest.raises(IntegrityError) as caught:
        async with engine.begin() as connection:
            await connection.execute(sa.insert(people), [row, {**row, "locale": "xx"}])

    assert "Айгерім" not in str(caught.value)


async def test_readers_and_writers_of_either_kind_do_not_disturb_each_other(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'few.db'}")
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)
    now = datetime(2026, 11, 21, 7, tzinfo=UTC)

    async def writes(number: int) -> None:
        async with new_uow(brief=bool(number % 2)) as uow:
            await uow.forms.save(f"k{number}", state="s", data={"n": number}, now=now)
            await uow.commit()

    async def reads(number: int, *, background: bool) -> None:
        async with new_uow(read_only=True, background=background) as uow:
            first = await uow.forms.load(f"k{number}")
            await asyncio.sleep(0)
            assert await uow.forms.load(f"k{number}") == first  # one snapshot

    for number in range(30):
        await asyncio.gather(
            writes(number),
            *(reads(number, background=bool(turn % 2)) for turn in range(6)),
        )
        async with new_uow(read_only=True) as uow:
            assert await uow.forms.load(f"k{number}") == ("s", {"n": number})
    await engine.dispose()


@pytest.mark.parametrize("brief", [True, False])
async def test_what_a_unit_has_not_committed_is_gone(tmp_path: Path, brief: bool) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'few.db'}")
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)
    now = datetime(2026, 11, 21, 7, tzinfo=UTC)

    async with new_uow(brief=brief) as uow:
        await uow.forms.save("kept", state="s", data={}, now=now)
        await uow.commit()
        await uow.forms.save("left", state="s", data={}, now=now)
    with contextlib.suppress(ZeroDivisionError):
        async with new_uow(brief=brief) as uow:
            await uow.forms.save("failed", state="s", data={}, now=now)
            raise ZeroDivisionError

    async with new_uow(read_only=True) as uow:
        assert [await uow.forms.load(key) for key in ("kept", "left", "failed")] == [
            ("s", {}),
            (None, {}),
            (None, {}),
        ]
    await engine.dispose()


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'few.db'}")
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)

    async with new_uow(read_only=True) as uow:
        with pytest.raises(OperationalError, match="readonly"):
            await uow.people.set_blocked(77, True)
    await engine.dispose()


async def test_a_brief_unit_waits_for_a_writer_elsewhere_without_holding_up_others(
    tmp_path: Path,
) -> None:
    file = tmp_path / "few.db"
    engine = create_engine(f"sqlite+aiosqlite:///{file}")
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)
    elsewhere = sqlite3.connect(file, isolation_level=None)
    elsewhere.execute("BEGIN IMMEDIATE")
    ticks = 0

    async def saves() -> None:
        async with new_uow(brief=True) as uow:
            await uow.forms.save("k", state="s", data={}, now=datetime(2026, 11, 21, tzinfo=UTC))
            await uow.commit()

    saving = asyncio.create_task(saves())
    while ticks < 5:
        await asyncio.sleep(0.01)
        ticks += 1
    assert not saving.done()
    elsewhere.execute("COMMIT")
    elsewhere.close()
    await saving

    async with new_uow(read_only=True) as uow:
        assert await uow.forms.load("k") == ("s", {})
    await engine.dispose()


async def test_a_brief_unit_that_is_cancelled_while_it_commits_leaves_the_next_one_a_way(
    tmp_path: Path,
) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'few.db'}")
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)

    async def saves(number: int) -> None:
        async with new_uow(brief=True) as uow:
            now = datetime(2026, 11, 21, tzinfo=UTC)
            await uow.forms.save("k", state=f"s{number}", data={}, now=now)
            await uow.commit()

    for number in range(30):
        saving = asyncio.create_task(saves(number))
        for _ in range(number % 3 + 1):
            await asyncio.sleep(0)
        saving.cancel()
        await asyncio.gather(saving, return_exceptions=True)
    await saves(30)

    async with new_uow(read_only=True) as uow:
        assert (await uow.forms.load("k"))[0] == "s30"
    await engine.dispose()


async def test_a_long_reading_goes_on_in_a_thread_with_the_same_snapshot(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'few.db'}")
    await migrations.upgrade(engine)
    new_uow = unit_of_work_factory(engine)
    long = sa.text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
        "SELECT sum(i), (SELECT count(*) FROM fsm) FROM n"
    )
    ticks = 0

    async def ticking() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    async with BriefConnections(engine).reading() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM fsm")) == 0
        async with new_uow() as uow:
            await uow.forms.save("k", state="s", data={}, now=datetime(2026, 11, 21, tzinfo=UTC))
            await uow.commit()
        others = asyncio.create_task(ticking())
        found = (await connection.execute(long)).one()
        others.cancel()

    assert tuple(found) == (300_000 * 300_001 // 2, 0)
    assert ticks > 1
    await engine.dispose()
