"""A brand's money: booked once, told of, and spent on what waited longest for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import BadInput, NotAllowed, NotFound
from core.ids import BrandId
from core.ledger import TransferKind
from core.money import Money, tenge
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.people import Actor, BrandRole
from core.ports import UnitOfWorkFactory
from core.usecases.brands import change_conditions
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.funds import (
    REFERENCE_MAX,
    Booking,
    brand_funds,
    funds_statement,
    top_up,
)
from db.models import audit
from tests.builders import a_brand, a_moderator, a_person, told
from tests.conftest import FrozenClock
from tests.usecases.money_builders import an_accountant, at_once
from tests.usecases.order_builders import (
    Shop,
    a_shop,
    an_order,
    books,
    known_orders,
    report,
    transfers,
)

APPROVED, PENDING = OrderStatus.APPROVED, OrderStatus.PENDING
COST = tenge(1_150)  # of an order of 10 000: ten percent and the fee on it


@pytest.fixture
async def accountant(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Actor:
    """Staff who book money."""
    return await an_accountant(new_uow, clock)


@pytest.fixture
async def poor(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Shop:
    """A shop with money for one order."""
    return await a_shop(new_uow, clock, funds=tenge(1_500))


async def book(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    actor: Actor,
    brand: BrandId,
    amount: Money,
    key: str = "1045",
) -> Booking:
    """A top-up."""
    return await top_up(new_uow, clock, actor=actor, brand=brand, amount=amount, key=key)


async def three_orders(new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop) -> None:
    """Approved one after the other, the first one paid by what there is."""
    for number in ("1", "2", "3"):
        clock.advance(minutes=1)
        at = clock()
        await report(new_uow, clock, shop, an_order(number, APPROVED, shop.code, at=at, changed=at))


async def funded(new_uow: UnitOfWorkFactory, shop: Shop) -> dict[str, bool]:
    """Which orders the brand's money covers."""
    orders = await known_orders(new_uow, shop)
    return {number: orders[number].funded for number in sorted(orders)}


# --- booking -------------------------------------------------------------------------------------


async def test_a_top_up_is_in_the_funds_on_record_and_told(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine, accountant: Actor
) -> None:
    brand, manager = await a_brand(new_uow, clock(), funds=Money(0))

    booking = await book(new_uow, clock, accountant, brand.id, tenge(500_000))

    assert (booking.fresh, booking.amount, booking.at) == (True, tenge(500_000), clock())
    assert booking.funds.balance == tenge(500_000)
    assert await told(new_uow, manager) == [NoteKind.TOPPED_UP]
    (line,) = await funds_statement(new_uow, actor=manager, brand=brand.id, after=None, limit=10)
    assert (line.kind, line.amount) == (TransferKind.TOP_UP, tenge(500_000))
    async with engine.connect() as connection:
        written = (
            await connection.execute(sa.select(audit).where(audit.c.action == "brand.top_up"))
        ).one()
    assert (written.actor_id, written.object_id) == (accountant.id, brand.id)
    assert written.facts == {"amount_minor": 50_000_000, "key": "1045"}


async def test_a_transfer_is_booked_once_whatever_sum_comes_with_its_number(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, accountant: Actor
) -> None:
    brand, manager = await a_brand(new_uow, clock(), funds=Money(0))
    first = await book(new_uow, clock, accountant, brand.id, tenge(500_000))
    clock.advance(hours=1)

    again = await book(new_uow, clock, accountant, brand.id, tenge(900_000))

    assert not again.fresh
    assert (again.amount, again.at) == (tenge(500_000), first.at)
    assert again.funds.balance == tenge(500_000)
    assert await told(new_uow, manager) == [NoteKind.TOPPED_UP]


async def test_the_same_number_of_two_brands_is_two_transfers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, accountant: Actor
) -> None:
    one, _ = await a_brand(new_uow, clock(), funds=Money(0))
    other, _ = await a_brand(new_uow, clock(), "Alma", funds=Money(0))

    bookings = [
        await book(new_uow, clock, accountant, brand.id, tenge(1_000)) for brand in (one, other)
    ]

    assert [booking.fresh for booking in bookings] == [True, True]


