"""Rates, ladders, first orders and budgets through files of orders, in whatever order they come."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from core.commissions import CommissionState
from core.errors import BudgetSpent
from core.money import Money, tenge
from core.notifications import NoteKind
from core.offers import OfferState
from core.orders import NormalisedOrder, OrderItem, OrderStatus
from core.ports import UnitOfWorkFactory
from core.pricing import Limit, Rate, RateBy, Rule, Rung, Why
from core.usecases.commissions import release_holds
from core.usecases.offers import end_offer, pause_offer, resume_offer
from tests.builders import told, unhurried
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    TEN_PERCENT,
    Shop,
    a_shop,
    an_order,
    books,
    known_orders,
    report,
)

PENDING, APPROVED, REJECTED = OrderStatus.PENDING, OrderStatus.APPROVED, OrderStatus.REJECTED


async def commissions(new_uow: UnitOfWorkFactory, shop: Shop) -> dict[str, int]:
    """What each order brings, in tenge."""
    return {
        number: row.commission.minor // 100
        for number, row in (await known_orders(new_uow, shop)).items()
    }


async def test_lines_of_an_order_are_priced_by_category_and_article(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rates = (
        Rate(by=RateBy.CATEGORY, name="Headphones", percent_bps=500),
        Rate(by=RateBy.SKU, name="SKU-1", percent_bps=2_000),
    )
    draft = replace(TEN_PERCENT, rule=Rule(percent_bps=1_000, rates=rates))
    shop = await a_shop(new_uow, clock, draft)
    goods = (
        OrderItem(sku="sku-1", amount=tenge(5_000), category="headphones"),
        OrderItem(sku="SKU-2", amount=tenge(5_000), category="headphones"),
    )

    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, items=goods))
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, items=goods))

    row = (await known_orders(new_uow, shop))["1"]
    assert row.commission == tenge(1_250)
    assert row.price is not None
    assert [(part.why, part.name) for part in row.price.parts] == [
        (Why.SKU, "SKU-1"),
        (Why.CATEGORY, "Headphones"),
    ]
    assert row.terms_version == 1


async def test_the_order_of_files_does_not_change_rungs_nor_caps(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(
        percent_bps=1_000,
        ladder=(Rung(orders=1, worth=2_000), Rung(orders=2, worth=3_000)),
        cap_month_minor=tenge(7_000).minor,
    )
    clock.advance(days=1)
    outcomes = set()
    for turn in list(permutations(range(4)))[::5]:
        shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
        orders = [
            an_order(str(n), status, shop.code, at=clock() + timedelta(minutes=n))
            for n, status in enumerate([APPROVED, PENDING, APPROVED, APPROVED])
        ]
        for n in turn:
            await report(new_uow, clock, shop, orders[n])
        worth = await commissions(new_uow, shop)
        outcomes.add(tuple(worth[str(n)] for n in range(4)))
        assert (await books(new_uow, shop)).pending == tenge(sum(worth.values()))

    # 10 %, then 20 % twice (only one is approved before), then 30 % as far as the cap goes.
    assert outcomes == {(1_000, 2_000, 2_000, 2_000)}


async def test_a_late_report_of_an_earlier_order_takes_nothing_that_can_be_withdrawn(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, cap_month_minor=tenge(1_500).minor)
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule, hold_days=0))
    later, earlier = NOON + timedelta(hours=5), NOON + timedelta(hours=1)
    await report(new_uow, clock, shop, an_order("2", APPROVED, shop.code, at=later))
    clock.advance(days=1)
    await release_holds(new_uow, clock)

    await report(new_uow, clock, shop, an_order("1", PENDING, shop.code, at=earlier))

    assert await commissions(new_uow, shop) == {"1": 500, "2": 1_000}
    assert (await books(new_uow, shop)).available == tenge(1_000)


async def test_a_cancelled_order_makes_the_next_rung_later(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, ladder=(Rung(orders=1, worth=2_000),))
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))

    def order(n: int, status: OrderStatus) -> NormalisedOrder:
        return an_order(str(n), status, shop.code, at=NOON + timedelta(hours=n))

    await report(new_uow, clock, shop, order(1, APPROVED), order(2, APPROVED), order(3, APPROVED))
    assert await commissions(new_uow, shop) == {"1": 1_000, "2": 2_000, "3": 2_000}
    clock.advance(days=1)

    await report(new_uow, clock, shop, order(1, REJECTED))

    assert await commissions(new_uow, shop) == {"1": 0, "2": 1_000, "3": 2_000}


async def test_a_buyers_first_order_is_the_earliest_whenever_it_is_reported(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, first_order=2_500)
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
    phone, other = "+77011234567", "+77011234568"

    def order(n: int, status: OrderStatus = PENDING, **more: Any) -> NormalisedOrder:
        return an_order(str(n), status, shop.code, at=NOON + timedelta(hours=n), **more)

    await report(new_uow, clock, shop, order(3, phone=phone), order(4, phone=other), order(5))
    assert await commissions(new_uow, shop) == {"3": 2_500, "4": 2_500, "5": 1_000}

    await report(new_uow, clock, shop, order(2, phone=phone))
    assert await commissions(new_uow, shop) == {"2": 2_500, "3": 1_000, "4": 2_500, "5": 1_000}

    clock.advance(days=1)
    await report(new_uow, clock, shop, order(2, REJECTED, phone=phone))
    assert await commissions(new_uow, shop) == {"2": 0, "3": 2_500, "4": 2_500, "5": 1_000}


async def test_an_order_without_credit_can_be_the_first_of_its_buyer(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, first_order=2_500)
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
    phone = "+77011234567"
    await report(new_uow, clock, shop, an_order("1", PENDING, phone=phone))

    at = NOON + timedelta(hours=3)
    await report(new_uow, clock, shop, an_order("2", PENDING, shop.code, phone=phone, at=at))

    assert (await commissions(new_uow, shop))["2"] == 1_000


async def test_a_spent_budget_stops_the_offer_and_pays_what_was_ordered_before(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, budget_minor=tenge(1_500).minor)
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
    offer = shop.enrolment.offer
    before = NOON + timedelta(hours=1)
    clock.advance(days=1)
    orders = [an_order(n, APPROVED, shop.code, at=before) for n in ("1", "2")]

    await report(new_uow, clock, shop, *orders)
    await report(new_uow, clock, shop, *orders)

    async with new_uow(read_only=True) as uow:
        stopped = await uow.offers.get(offer)
    assert (stopped.state, stopped.spent_minor) == (OfferState.PAUSED, tenge(2_000).minor)
    assert (await told(new_uow, shop.creator)).count(NoteKind.BUDGET_SPENT) == 1
    assert (await told(new_uow, shop.manager)).count(NoteKind.BUDGET_SPENT) == 1
    late = an_order("3", APPROVED, shop.code, at=before)
    new = an_order("4", APPROVED, shop.code, at=clock() + timedelta(minutes=1))
    clock.advance(hours=1)
    await report(new_uow, clock, shop, late, new)
    assert await commissions(new_uow, shop) == {"1": 1_000, "2": 1_000, "3": 1_000, "4": 0}
    row = (await known_orders(new_uow, shop))["4"]
    assert row.price is not None
    assert row.price.limit is Limit.BUDGET
    with pytest.raises(BudgetSpent):
        await resume_offer(new_uow, clock, actor=shop.manager, offer=offer)


async def test_money_that_comes_back_makes_budget_again(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, budget_minor=tenge(1_500).minor)
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
    before = NOON + timedelta(hours=1)
    await report(
        new_uow, clock, shop, *[an_order(n, PENDING, shop.code, at=before) for n in ("1", "2")]
    )
    clock.advance(days=1)
    await report(new_uow, clock, shop, an_order("1", REJECTED, shop.code, at=before))

    await resume_offer(new_uow, clock, actor=shop.manager, offer=shop.enrolment.offer)
    at = clock() + timedelta(minutes=1)
    await report(new_uow, clock, shop, an_order("3", PENDING, shop.code, at=at))

    assert (await commissions(new_uow, shop))["3"] == 1_000
    with pytest.raises(Exception):  # noqa: B017, PT011 - paused again by the third order
        await pause_offer(new_uow, clock, actor=shop.manager, offer=shop.enrolment.offer)


async def test_two_files_at_once_price_a_month_as_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, ladder=(Rung(orders=1, worth=2_000),))
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
    orders = [
        an_order(str(n), APPROVED, shop.code, at=NOON + timedelta(hours=n)) for n in range(1, 5)
    ]

    await asyncio.gather(*(report(new_uow, clock, shop, order) for order in reversed(orders)))

    assert await commissions(new_uow, shop) == {"1": 1_000, "2": 2_000, "3": 2_000, "4": 2_000}
    rows = (await known_orders(new_uow, shop)).values()
    assert {row.commission_state for row in rows} == {CommissionState.IN_HOLD}
    assert sum((row.commission for row in rows), Money(0)) == tenge(7_000)


async def test_an_offer_ends_while_a_file_of_its_orders_is_read(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(days=1)

    async def ends() -> None:
        await asyncio.sleep(0.1)
        await end_offer(new_uow, clock, actor=shop.manager, offer=shop.enrolment.offer)

    await asyncio.gather(
        report(unhurried(new_uow), clock, shop, an_order("1", APPROVED, shop.code)), ends()
    )

    assert await commissions(new_uow, shop) == {"1": 1_000}
