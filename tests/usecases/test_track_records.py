"""Figures on a card come from finished orders, and from enough of them."""

from __future__ import annotations

from datetime import timedelta

from core.ids import OfferId
from core.orders import OrderStatus
from core.ports import UnitOfWorkFactory
from core.track_records import FINISHED_MIN, Sale, TrackRecord, Whose, summed
from core.usecases.commissions import release_holds
from core.usecases.offers import offer_card
from core.usecases.track_records import STALE, count_records
from tests.builders import an_offer
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    TEN_PERCENT,
    Shop,
    a_shop,
    an_order,
    one_more,
    report,
)

APPROVED, REJECTED, RETURNED = OrderStatus.APPROVED, OrderStatus.REJECTED, OrderStatus.RETURNED


async def sell(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, *, approved: int, lost: int
) -> None:
    """Orders of the morning; every one is decided three days later, a pending one is left."""
    placed = clock() + timedelta(hours=1)
    decided = placed + timedelta(days=3)
    ended = [APPROVED] * approved + [REJECTED, RETURNED] * (lost // 2)
    orders = [
        an_order(f"{shop.code}-{number}", status, shop.code, at=placed, changed=decided)
        for number, status in enumerate(ended)
    ]
    orders.append(an_order(f"{shop.code}-open", OrderStatus.PENDING, shop.code, at=placed))
    clock.advance(days=3, hours=2)
    await report(new_uow, clock, shop, *orders)


async def record(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, offer: OfferId
) -> TrackRecord | None:
    return (await offer_card(new_uow, clock, actor=shop.creator, offer=offer)).record


async def test_a_card_shows_what_happened_once_enough_has(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    own = shop.enrolment.offer
    other = await an_offer(new_uow, clock(), shop.brand.id, TEN_PERCENT)
    assert other.id
    assert await record(new_uow, clock, shop, own) is None

    await sell(new_uow, clock, shop, approved=12, lost=4)
    assert await count_records(new_uow, clock) == 1
    soon = TrackRecord(whose=Whose.OFFER, finished=16, approved_bps=7_500, confirm_days=3)
    assert await record(new_uow, clock, shop, own) == soon
    of_brand = TrackRecord(whose=Whose.BRAND, finished=16, approved_bps=7_500, confirm_days=3)
    assert await record(new_uow, clock, shop, other.id) == of_brand

    clock.advance(days=14)
    assert await release_holds(new_uow, clock) == 12
    assert await count_records(new_uow, clock) == 1
    assert await count_records(new_uow, clock) == 0  # it is not old yet
    paid = await record(new_uow, clock, shop, own)
    assert paid is not None
    assert paid.pay_days == 18  # three to decide, fourteen of hold, and a begun one


async def test_too_few_orders_give_no_number_and_another_brand_none(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    busy = await a_shop(new_uow, clock, name="Дана")
    _, second = await one_more(new_uow, clock, shop.brand, "Марат")
    await sell(new_uow, clock, busy, approved=FINISHED_MIN, lost=0)
    await sell(new_uow, clock, shop, approved=FINISHED_MIN - 3, lost=2)

    assert await count_records(new_uow, clock) == 2

    assert await record(new_uow, clock, shop, shop.enrolment.offer) is None
    assert await record(new_uow, clock, shop, second.offer) is None
    clock.advance(seconds=STALE.total_seconds() + 1)
    assert await count_records(new_uow, clock) == 2  # a repeated sweep leaves the same
    whole = await record(new_uow, clock, busy, busy.enrolment.offer)
    assert whole is not None
    assert (whole.finished, whole.approved_bps) == (FINISHED_MIN, 10_000)


def test_a_median_is_not_led_astray_by_one_slow_order() -> None:
    days = [1, 2, 2, 2, 3, 3, 3, 4, 5, 90]
    sales = [
        Sale(
            offer=OfferId(1),
            status=APPROVED,
            ordered_at=NOON,
            approved_at=NOON + timedelta(days=each),
        )
        for each in days
    ]

    assert summed(Whose.OFFER, sales).confirm_days == 3
    assert summed(Whose.OFFER, sales[1:]).confirm_days is None
    assert summed(Whose.OFFER, []) == TrackRecord(whose=Whose.OFFER, finished=0)
