"""People are told as they have chosen, and a change of mind loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import BadInput, NotAllowed
from core.ids import PersonId
from core.notices import Group, Mode
from core.notifications import Delivery, NoteKind, Notification
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.notices import my_notices, set_hours, set_mode
from db.models import outbox
from tests.builders import a_brand, a_creator
from tests.conftest import FrozenClock
from tests.db.test_messages import LEASE


@pytest.fixture
async def manager(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Actor:
    return (await a_brand(new_uow, clock()))[1]


async def joined(new_uow: UnitOfWorkFactory, clock: FrozenClock, who: PersonId, *keys: str) -> None:
    async with new_uow() as uow:
        await uow.outbox.add(
            [
                Notification(
                    person=who,
                    kind=NoteKind.ENROLLED,
                    key=key,
                    facts={"offer": 1, "title": "Крем", "creator": key},
                )
                for key in keys
            ],
            now=clock(),
        )
        await uow.commit()


async def comes(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> list[Delivery]:
    """Everything that reaches people now."""
    found: list[Delivery] = []
    while True:
        async with new_uow() as uow:
            now = clock()
            claimed = await uow.outbox.claim(now=now, limit=10, lease_until=now + LEASE)
            for delivery in claimed:
                await uow.outbox.sent(delivery.id, now=now)
            await uow.commit()
        if not claimed:
            return found
        found += claimed


def told(found: list[Delivery]) -> list[Any]:
    return [
        [part["n"] for part in one.facts["parts"]] if one.kind is NoteKind.BUNDLE else one.kind
        for one in found
    ]


async def test_forty_at_once_are_one_message_and_are_told_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, manager: Actor, engine: AsyncEngine
) -> None:
    keys = [f"k{n}" for n in range(40)]
    await joined(new_uow, clock, manager.id, *keys)

    first = await comes(new_uow, clock)
    await joined(new_uow, clock, manager.id, *keys)  # the same facts again
    clock.advance(days=1)

    assert told(first) == [[40]]
    assert await comes(new_uow, clock) == []
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.select(outbox.c.bundle_id, sa.func.count()).group_by(outbox.c.bundle_id)
        )
    assert {(row[0], row[1]) for row in rows} == {(first[0].id, 40), (None, 1)}


async def test_a_claim_that_is_rolled_back_changes_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, manager: Actor
) -> None:
    await joined(new_uow, clock, manager.id, *"abcd")
    async with new_uow() as uow:
        await uow.outbox.claim(now=clock(), limit=10, lease_until=clock() + LEASE)

    assert told(await comes(new_uow, clock)) == [[4]]


async def test_a_daily_message_comes_once_a_day_at_the_chosen_hour(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, manager: Actor
) -> None:
    await set_mode(new_uow, clock, actor=manager, group=Group.CREATORS, mode=Mode.DAILY)
    await set_hours(new_uow, clock, actor=manager, daily_at=18)
    await joined(new_uow, clock, manager.id, "a")
    assert await comes(new_uow, clock) == []
    clock.advance(hours=3)
    await joined(new_uow, clock, manager.id, "b", "c")
    assert await comes(new_uow, clock) == []

    clock.advance(hours=3)

    assert told(await comes(new_uow, clock)) == [[3]]
    clock.advance(hours=24)
    assert await comes(new_uow, clock) == []


async def test_a_change_of_mind_tells_what_was_held_and_drops_what_is_muted(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, manager: Actor
) -> None:
    async def wants(mode: Mode) -> None:
        await set_mode(new_uow, clock, actor=manager, group=Group.CREATORS, mode=mode)

    await wants(Mode.DAILY)
    await joined(new_uow, clock, manager.id, "a", "b")
    assert await comes(new_uow, clock) == []
    await wants(Mode.AT_ONCE)
    assert told(await comes(new_uow, clock)) == [NoteKind.ENROLLED, NoteKind.ENROLLED]

    await wants(Mode.NEVER)
    await joined(new_uow, clock, manager.id, "c")
    assert await comes(new_uow, clock) == []
    await wants(Mode.AT_ONCE)
    await joined(new_uow, clock, manager.id, "c", "d")

    assert [one.facts["creator"] for one in await comes(new_uow, clock)] == ["d"]


async def test_own_quiet_hours_are_kept(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, manager: Actor
) -> None:
    await set_hours(new_uow, clock, actor=manager, quiet_from=11, quiet_until=14)  # it is noon
    await joined(new_uow, clock, manager.id, "a")

    during = await comes(new_uow, clock)
    clock.advance(hours=2)

    assert during == []
    assert told(await comes(new_uow, clock)) == [NoteKind.ENROLLED]


async def test_what_is_held_for_many_keeps_nobody_else_waiting(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, manager: Actor
) -> None:
    sleepers = [await a_creator(new_uow, clock(), f"C{n}") for n in range(30)]
    for sleeper in sleepers:
        await set_hours(new_uow, clock, actor=sleeper, quiet_from=9, quiet_until=15)
        await joined(new_uow, clock, sleeper.id, f"s{sleeper.id}")
    await joined(new_uow, clock, manager.id, "a")

    async with new_uow() as uow:
        claimed = await uow.outbox.claim(now=clock(), limit=10, lease_until=clock() + LEASE)

    assert [delivery.telegram_id for delivery in claimed] == [manager.telegram_id]


async def test_nobody_sets_groups_of_another_role_or_mutes_money(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, manager: Actor
) -> None:
    with pytest.raises(NotAllowed):
        await set_mode(new_uow, clock, actor=manager, group=Group.REQUESTS, mode=Mode.DAILY)
    with pytest.raises(BadInput):
        await set_mode(new_uow, clock, actor=manager, group=Group.FUNDS, mode=Mode.NEVER)
    with pytest.raises(BadInput):
        await set_hours(new_uow, clock, actor=manager, daily_at=24)

    assert not (await my_notices(new_uow, actor=manager)).modes
