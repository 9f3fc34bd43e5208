"""Broadcasts: who may, who is reached, what goes out once, and what is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.broadcasts import (
    Audience,
    Broadcast,
    BroadcastDelivery,
    BroadcastState,
    Button,
    ButtonKind,
    DeliveryState,
    Role,
    Settled,
)
from core.errors import BadInput, NotAllowed, OutOfDate, TextsMissing
from core.ids import BroadcastId
from core.people import Actor, Category, Locale, Permission, Tier
from core.ports import UnitOfWorkFactory
from core.usecases.broadcasts import (
    broadcasts_page,
    cancel_broadcast,
    change_draft,
    count_openings,
    count_reach,
    count_tap,
    mute_broadcasts,
    one_broadcast,
    pause_broadcast,
    resume_broadcast,
    schedule_broadcast,
    start_draft,
    start_due_broadcasts,
)
from core.usecases.people import choose_locale
from db.models import channels
from tests.conftest import FrozenClock
from tests.usecases.people_builders import creator, known, owner

TEXTS = {Locale.KK: "Сәлем", Locale.RU: "Привет"}


class Studio:
    """A member of the staff who sends broadcasts, and readers."""

    def __init__(self, new_uow: UnitOfWorkFactory, clock: FrozenClock, staff: Actor) -> None:
        self.new_uow, self.clock, self.staff = new_uow, clock, staff

    async def reader(self, number: int, locale: Locale = Locale.KK) -> Actor:
        """A creator in Almaty, of beauty, with 12 500 followers."""
        actor = await creator(self.new_uow, self.clock, number)
        return await choose_locale(self.new_uow, self.clock, actor=actor, locale=locale)

    async def draft(self, **content: object) -> Broadcast:
        draft = await start_draft(self.new_uow, self.clock, actor=self.staff)
        wanted = {"texts": TEXTS, **content}

        def change(one: Broadcast) -> Broadcast:
            return replace(one, **wanted)  # type: ignore[arg-type]

        return await change_draft(self.new_uow, actor=self.staff, broadcast=draft.id, change=change)

    async def begun(self, **content: object) -> BroadcastId:
        draft = await self.draft(**content)
        await schedule_broadcast(self.new_uow, self.clock, actor=self.staff, broadcast=draft.id)
        assert await start_due_broadcasts(self.new_uow, self.clock) == 1
        return draft.id

    async def reach(self, *, marketing: bool = True, **audience: object) -> int:
        reach = await count_reach(
            self.new_uow,
            self.clock,
            actor=self.staff,
            audience=Audience(**audience),  # type: ignore[arg-type]
            marketing=marketing,
        )
        return reach.total

    async def claim(self, limit: int = 10, *, by_day: bool = True) -> list[BroadcastDelivery]:
        now = self.clock()
        async with self.new_uow() as uow:
            due = await uow.broadcasts.claim(
                now=now,
                limit=limit,
                lease_until=now + timedelta(minutes=2),
                paid=False,
                by_day=by_day,
            )
            await uow.commit()
        return list(due)

    async def settle(self, *due: BroadcastDelivery, state: DeliveryState) -> None:
        async with self.new_uow() as uow:
            settled = [Settled(delivery=one, state=state) for one in due]
            await uow.broadcasts.settle(settled, now=self.clock())
            await uow.commit()

    async def state(self, broadcast: BroadcastId) -> BroadcastState:
        return (await self.one(broadcast)).state

    async def one(self, broadcast: BroadcastId) -> Broadcast:
        return await one_broadcast(self.new_uow, actor=self.staff, broadcast=broadcast)


@pytest.fixture
async def studio(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Studio:
    return Studio(new_uow, clock, await owner(new_uow, clock))


async def test_nobody_else_may(studio: Studio) -> None:
    stranger = await studio.reader(5)
    accountant = replace(stranger, permissions=frozenset({Permission.FINANCE}))
    draft = await studio.draft()

    for actor in (stranger, accountant):
        with pytest.raises(NotAllowed):
            await start_draft(studio.new_uow, studio.clock, actor=actor)
        with pytest.raises(NotAllowed):
            await one_broadcast(studio.new_uow, actor=actor, broadcast=draft.id)
        with pytest.raises(NotAllowed):
            await broadcasts_page(studio.new_uow, actor=actor)
        with pytest.raises(NotAllowed):
            await schedule_broadcast(studio.new_uow, studio.clock, actor=actor, broadcast=draft.id)
        with pytest.raises(NotAllowed):
            await cancel_broadcast(studio.new_uow, studio.clock, actor=actor, broadcast=draft.id)


async def test_every_filter_counts(studio: Studio, engine: AsyncEngine) -> None:
    await studio.reader(5)
    ruslan = await studio.reader(6, Locale.RU)
    await known(studio.new_uow, studio.clock, 7)  # has chosen no language: is not written to

    assert await studio.reach() == 2
    assert await studio.reach(role=Role.EVERYBODY) == 2
    assert await studio.reach(role=Role.MANAGER) == 0
    assert await studio.reach(locales=(Locale.RU,)) == 1
    assert await studio.reach(tiers=(Tier.STARTER,)) == 2  # no channel is verified yet
    async with engine.begin() as connection:
        await connection.execute(sa.update(channels).values(verified_at=studio.clock()))
    assert await studio.reach(tiers=(Tier.MICRO,)) == 2
    assert await studio.reach(tiers=(Tier.STARTER, Tier.NANO, Tier.MID, Tier.MEGA)) == 0
    assert await studio.reach(categories=(Category.BEAUTY, Category.FOOD)) == 2
    assert await studio.reach(categories=(Category.FOOD,)) == 0
    assert await studio.reach(cities=("Алматы",)) == 2
    assert await studio.reach(cities=("Астана",)) == 0
    assert await studio.reach(offer=1) == 0

    studio.clock.advance(days=10)
    await known(studio.new_uow, studio.clock, 6, "Руслан")
    assert await studio.reach(active_days=7) == 1
    assert await studio.reach(active_days=30) == 2
    await mute_broadcasts(studio.new_uow, actor=ruslan, muted=True)
    assert await studio.reach() == 1
    assert await studio.reach(marketing=False) == 2


async def test_a_missing_language_blocks_or_another_stands_in(studio: Studio) -> None:
    await studio.reader(5, Locale.EN)
    draft = await studio.draft()

    with pytest.raises(TextsMissing) as refused:
        await schedule_broadcast(
            studio.new_uow, studio.clock, actor=studio.staff, broadcast=draft.id
        )
    assert refused.value.locales == (Locale.EN,)
    begun = await studio.begun(falls_back=True)
    assert (await studio.one(begun)).language(Locale.EN) is Locale.RU


async def test_who_gets_it_is_fixed_when_it_begins(studio: Studio) -> None:
    await studio.reader(5)
    draft = await studio.draft()
    at = studio.clock() + timedelta(hours=1)
    await schedule_broadcast(
        studio.new_uow, studio.clock, actor=studio.staff, broadcast=draft.id, at=at
    )
    assert await start_due_broadcasts(studio.new_uow, studio.clock) == 0
    await studio.reader(6)
    studio.clock.advance(hours=1)
    assert await start_due_broadcasts(studio.new_uow, studio.clock) == 1
    assert await start_due_broadcasts(studio.new_uow, studio.clock) == 0
    await studio.reader(7)

    assert {one.telegram_id for one in await studio.claim()} == {5, 6}
    assert (await studio.one(draft.id)).tally.total == 2


async def test_nobody_is_reached_is_said_before(studio: Studio) -> None:
    draft = await studio.draft()

    with pytest.raises(BadInput, match="audience"):
        await schedule_broadcast(
            studio.new_uow, studio.clock, actor=studio.staff, broadcast=draft.id
        )


async def test_what_is_scheduled_is_not_changed_and_not_scheduled_twice(studio: Studio) -> None:
    await studio.reader(5)
    begun = await studio.begun()

    with pytest.raises(OutOfDate):
        await change_draft(
            studio.new_uow,
            actor=studio.staff,
            broadcast=begun,
            change=lambda one: one.with_text(Locale.KK, "басқа"),
        )
    with pytest.raises(OutOfDate):
        await schedule_broadcast(studio.new_uow, studio.clock, actor=studio.staff, broadcast=begun)
    assert (await studio.one(begun)).texts == TEXTS


async def test_a_lease_holds_and_ends(studio: Studio) -> None:
    for number in (5, 6, 7):
        await studio.reader(number)
    begun = await studio.begun()

    first = await studio.claim(2)
    assert len(first) == 2
    assert [one.telegram_id for one in await studio.claim()] == [7]
    assert await studio.claim() == []
    await studio.settle(first[0], state=DeliveryState.SENT)
    studio.clock.advance(minutes=2)
    again = await studio.claim()
    assert {one.telegram_id for one in again} == {first[1].telegram_id, 7}
    await studio.settle(*again, state=DeliveryState.SENT)
    await studio.settle(*again, *first, state=DeliveryState.FAILED)  # a slower worker's late word

    done = await studio.one(begun)
    assert done.state is BroadcastState.DONE
    assert (done.tally.sent, done.tally.failed) == (3, 0)


async def test_pause_resume_and_stop(studio: Studio) -> None:
    for number in (5, 6, 7):
        await studio.reader(number)
    begun = await studio.begun()
    under_way = await studio.claim(1)

    await pause_broadcast(studio.new_uow, studio.clock, actor=studio.staff, broadcast=begun)
    assert await studio.claim() == []
    await studio.settle(*under_way, state=DeliveryState.SENT)  # it was in the air
    with pytest.raises(OutOfDate):
        await pause_broadcast(studio.new_uow, studio.clock, actor=studio.staff, broadcast=begun)
    await resume_broadcast(studio.new_uow, studio.clock, actor=studio.staff, broadcast=begun)
    assert len(await studio.claim(1)) == 1
    await cancel_broadcast(studio.new_uow, studio.clock, actor=studio.staff, broadcast=begun)

    assert await studio.claim() == []
    stopped = await studio.one(begun)
    assert stopped.state is BroadcastState.CANCELLED
    assert (stopped.tally.sent, stopped.tally.left) == (1, 2)
    with pytest.raises(OutOfDate):
        await resume_broadcast(studio.new_uow, studio.clock, actor=studio.staff, broadcast=begun)


async def test_who_blocks_the_bot_meanwhile_is_marked_and_not_written_to(studio: Studio) -> None:
    await studio.reader(5)
    await studio.reader(6)
    begun = await studio.begun()
    async with studio.new_uow() as uow:
        await uow.people.set_blocked(5, True)
        await uow.commit()

    due = await studio.claim()
    await studio.settle(*due, state=DeliveryState.BLOCKED)

    assert [one.telegram_id for one in due] == [6]
    assert (await studio.one(begun)).tally.blocked == 2
    assert await studio.state(begun) is BroadcastState.DONE
    assert await studio.reach() == 0


async def test_news_rest_by_night_and_service_messages_do_not(studio: Studio) -> None:
    await studio.reader(5)
    await studio.begun()
    service = await studio.begun(marketing=False)

    assert [one.broadcast for one in await studio.claim(by_day=False)] == [service]
    assert len(await studio.claim()) == 1


async def test_a_person_is_counted_once(studio: Studio) -> None:
    reader, other = await studio.reader(5), await studio.reader(6)
    button = Button(kind=ButtonKind.URL, url="https://t.me/ules")
    begun = await studio.begun(button=button)
    due = {one.telegram_id: one.id for one in await studio.claim()}
    stranger = await studio.reader(7)

    for _ in range(2):
        await count_tap(studio.new_uow, studio.clock, actor=reader, broadcast=begun)
        await count_tap(studio.new_uow, studio.clock, actor=stranger, broadcast=begun)
        openings = {due[other.telegram_id]: studio.clock(), 999: studio.clock()}
        await count_openings(studio.new_uow, openings)

    assert (await studio.one(begun)).tally.clicks == 2
