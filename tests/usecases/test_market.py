"""The market by week: what a sweep keeps is what orders and payouts say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import NotAllowed
from core.market import mondays
from core.money import tenge
from core.orders import OrderStatus
from core.people import Permission
from core.ports import UnitOfWorkFactory
from core.results import day_of
from core.usecases.commissions import release_holds
from core.usecases.market import count_market, market_figures
from core.usecases.payouts import approve_payout, request_payout, settle_payout
from db.models import orders
from tests.builders import a_moderator
from tests.conftest import FrozenClock
from tests.usecases.money_builders import TAIL, an_accountant, give_details
from tests.usecases.order_builders import Shop, a_shop, an_order, one_more, report

PENDING, DONE, LOST = OrderStatus.PENDING, OrderStatus.APPROVED, OrderStatus.REJECTED


async def some_weeks(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Shop:
    """Two brands and three creators over three weeks, with orders that nobody is credited for."""
    shop, other = await a_shop(new_uow, clock), await a_shop(new_uow, clock, name="Дана")
    creator, enrolment = await one_more(new_uow, clock, shop.brand, "Олжас")
    second = replace(shop, creator=creator, enrolment=enrolment)
    clock.advance(hours=1)
    number = 0
    for sellers in ((shop,), (shop, second), (shop, second, other)):
        for seller in sellers:
            for status in (DONE, DONE, DONE, DONE, LOST, PENDING):
                number += 1
                at = clock() + timedelta(minutes=number)
                order = an_order(str(number), status, seller.code, at=at, changed=at)
                await report(new_uow, clock, seller, order)
        number += 1
        await report(new_uow, clock, shop, an_order(str(number), DONE, at=clock()))
        clock.advance(days=7)
    return shop


async def test_kept_figures_are_what_a_recount_says(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    await some_weeks(new_uow, clock)
    staff = await a_moderator(new_uow, clock())
    assert {week.counted_at for week in await market_figures(new_uow, clock, actor=staff)} == {None}

    assert await count_market(new_uow, clock) == 12
    assert await count_market(new_uow, clock) == 0  # within the hour

    async with engine.connect() as connection:
        rows = (
            await connection.execute(
                sa.select(
                    orders.c.ordered_at,
                    orders.c.creator_id,
                    orders.c.status,
                    orders.c.net_minor,
                )
            )
        ).all()
    weeks = await market_figures(new_uow, clock, actor=staff)
    assert [week.monday for week in weeks] == mondays(clock())
    for week in weeks:
        own = [
            row
            for row in rows
            if week.monday <= day_of(row.ordered_at) < week.monday + timedelta(weeks=1)
        ]
        credited = [row for row in own if row.creator_id is not None]
        assert week.orders == len(own)
        assert week.credited == len(credited)
        assert week.active == len({row.creator_id for row in credited})
        assert week.approved == sum(row.status == DONE for row in credited)
        assert week.lost == sum(row.status == LOST for row in credited)
        assert week.gmv.minor == sum(row.net_minor for row in credited if row.status != LOST)
    assert [week.orders for week in weeks if week.orders] == [7, 13, 19]
    assert [week.unmatched_bps for week in weeks if week.orders] == [1_429, 769, 526]
    assert weeks[-2].approval_bps == 8_000


async def test_days_to_pay_run_from_the_order_to_the_payout_of_its_reward(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(hours=1)
    for number in range(12):
        order = an_order(str(number), DONE, shop.code, at=clock(), changed=clock())
        await report(new_uow, clock, shop, order)
    await give_details(new_uow, clock, shop.creator)
    clock.advance(days=15)
    await release_holds(new_uow, clock)
    asked = await request_payout(
        new_uow, clock, actor=shop.creator, amount=tenge(12_000), iban_tail=TAIL
    )
    assert asked.id
    # Ordered after the request: not paid by it.
    await report(new_uow, clock, shop, an_order("late", DONE, shop.code, at=clock()))
    clock.advance(days=2)
    staff = await an_accountant(new_uow, clock)
    await approve_payout(new_uow, clock, actor=staff, payout=asked.id)
    await settle_payout(new_uow, clock, actor=staff, payout=asked.id)
    await count_market(new_uow, clock)
    paid = [week.pay_days for week in await market_figures(new_uow, clock, actor=staff)]
    assert paid == [None] * 11 + [17]

    clock.advance(days=7)
    await count_market(new_uow, clock)
    clock.advance(hours=2)
    await count_market(new_uow, clock)
    paid = [week.pay_days for week in await market_figures(new_uow, clock, actor=staff)]
    assert paid == [None] * 10 + [17, None]


async def test_the_market_is_for_moderation_and_finance(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    staff = await an_accountant(new_uow, clock)
    assert len(await market_figures(new_uow, clock, actor=staff)) == 12
    broadcaster = replace(staff, permissions=frozenset({Permission.BROADCAST}))
    for actor in (shop.manager, shop.creator, broadcaster):
        with pytest.raises(NotAllowed):
            await market_figures(new_uow, clock, actor=actor)
