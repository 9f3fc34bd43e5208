"""What is over goes at night, after its time; what is still wanted stays, and nothing repeats."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.broadcasts import DeliveryState
from core.ids import PersonId
from core.notifications import NoteKind, Notification
from core.orders import ALMATY
from core.people import Permission
from core.ports import UnitOfWork, UnitOfWorkFactory
from core.retention import Retention
from core.usecases import retention
from core.usecases.broadcasts import count_openings, one_broadcast
from core.usecases.invitations import accept_invitation, invite_staff
from core.usecases.retention import forget_old
from db.models import broadcast_deliveries, fsm, invitations, outbox
from tests.conftest import FrozenClock
from tests.usecases.people_builders import known, owner
from tests.usecases.test_broadcasts import Studio

KEEP = Retention(messages=timedelta(days=100), drafts=timedelta(days=30))


def to_night(clock: FrozenClock) -> None:
    """Go on to three in the morning."""
    now = clock().astimezone(ALMATY)
    clock.advance(hours=(27 - now.hour) % 24 or 24)


async def rows(engine: AsyncEngine, table: sa.Table, column: str) -> list[object]:
    async with engine.connect() as connection:
        found = await connection.scalars(sa.select(table.c[column]).order_by(table.c[column]))
        return list(found)


async def tell(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, who: PersonId, *keys: str, sent: bool = True
) -> None:
    facts = {"count": 1, "amount_minor": 100}
    async with new_uow() as uow:
        await uow.outbox.add(
            [Notification(person=who, kind=NoteKind.RELEASED, key=k, facts=facts) for k in keys],
            now=clock(),
        )
        await uow.commit()
    if not sent:
        return
    while True:
        async with new_uow() as uow:
            due = await uow.outbox.claim(
                now=clock(), limit=10, lease_until=clock() + timedelta(minutes=2)
            )
            for one in due:
                await uow.outbox.sent(one.id, now=clock())
            await uow.commit()
        if not due:
            return


async def test_messages_go_after_their_time_and_only_at_night(
    engine: AsyncEngine,
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    person = await known(new_uow, clock, 5)
    await tell(new_uow, clock, person.id, *(f"old:{number}" for number in range(8)))
    await tell(new_uow, clock, person.id, "stuck", sent=False)
    clock.advance(days=90)
    await tell(new_uow, clock, person.id, "young", sent=False)
    clock.advance(days=15)
    to_night(clock)
    clock.advance(hours=9)
    assert await forget_old(new_uow, clock, keep=KEEP) == 0
    to_night(clock)

    assert await forget_old(new_uow, clock, keep=KEEP) == 8
    assert await forget_old(new_uow, clock, keep=KEEP) == 0

    assert await rows(engine, outbox, "key") == ["stuck", "young"]
    # What is still there keeps its message from coming again.
    await tell(new_uow, clock, person.id, "young", "stuck", sent=False)
    assert await rows(engine, outbox, "key") == ["stuck", "young"]


async def test_a_sweep_that_is_killed_is_finished_by_the_next(
    engine: AsyncEngine,
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    person = await known(new_uow, clock, 5)
    await tell(new_uow, clock, person.id, *(f"old:{number}" for number in range(6)))
    clock.advance(days=101)
    to_night(clock)
    begun = 0

    @asynccontextmanager
    async def killed_at_the_third(**options: bool) -> AsyncIterator[UnitOfWork]:
        nonlocal begun
        begun += 1
        async with new_uow(**options) as uow:
            yield uow
            if begun == 3:
                raise OSError("killed")

    with pytest.raises(OSError, match="killed"):
        await forget_old(killed_at_the_third, clock, keep=KEEP)

    assert len(await rows(engine, outbox, "key")) in (0, 2)
    await forget_old(new_uow, clock, keep=KEEP)
    assert await rows(engine, outbox, "key") == []


async def test_who_got_a_broadcast_is_forgotten_and_its_numbers_are_not(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    studio = Studio(new_uow, clock, await owner(new_uow, clock))
    for number in (5, 6, 7):
        await studio.reader(number)
    old = await studio.begun()
    due = await studio.claim()
    await studio.settle(*due, state=DeliveryState.SENT)
    clock.advance(days=95)
    young = await studio.begun()
    latest = await studio.claim()
    await studio.settle(*latest, state=DeliveryState.SENT)
    before = await one_broadcast(new_uow, actor=studio.staff, broadcast=old)
    clock.advance(days=10)
    to_night(clock)

    assert await forget_old(new_uow, clock, keep=KEEP) == len(due)

    assert set(await rows(engine, broadcast_deliveries, "broadcast_id")) == {young}
    assert await one_broadcast(new_uow, actor=studio.staff, broadcast=old) == before
    assert await count_openings(new_uow, {due[0].id: clock(), latest[0].id: clock()}) == 1


async def test_drafts_and_missed_invitations_go(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    staff, guest = await owner(new_uow, clock), await known(new_uow, clock, 5)
    taken = await invite_staff(new_uow, clock, actor=staff, permissions=[Permission.FINANCE])
    await accept_invitation(new_uow, clock, actor=guest, token=taken)
    await invite_staff(new_uow, clock, actor=staff, permissions=[Permission.FINANCE])
    await save(new_uow, "old", clock())
    clock.advance(days=45)
    await save(new_uow, "young", clock())
    await invite_staff(new_uow, clock, actor=staff, permissions=[Permission.FINANCE])
    to_night(clock)

    assert await forget_old(new_uow, clock, keep=KEEP) == 2

    assert await rows(engine, fsm, "key") == ["young"]
    kept = await rows(engine, invitations, "used_by")
    assert sorted(kept, key=str) == [guest.id, None]


async def save(new_uow: UnitOfWorkFactory, key: str, now: datetime) -> None:
    async with new_uow() as uow:
        await uow.forms.save(key, state="offer:title", data={"title": "Крем"}, now=now)
        await uow.commit()