async def test_two_staff_who_book_the_same_transfer_at_once_book_it_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, accountant: Actor
) -> None:
    second = await an_accountant(new_uow, clock, "Second")
    brand, manager = await a_brand(new_uow, clock(), funds=Money(0))

    results = await at_once(
        new_uow,
        *(
            book(new_uow, clock, staff, brand.id, tenge(1_000))
            for staff in (accountant, second, accountant, second, accountant)
        ),
    )

    bookings = [result for result in results if isinstance(result, Booking)]
    assert sorted(booking.fresh for booking in bookings) == [False] * 4 + [True]
    assert {booking.amount for booking in bookings} == {tenge(1_000)}
    view = await brand_funds(new_uow, clock, actor=manager, brand=brand.id)
    assert view.balance == tenge(1_000)
    assert await told(new_uow, manager) == [NoteKind.TOPPED_UP]


@pytest.mark.parametrize(
    ("amount", "key", "field"),
    [
        (Money(0), "1", "amount"),
        (tenge(-5), "1", "amount"),
        (tenge(5), "", "reference"),
        (tenge(5), "9" * (REFERENCE_MAX + 1), "reference"),
    ],
)
async def test_nothing_is_booked_without_a_sum_and_a_number(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    accountant: Actor,
    amount: Money,
    key: str,
    field: str,
) -> None:
    brand, _ = await a_brand(new_uow, clock(), funds=Money(0))

    with pytest.raises(BadInput) as refusal:
        await book(new_uow, clock, accountant, brand.id, amount, key)

    assert refusal.value.field == field
    assert await transfers(new_uow) == 0


async def test_a_brand_that_is_not_there_gets_no_money(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, accountant: Actor
) -> None:
    with pytest.raises(NotFound):
        await book(new_uow, clock, accountant, BrandId(404), tenge(5))


# --- who may -------------------------------------------------------------------------------------


async def test_funds_are_shown_to_the_brands_own_people_and_to_the_purse(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, accountant: Actor
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    _, stranger = await a_brand(new_uow, clock(), "Alma")
    moderator = await a_moderator(new_uow, clock())

    for actor in (manager, accountant):
        view = await brand_funds(new_uow, clock, actor=actor, brand=brand.id)
        assert view.balance == tenge(1_000_000)
        await funds_statement(new_uow, actor=actor, brand=brand.id, after=None, limit=1)
    for actor in (stranger, moderator, await a_person(new_uow, clock())):
        with pytest.raises(NotAllowed):
            await brand_funds(new_uow, clock, actor=actor, brand=brand.id)
        with pytest.raises(NotAllowed):
            await funds_statement(new_uow, actor=actor, brand=brand.id, after=None, limit=1)
        with pytest.raises(NotAllowed):
            await book(new_uow, clock, actor, brand.id, tenge(5))
    with pytest.raises(NotAllowed):  # nobody tops up their own brand
        await book(new_uow, clock, manager, brand.id, tenge(5))


# --- what is committed, and what is not covered --------------------------------------------------


async def test_open_commissions_are_committed_until_they_are_released(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, at=clock()))

    before = await brand_funds(new_uow, clock, actor=shop.manager, brand=shop.brand.id)
    clock.advance(days=15)
    await release_holds(new_uow, clock)
    after = await brand_funds(new_uow, clock, actor=shop.manager, brand=shop.brand.id)

    assert (before.balance, before.committed) == (tenge(1_000_000) - COST, COST)
    assert (after.balance, after.committed) == (tenge(1_000_000) - COST, Money(0))
    lines = await funds_statement(
        new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=10
    )
    assert [(line.kind, line.amount) for line in lines] == [
        (TransferKind.ACCRUE, -COST),
        (TransferKind.TOP_UP, tenge(1_000_000)),
    ]


async def test_a_top_up_covers_first_what_has_waited_longest(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, poor: Shop, accountant: Actor
) -> None:
    await three_orders(new_uow, clock, poor)
    assert await funded(new_uow, poor) == {"1": True, "2": False, "3": False}

    # 350 is left: 800 more cover the second order to the tiyn.
    booking = await book(new_uow, clock, accountant, poor.brand.id, tenge(800))

    assert await funded(new_uow, poor) == {"1": True, "2": True, "3": False}
    assert booking.funds.unfunded == COST
    assert booking.funds.balance == -COST
    clock.advance(days=15)
    assert await release_holds(new_uow, clock) == 2
    assert (await books(new_uow, poor)).available == tenge(2_000)


