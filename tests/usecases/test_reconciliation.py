"""What merchants report becomes credits, commissions and transfers, once and in any order."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.commissions import CommissionState, Rule
from core.evidence import EvidenceKind, Grade
from core.ledger import Account
from core.money import Money, tenge
from core.orders import NormalisedOrder, OrderStatus
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.runs import RunCounts
from core.usecases.commissions import release_holds
from core.usecases.near_misses import near_misses
from core.usecases.offers import end_offer
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.builders import an_offer, reserve_sku
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    TEN_PERCENT,
    Books,
    Shop,
    a_shop,
    an_item,
    an_order,
    books,
    known_orders,
    one_more,
    report,
    standing,
    transfers,
)

PENDING, APPROVED = OrderStatus.PENDING, OrderStatus.APPROVED
REJECTED, RETURNED = OrderStatus.REJECTED, OrderStatus.RETURNED


# --- one order -----------------------------------------------------------------------------------


async def test_an_order_with_a_code_earns_its_creator_ten_percent_and_the_platform_its_fee(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)

    counts = await report(new_uow, clock, shop, an_order("1001", PENDING, shop.code))

    assert counts == RunCounts(rows=1, new=1, matched=1)
    order = (await known_orders(new_uow, shop))["1001"]
    assert order.creator == shop.creator.id
    assert (order.grade, order.evidence_kind) == (Grade.A, EvidenceKind.CODE)
    assert (order.evidence_value, order.commission_state) == (shop.code, CommissionState.PENDING)
    assert (order.commission, order.fee) == (tenge(1_000), tenge(150))
    assert await books(new_uow, shop) == Books(
        funds=tenge(1_000_000 - 1_150), pending=tenge(1_000), available=tenge(0), fees=tenge(150)
    )


async def test_an_order_without_evidence_is_kept_and_not_paid(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)

    counts = await report(new_uow, clock, shop, an_order("1", APPROVED), an_order("2", PENDING, ""))

    assert (counts.new, counts.matched, counts.unmatched) == (2, 0, 2)
    orders = await known_orders(new_uow, shop)
    assert {order.commission_state for order in orders.values()} == {None}
    assert (await books(new_uow, shop)).funds == tenge(1_000_000)


async def test_the_same_report_again_changes_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    batch = [an_order(str(number), APPROVED, shop.code) for number in range(50)]
    await report(new_uow, clock, shop, *batch)
    before = await transfers(new_uow), await known_orders(new_uow, shop)
    clock.advance(days=3)

    counts = await report(new_uow, clock, shop, *batch)

    assert counts == RunCounts(rows=50, unchanged=50)
    assert (await transfers(new_uow), await known_orders(new_uow, shop)) == before


async def test_a_newer_report_moves_an_order_on_and_its_money_with_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", PENDING, shop.code))
    clock.advance(days=2)

    approved = await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code))
    held = (await known_orders(new_uow, shop))["1"]
    clock.advance(days=3)
    returned = await report(new_uow, clock, shop, an_order("1", RETURNED, shop.code))

    assert approved.changed == returned.changed == 1
    assert held.commission_state is CommissionState.IN_HOLD
    assert held.hold_until == NOON + timedelta(days=2 + 14)
    order = (await known_orders(new_uow, shop))["1"]
    assert (order.commission_state, order.commission) == (CommissionState.VOID, tenge(0))
    assert await books(new_uow, shop) == Books(
        funds=tenge(1_000_000), pending=tenge(0), available=tenge(0), fees=tenge(0)
    )


async def test_older_news_never_overwrites_newer(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(days=5)
    await report(new_uow, clock, shop, an_order("1", RETURNED, shop.code))
    before = await known_orders(new_uow, shop)

    counts = await report(
        new_uow, clock, shop, an_order("1", PENDING, shop.code), seen_at=NOON + timedelta(days=1)
    )
    dated = await report(
        new_uow, clock, shop, an_order("1", PENDING, shop.code, changed=NOON + timedelta(days=4))
    )

    assert counts == dated == RunCounts(rows=1, outdated=1)
    assert await known_orders(new_uow, shop) == before


async def test_on_one_day_the_further_status_is_the_later_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    day = an_order("1", RETURNED, shop.code, changed=NOON, changed_on_day=True)
    await report(new_uow, clock, shop, day)
    clock.advance(hours=2)

    counts = await report(
        new_uow,
        clock,
        shop,
        an_order("1", APPROVED, shop.code, changed=NOON, changed_on_day=True),
    )

    assert counts.outdated == 1
    assert (await known_orders(new_uow, shop))["1"].status is RETURNED


async def test_a_second_report_of_an_approval_does_not_prolong_the_hold(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code))
    clock.advance(days=6)

    await report(
        new_uow, clock, shop, an_order("1", APPROVED, shop.code, status_known=True, utm=())
    )

    assert (await known_orders(new_uow, shop))["1"].hold_until == NOON + timedelta(days=14)


async def test_an_earlier_approval_that_is_read_late_counts_for_the_hold(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(days=6)
    refunded = an_order("1", APPROVED, shop.code, refunded=tenge(2_000))
    await report(new_uow, clock, shop, refunded)

    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code), seen_at=NOON)

    order = (await known_orders(new_uow, shop))["1"]
    assert (order.refunded, order.commission) == (tenge(2_000), tenge(800))
    assert order.hold_until == NOON + timedelta(days=14)


async def test_an_order_that_is_reported_returned_first_never_earns(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)

    counts = await report(new_uow, clock, shop, an_order("1", RETURNED, shop.code))

    assert counts.matched == 1
    order = (await known_orders(new_uow, shop))["1"]
    assert (order.creator, order.commission_state) == (shop.creator.id, None)


async def test_a_partial_refund_takes_its_part_of_the_commission(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code))
    clock.advance(days=1)

    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code, refunded=tenge(4_000)))

    order = (await known_orders(new_uow, shop))["1"]
    assert (order.commission, order.fee) == (tenge(600), tenge(90))
    assert (await books(new_uow, shop)).pending == tenge(600)
    assert (await books(new_uow, shop)).funds == tenge(1_000_000 - 690)


async def test_a_return_after_the_release_is_clawed_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code))
    clock.advance(days=15)
    assert await release_holds(new_uow, clock) == 1
    released = await books(new_uow, shop)
    clock.advance(days=5)

    await report(new_uow, clock, shop, an_order("1", RETURNED, shop.code))

    assert released.available == tenge(1_000)
    order = (await known_orders(new_uow, shop))["1"]
    assert order.commission_state is CommissionState.CLAWED_BACK
    assert await books(new_uow, shop) == Books(
        funds=tenge(1_000_000), pending=tenge(0), available=tenge(0), fees=tenge(0)
    )


async def test_a_released_commission_survives_a_report_that_the_order_is_still_open(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", APPROVED, shop.code))
    clock.advance(days=15)
    await release_holds(new_uow, clock)

    await report(new_uow, clock, shop, an_order("1", PENDING, shop.code))

    assert (await books(new_uow, shop)).available == tenge(1_000)


# --- whose order it is ---------------------------------------------------------------------------


async def test_a_late_order_belongs_to_whoever_held_the_code_on_its_day(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(days=10)
    await end_offer(new_uow, clock, actor=shop.manager, offer=shop.enrolment.offer)
    clock.advance(days=61)
    second, heir = await one_more(new_uow, clock, shop.brand, "Айгерім Екінші")
    assert heir.code == shop.code
    clock.advance(days=1)

    counts = await report(
        new_uow,
        clock,
        shop,
        an_order("before", PENDING, shop.code, at=NOON + timedelta(days=9)),
        an_order("between", PENDING, shop.code, at=NOON + timedelta(days=30)),
        an_order("after", PENDING, shop.code, at=NOON + timedelta(days=71, hours=1)),
    )

    assert (counts.matched, counts.unmatched, counts.near_misses) == (2, 1, 1)
    orders = await known_orders(new_uow, shop)
    assert orders["before"].creator == shop.creator.id
    assert orders["between"].creator is None
    assert orders["after"].creator == second.id


async def test_of_two_codes_in_a_cell_the_known_one_counts_and_of_two_known_the_newer(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(minutes=10)
    second, later = await one_more(new_uow, clock, shop.brand, "Дина")

    await report(
        new_uow,
        clock,
        shop,
        an_order("1", PENDING, "WELCOME", shop.code.lower()),
        an_order("2", PENDING, shop.code, later.code),
    )

    orders = await known_orders(new_uow, shop)
    assert orders["1"].creator == shop.creator.id
    assert orders["2"].creator == second.id
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    assert (await books(new_uow, shop, second)).pending == tenge(1_000)


async def test_a_code_in_cyrillic_letters_is_shown_to_people_and_not_paid(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")
    assert shop.code == "TAMARA10"
    typed = "ТАМАRА10"  # the first letters are Cyrillic

    counts = await report(new_uow, clock, shop, an_order("1", APPROVED, typed))

    assert (counts.matched, counts.near_misses) == (0, 1)
    assert (await books(new_uow, shop)).pending == tenge(0)
    (miss,) = await near_misses(
        new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=10
    )
    assert (miss.raw, miss.reason, miss.code) == (typed, "lookalike", "TAMARA10")
    assert miss.creator_name == "Тамара"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("тамара10", "letters"),
        ("TAMARA100", "one_sign"),
        ("TAMRA10", "one_sign"),
        ("TAMARA15", None),
        ("SALE10", None),
    ],
)
async def test_a_mistyped_code_is_suggested_and_another_code_is_not(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, typed: str, reason: str | None
) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")

    counts = await report(new_uow, clock, shop, an_order("1", APPROVED, typed))

    misses = await near_misses(
        new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=10
    )
    assert counts.matched == 0
    assert [miss.reason for miss in misses] == ([reason] if reason else [])


async def test_a_corrected_code_is_paid_and_leaves_the_review_queue(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")
    await report(new_uow, clock, shop, an_order("1", APPROVED, "ТАМАRА10"))

    await report(new_uow, clock, shop, an_order("1", APPROVED, "TAMARA10"))

    assert (await known_orders(new_uow, shop))["1"].creator == shop.creator.id
    queue = await near_misses(
        new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=10
    )
    assert queue == []


async def test_an_order_of_a_reserved_article_is_its_holders_unless_a_code_says_otherwise(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    second, other = await one_more(new_uow, clock, shop.brand, "Дина")
    await reserve_sku(
        new_uow, clock, actor=shop.manager, enrolment=shop.enrolment.id, sku="MUG-AIGERIM"
    )

    await report(
        new_uow,
        clock,
        shop,
        an_order("1", PENDING, items=(an_item("LID"), an_item("MUG-AIGERIM"))),
        an_order("2", PENDING, other.code, items=(an_item("MUG-AIGERIM"),)),
        an_order("3", PENDING, items=(an_item("LID"),)),
    )

    orders = await known_orders(new_uow, shop)
    assert (orders["1"].creator, orders["1"].grade) == (shop.creator.id, Grade.B)
    assert orders["1"].evidence_kind is EvidenceKind.SKU
    assert (orders["2"].creator, orders["2"].grade) == (second.id, Grade.A)
    assert orders["3"].creator is None


@pytest.mark.parametrize("code_first", [True, False])
async def test_a_feed_that_knows_less_takes_nothing_from_the_creator(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, code_first: bool
) -> None:
    shop = await a_shop(new_uow, clock)
    clock.advance(days=1)
    with_code = an_order("1", PENDING, shop.code), NOON
    without = an_order("1", APPROVED, refunded=tenge(1_000)), clock()

    for told, seen_at in (with_code, without) if code_first else (without, with_code):
        await report(new_uow, clock, shop, told, seen_at=seen_at)

    order = (await known_orders(new_uow, shop))["1"]
    assert (order.status, order.creator, order.grade) == (APPROVED, shop.creator.id, Grade.A)
    assert order.commission == tenge(900)


async def test_evidence_moves_an_order_from_one_creator_to_another_with_its_money(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    second, other = await one_more(new_uow, clock, shop.brand, "Дина")
    await report(new_uow, clock, shop, an_order("1", PENDING, shop.code))
    clock.advance(days=1)

    await report(new_uow, clock, shop, an_order("1", PENDING, other.code))

    assert (await books(new_uow, shop)).pending == tenge(0)
    assert (await books(new_uow, shop, second)).pending == tenge(1_000)


async def test_a_code_of_another_brand_is_nobodys(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    stranger = await a_shop(new_uow, clock, name="Дина")

    counts = await report(new_uow, clock, shop, an_order("1", PENDING, stranger.code))

    assert (counts.matched, counts.near_misses) == (0, 0)


async def test_numbers_of_two_brands_do_not_mix(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    other = await a_shop(new_uow, clock, name="Дина")
    await report(new_uow, clock, shop, an_order("1", PENDING, shop.code))

    counts = await report(new_uow, clock, other, an_order("1", RETURNED, other.code))

    assert counts.new == 1
    assert (await known_orders(new_uow, shop))["1"].status is PENDING


# --- money that runs out -------------------------------------------------------------------------


async def test_a_monthly_cap_holds_within_one_batch_and_across_batches(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    rule = Rule(percent_bps=1_000, cap_month_minor=tenge(2_500).minor)
    shop = await a_shop(new_uow, clock, replace(TEN_PERCENT, rule=rule))
    await report(new_uow, clock, shop, *(an_order(str(n), PENDING, shop.code) for n in range(3)))
    within = [order.commission for order in (await known_orders(new_uow, shop)).values()]

    await report(
        new_uow,
        clock,
        shop,
        an_order("8", PENDING, shop.code),
        an_order("9", PENDING, shop.code, at=NOON + timedelta(days=20)),
    )

    assert sum(amount.minor for amount in within) == tenge(2_500).minor
    orders = await known_orders(new_uow, shop)
    assert orders["8"].commission == tenge(0)
    assert orders["9"].commission == tenge(1_000)  # it was placed in December


async def test_what_the_brand_cannot_pay_is_accrued_marked_and_not_released(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, funds=tenge(2_000))
    await report(new_uow, clock, shop, *(an_order(str(n), APPROVED, shop.code) for n in range(3)))
    clock.advance(days=15)

    released = await release_holds(new_uow, clock)

    orders = (await known_orders(new_uow, shop)).values()
    assert [order.funded for order in orders].count(True) == released == 1
    held = await books(new_uow, shop)
    assert (held.available, held.pending) == (tenge(1_000), tenge(2_000))
    assert held.funds == tenge(2_000 - 3 * 1_150)


# --- many at once --------------------------------------------------------------------------------


async def test_two_readings_of_the_same_orders_at_once_pay_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    batch = [an_order(str(number), APPROVED, shop.code) for number in range(40)]

    counts = await asyncio.gather(
        *(report(new_uow, clock, shop, *batch[start:], *batch[:start]) for start in (0, 10, 30))
    )

    assert sum(each.new for each in counts) == 40
    assert sum(each.unchanged for each in counts) == 80
    assert (await books(new_uow, shop)).pending == tenge(40_000)


async def test_a_release_and_a_return_at_once_leave_the_books_right(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    numbers = [str(number) for number in range(60)]
    await report(new_uow, clock, shop, *(an_order(n, APPROVED, shop.code) for n in numbers))
    clock.advance(days=15)

    await asyncio.gather(
        release_holds(new_uow, clock),
        *(report(new_uow, clock, shop, an_order(n, RETURNED, shop.code)) for n in numbers[::3]),
        release_holds(new_uow, clock),
    )
    await release_holds(new_uow, clock)

    held = await books(new_uow, shop)
    assert (held.pending, held.available) == (tenge(0), tenge(40_000))
    assert held.funds == tenge(1_000_000 - 40 * 1_150)


async def test_an_offer_can_be_taken_while_a_batch_of_its_brand_is_open(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    """A batch holds the brand; whoever refers to the brand meanwhile must not wait for it."""
    shop = await a_shop(new_uow, clock)
    async with new_uow(read_only=True) as looking:
        before = await looking.ledger.balance(Account.BRAND_FUNDS, shop.brand.id)

    async with asyncio.timeout(20):
        await asyncio.gather(
            report(new_uow, clock, shop, *(an_order(str(n), PENDING, shop.code) for n in range(9))),
            an_offer(new_uow, clock(), shop.brand.id),
        )

    assert (await books(new_uow, shop)).funds == before - Money(9 * 1_150_00)


# --- any order, any repetition -------------------------------------------------------------------

NUMBERS = ("1", "2", "3")


@st.composite
def reports(draw: st.DrawFn) -> list[tuple[int, str, OrderStatus, int, bool, bool]]:
    """Reports of a few orders: the day they were read, what they say, what their feed knows."""
    days = draw(st.lists(st.integers(0, 9), min_size=2, max_size=6, unique=True))
    return [
        (
            day,
            draw(st.sampled_from(NUMBERS)),
            draw(st.sampled_from(list(OrderStatus))),
            draw(st.sampled_from([0, 0, 2_500])),  # tenge that were given back
            draw(st.booleans()),  # has a column of codes
            draw(st.booleans()),  # has a column of articles
        )
        for day in days
    ]


def _as_order(
    shop: Shop, told: tuple[int, str, OrderStatus, int, bool, bool], *, dated: bool
) -> NormalisedOrder:
    day, number, status, refunded, knows_codes, knows_items = told
    return an_order(
        number,
        status,
        *([shop.code] if knows_codes and number != "2" else []),
        changed=NOON + timedelta(days=day) if dated else None,
        refunded=tenge(refunded),
        items=(an_item("MUG-DINA"),) if knows_items and number != "3" else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A database with a shop and a second creator who has an article reserved, to be copied."""

    file: Path
    shop: Shop
    second: Actor


