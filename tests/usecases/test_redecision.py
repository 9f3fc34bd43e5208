"""What buyers and people who decide tell of orders counts, before and after the merchant's file."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from core import preparation
from core.commissions import CommissionState
from core.evidence import EvidenceKind, Grade
from core.ids import EnrolmentId, OrderId, PersonId
from core.money import tenge
from core.orders import OrderStatus
from core.ports import UnitOfWorkFactory
from core.usecases.commissions import release_holds
from core.usecases.redecision import redecide
from tests.builders import a_person
from tests.conftest import FrozenClock
from tests.usecases.evidence_builders import (
    claimed,
    erased,
    order_ids,
    shared_phone,
    states_of_claims,
    touched,
)
from tests.usecases.order_builders import (
    BOX,
    NOON,
    a_shop,
    an_order,
    books,
    known_orders,
    one_more,
    report,
    transfers,
)

PENDING, APPROVED = OrderStatus.PENDING, OrderStatus.APPROVED
RETURNED = OrderStatus.RETURNED
PHONE, OTHER = "+77021234567", "+77770000000"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ORDERED = NOON + HOUR  # when builders let buyers order


async def again(new_uow: UnitOfWorkFactory, clock: FrozenClock, orders: list[OrderId]) -> None:
    async with new_uow() as uow:
        await redecide(uow, orders=orders, now=clock())
        await uow.commit()


async def ruled(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, order: OrderId, enrolment: EnrolmentId | None
) -> None:
    async with new_uow() as uow:
        await uow.evidence.rule(
            order,
            enrolment=enrolment,
            grade=Grade.D if enrolment else None,
            reason="dispute",
            by=None,
            now=clock(),
        )
        await redecide(uow, orders=[order], now=clock())
        await uow.commit()


async def a_buyer(new_uow: UnitOfWorkFactory, clock: FrozenClock, name: str = "Марат") -> PersonId:
    return (await a_person(new_uow, clock(), name)).id


# --- the phone, grade C ---------------------------------------------------------------------


async def test_an_order_with_the_phone_of_somebody_who_came_before_is_credited(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON)
    await shared_phone(engine, buyer, PHONE, NOON)

    counts = await report(
        new_uow, clock, shop, an_order("1", phone=PHONE), an_order("2", phone=OTHER)
    )

    rows = await known_orders(new_uow, shop)
    assert (rows["1"].grade, rows["1"].evidence_kind) == (Grade.C, EvidenceKind.PHONE)
    assert rows["1"].commission == tenge(1_000)
    assert rows["2"].creator is None
    assert (counts.matched, counts.unmatched) == (1, 1)


async def test_a_phone_that_is_shared_after_the_file_finds_the_order_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON)
    await report(new_uow, clock, shop, an_order("1", APPROVED, phone=PHONE))
    before = await transfers(new_uow)

    await shared_phone(engine, buyer, PHONE, NOON)
    for _ in range(2):
        async with new_uow() as uow:
            found = await uow.evidence.orders_of_phone(BOX.digest(preparation.PHONE, PHONE))
            await redecide(uow, orders=found, now=clock())
            await uow.commit()

    assert (await known_orders(new_uow, shop))["1"].commission == tenge(1_000)
    assert await transfers(new_uow) == before + 1
    assert (await books(new_uow, shop)).pending == tenge(1_000)


async def test_who_came_after_the_order_or_too_long_before_caused_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    early, late = await a_buyer(new_uow, clock, "A"), await a_buyer(new_uow, clock, "B")
    await touched(engine, early, shop.enrolment, ORDERED - 30 * DAY - HOUR)
    await touched(engine, late, shop.enrolment, ORDERED + HOUR)
    await shared_phone(engine, early, PHONE, NOON)
    await shared_phone(engine, late, OTHER, NOON)

    await report(new_uow, clock, shop, an_order("1", phone=PHONE), an_order("2", phone=OTHER))

    assert {row.creator for row in (await known_orders(new_uow, shop)).values()} == {None}


async def test_of_two_creators_who_were_touched_the_last_one_counts_and_a_code_beats_both(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    second, theirs = await one_more(new_uow, clock, shop.brand, "Дана")
    buyer, spouse = await a_buyer(new_uow, clock, "A"), await a_buyer(new_uow, clock, "B")
    await touched(engine, buyer, shop.enrolment, NOON - DAY)
    await touched(engine, spouse, theirs, NOON)
    await shared_phone(engine, buyer, PHONE, NOON)
    await shared_phone(engine, spouse, PHONE, NOON)

    await report(
        new_uow,
        clock,
        shop,
        an_order("1", phone=PHONE),
        an_order("2", PENDING, shop.code, phone=PHONE),
    )

    rows = await known_orders(new_uow, shop)
    assert (rows["1"].creator, rows["1"].grade) == (second.id, Grade.C)
    assert (rows["2"].creator, rows["2"].grade) == (shop.creator.id, Grade.A)


async def test_a_creators_own_purchase_is_not_paid_and_stays_so_when_the_phone_is_taken_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    await shared_phone(engine, shop.creator.id, PHONE, NOON)

    await report(new_uow, clock, shop, an_order("1", PENDING, shop.code, phone=PHONE))
    await erased(engine, shop.creator.id)
    clock.advance(days=1)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, phone=PHONE))

    row = (await known_orders(new_uow, shop))["1"]
    assert (row.creator, row.commission) == (None, tenge(0))
    assert (await books(new_uow, shop)).pending == tenge(0)
    async with new_uow(read_only=True) as uow:
        (miss,) = await uow.near_misses.queue(shop.brand.id, after=None, limit=10)
    assert miss.reason == "own_purchase"


async def test_an_own_purchase_that_is_found_out_before_the_money_is_free_is_taken_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, phone=PHONE))
    await shared_phone(engine, shop.creator.id, PHONE, NOON)

    await again(new_uow, clock, await order_ids(engine))

    assert (await known_orders(new_uow, shop))["1"].creator is None
    assert (await books(new_uow, shop)).pending == tenge(0)


async def test_what_is_earned_is_not_taken_back_without_a_ruling(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, phone=PHONE))
    clock.advance(days=20)
    await release_holds(new_uow, clock)
    await shared_phone(engine, shop.creator.id, PHONE, NOON)
    (order,) = await order_ids(engine)

    await again(new_uow, clock, [order])
    assert (await books(new_uow, shop)).available == tenge(1_000)

    await ruled(new_uow, clock, order, None)
    assert (await books(new_uow, shop)).available == tenge(0)
    assert (await known_orders(new_uow, shop))["1"].creator is None


async def test_credit_stays_when_the_buyer_takes_the_phone_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON)
    await shared_phone(engine, buyer, PHONE, NOON)
    await report(new_uow, clock, shop, an_order("1", PENDING, phone=PHONE))

    await erased(engine, buyer)
    clock.advance(days=1)
    await report(new_uow, clock, shop, an_order("1", APPROVED, phone=PHONE))

    row = (await known_orders(new_uow, shop))["1"]
    assert (row.grade, row.commission_state) == (Grade.C, CommissionState.IN_HOLD)


# --- the claim, grade D ---------------------------------------------------------------------


async def test_a_claim_finds_its_order_whichever_of_the_two_comes_first(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON)
    await claimed(engine, buyer, shop.enrolment, "1", ORDERED + HOUR)
    await report(new_uow, clock, shop, an_order("1"), an_order("2"))
    await claimed(engine, buyer, shop.enrolment, "2", ORDERED + HOUR)
    for _ in range(2):
        await again(new_uow, clock, await order_ids(engine))

    rows = await known_orders(new_uow, shop)
    assert [(rows[one].grade, rows[one].evidence_kind) for one in ("1", "2")] == [
        (Grade.D, EvidenceKind.CLAIM)
    ] * 2
    assert await states_of_claims(engine) == [("matched", True)] * 2
    assert (await books(new_uow, shop)).pending == tenge(2_000)


async def test_a_claim_whose_phone_is_not_the_orders_credits_nobody(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON)
    await shared_phone(engine, buyer, OTHER, NOON)
    await claimed(engine, buyer, shop.enrolment, "1", ORDERED + HOUR)

    await report(new_uow, clock, shop, an_order("1", phone=PHONE))

    assert (await known_orders(new_uow, shop))["1"].creator is None


async def test_a_number_that_was_named_long_before_the_order_was_guessed(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON - 5 * DAY)
    await claimed(engine, buyer, shop.enrolment, "1", NOON - 4 * DAY)

    await report(new_uow, clock, shop, an_order("1"))

    assert (await known_orders(new_uow, shop))["1"].creator is None


async def test_surer_evidence_moves_an_order_with_its_money(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    second, theirs = await one_more(new_uow, clock, shop.brand, "Дана")
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON)
    await claimed(engine, buyer, shop.enrolment, "1", ORDERED + HOUR)
    await report(new_uow, clock, shop, an_order("1"))
    assert (await books(new_uow, shop)).pending == tenge(1_000)

    clock.advance(days=1)
    await report(new_uow, clock, shop, an_order("1", PENDING, theirs.code))

    assert (await known_orders(new_uow, shop))["1"].grade is Grade.A
    assert (await books(new_uow, shop)).pending == tenge(0)
    assert (await books(new_uow, shop, second)).pending == tenge(1_000)


# --- rulings --------------------------------------------------------------------------------


async def test_a_ruling_credits_an_order_that_has_no_evidence_and_later_files_respect_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    second, theirs = await one_more(new_uow, clock, shop.brand, "Дана")
    await report(new_uow, clock, shop, an_order("1", PENDING, theirs.code))
    (order,) = await order_ids(engine)

    await ruled(new_uow, clock, order, shop.enrolment.id)
    clock.advance(days=1)
    await report(new_uow, clock, shop, an_order("1", APPROVED, theirs.code))

    row = (await known_orders(new_uow, shop))["1"]
    assert (row.creator, row.evidence_kind) == (shop.creator.id, EvidenceKind.RULING)
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    assert (await books(new_uow, shop, second)).pending == tenge(0)


async def test_the_sums_are_those_of_a_recomputation_after_everything(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock)
    await touched(engine, buyer, shop.enrolment, NOON)
    await report(new_uow, clock, shop, an_order("1", APPROVED, phone=PHONE), an_order("2"))
    await shared_phone(engine, buyer, PHONE, NOON)
    await claimed(engine, buyer, shop.enrolment, "2", ORDERED + HOUR)
    await again(new_uow, clock, await order_ids(engine))
    await report(new_uow, clock, shop, an_order("1", RETURNED, phone=PHONE))

    async with new_uow(read_only=True) as uow:
        assert (await uow.ledger.check()).sound