async def test_one_tiyn_short_covers_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, poor: Shop, accountant: Actor
) -> None:
    await three_orders(new_uow, clock, poor)

    await book(new_uow, clock, accountant, poor.brand.id, tenge(800) - Money(1))

    assert await funded(new_uow, poor) == {"1": True, "2": False, "3": False}


async def test_a_credit_limit_covers_what_money_does_not(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, poor: Shop, accountant: Actor
) -> None:
    await three_orders(new_uow, clock, poor)
    await change_conditions(
        new_uow, clock, actor=accountant, brand=poor.brand.id, credit_limit=tenge(2_000)
    )

    assert await fund_commissions(new_uow, clock) == 2

    assert await funded(new_uow, poor) == {"1": True, "2": True, "3": True}
    assert (await books(new_uow, poor)).funds == tenge(1_500) - Money(3 * COST.minor)


async def test_a_cancelled_order_leaves_its_cover_to_the_next(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, poor: Shop
) -> None:
    await three_orders(new_uow, clock, poor)
    at, later = clock() - timedelta(minutes=2), clock() + timedelta(days=1)
    await report(
        new_uow,
        clock,
        poor,
        an_order("1", OrderStatus.RETURNED, poor.code, at=at, changed=later),
    )

    assert await fund_commissions(new_uow, clock) == 1

    assert (await funded(new_uow, poor))["2"]


async def test_more_than_a_page_is_covered_at_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, poor: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.usecases.commissions.FUND_PAGE", 3)
    at = clock()
    await report(
        new_uow,
        clock,
        poor,
        *(an_order(str(number), APPROVED, poor.code, at=at) for number in range(11)),
    )
    accountant = await an_accountant(new_uow, clock)

    await book(new_uow, clock, accountant, poor.brand.id, Money(8 * COST.minor))

    assert sum((await funded(new_uow, poor)).values()) == 9


async def test_a_brand_is_told_once_that_its_money_has_run_out(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, poor: Shop, accountant: Actor
) -> None:
    member = await a_person(new_uow, clock(), "Member")
    async with new_uow() as uow:
        await uow.brands.set_manager(poor.brand.id, member.id, BrandRole.MEMBER)
        await uow.commit()
    await three_orders(new_uow, clock, poor)

    for _ in range(3):
        await fund_commissions(new_uow, clock)
    assert (await told(new_uow, poor.manager)).count(NoteKind.FUNDS_LOW) == 1
    assert await told(new_uow, member) == [NoteKind.FUNDS_LOW]

    await book(new_uow, clock, accountant, poor.brand.id, tenge(800))
    await fund_commissions(new_uow, clock)  # it ends at the third order now
    assert (await told(new_uow, poor.manager)).count(NoteKind.FUNDS_LOW) == 2

    await book(new_uow, clock, accountant, poor.brand.id, tenge(50_000), "1046")
    await fund_commissions(new_uow, clock)
    assert (await told(new_uow, poor.manager)).count(NoteKind.FUNDS_LOW) == 2


async def test_top_ups_and_imports_at_once_cover_no_more_than_there_is(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, poor: Shop, accountant: Actor
) -> None:
    at = clock() + timedelta(hours=1)
    await report(
        new_uow,
        clock,
        poor,
        *(an_order(str(number), APPROVED, poor.code, at=at) for number in range(4)),
    )

    results = await at_once(
        new_uow,
        *(
            report(new_uow, clock, poor, an_order(f"b{number}", APPROVED, poor.code, at=at))
            for number in range(4)
        ),
        *(
            book(new_uow, clock, accountant, poor.brand.id, COST, f"10{number}")
            for number in range(3)
        ),
        fund_commissions(new_uow, clock),
    )
    assert not [result for result in results if isinstance(result, BaseException)]
    await fund_commissions(new_uow, clock)

    covered = [number for number, one in (await funded(new_uow, poor)).items() if one]
    assert len(covered) == 4  # 1 500 and three times the cost of one
    assert (await books(new_uow, poor)).funds == tenge(1_500) - Money(5 * COST.minor)