@pytest.fixture(scope="module")
def market(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Made once: making it takes longer than what is played on it."""
    file = tmp_path_factory.mktemp("market") / "market.db"
    shutil.copy(sqlite_template, file)
    shop, second = asyncio.run(_furnished(file))
    return Market(file=file, shop=shop, second=second)


async def _furnished(file: Path) -> tuple[Shop, Actor]:
    engine = create_engine(f"sqlite+aiosqlite:///{file}")
    new_uow, clock = unit_of_work_factory(engine), FrozenClock(NOON)
    shop = await a_shop(new_uow, clock)
    second, other = await one_more(new_uow, clock, shop.brand, "Дина")
    await reserve_sku(new_uow, clock, actor=shop.manager, enrolment=other.id, sku="MUG-DINA")
    await engine.dispose()
    return shop, second


@given(told=reports(), dated=st.booleans(), data=st.data())
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_order_and_repetition_of_reports_ends_in_the_same_books(
    market: Market,
    tmp_path: Path,
    told: list[tuple[int, str, OrderStatus, int, bool, bool]],
    dated: bool,
    data: st.DataObject,
) -> None:
    shuffled = data.draw(st.permutations([*told, *data.draw(st.lists(st.sampled_from(told)))]))

    in_turn, out_of_turn = (
        asyncio.run(_played(_fresh(market.file, tmp_path), market, one, dated=dated))
        for one in (sorted(told), shuffled)
    )

    assert out_of_turn == in_turn


def _fresh(template: Path, folder: Path) -> Path:
    for left in folder.glob("played.db*"):
        left.unlink()
    return Path(shutil.copy(template, folder / "played.db"))


async def _played(
    database: Path,
    market: Market,
    told: Sequence[tuple[int, str, OrderStatus, int, bool, bool]],
    *,
    dated: bool,
) -> object:
    engine = create_engine(f"sqlite+aiosqlite:///{database}")
    new_uow = unit_of_work_factory(engine)
    clock = FrozenClock(NOON + timedelta(days=10))
    shop = market.shop
    try:
        for one in told:
            seen_at = NOON + timedelta(days=one[0])
            await report(new_uow, clock, shop, _as_order(shop, one, dated=dated), seen_at=seen_at)
        async with new_uow(read_only=True) as uow:
            assert (await uow.ledger.check()).sound
            return await standing(uow, shop, [shop.creator, market.second])
    finally:
        await engine.dispose()


# --- a fee that changes, an order that moves to another month -------------------------------------


async def test_a_new_fee_is_for_commissions_to_come(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1001", PENDING, shop.code))
    async with new_uow() as uow:
        await uow.brands.set_conditions(shop.brand.id, fee_bps=3_000, credit_limit_minor=0)
        await uow.commit()
    clock.advance(days=1)

    approved = an_order("1001", APPROVED, shop.code)
    await report(new_uow, clock, shop, approved, an_order("1002", PENDING, shop.code))

    orders = await known_orders(new_uow, shop)
    assert (orders["1001"].commission, orders["1001"].fee) == (tenge(1_000), tenge(150))
    assert (orders["1002"].commission, orders["1002"].fee) == (tenge(1_000), tenge(300))


async def test_an_order_that_turns_out_to_be_of_the_next_month_makes_no_room_under_its_cap(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    capped = replace(TEN_PERCENT, rule=Rule(percent_bps=1_000, cap_month_minor=150_000))
    shop = await a_shop(new_uow, clock, capped)
    november, december = NOON + timedelta(hours=1), NOON + timedelta(days=14)
    await report(new_uow, clock, shop, an_order("1001", PENDING, shop.code, at=november))
    clock.advance(days=15)
    others = [an_order(number, PENDING, shop.code, at=december) for number in ("1002", "1003")]
    await report(new_uow, clock, shop, *others)

    await report(new_uow, clock, shop, an_order("1001", APPROVED, shop.code, at=december))

    orders = await known_orders(new_uow, shop)
    # Placed at one moment: the number decides, not which was reported first.
    worth = [orders[number].commission.minor for number in ("1001", "1002", "1003")]
    assert worth == [100_000, 50_000, 0]
