"""Short histories that are easily got wrong: told in every turn, and together where they can be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from core.money import Money, tenge
from core.orders import NormalisedOrder, OrderItem, OrderStatus, Place
from tests.properties.conftest import Stage
from tests.properties.histories import chronological
from tests.properties.market import HELD_UNTIL, Delivery, Market, Report
from tests.properties.state import differences
from tests.usecases.order_builders import NOON, an_order

PENDING, APPROVED = OrderStatus.PENDING, OrderStatus.APPROVED
REJECTED, RETURNED = OrderStatus.REJECTED, OrderStatus.RETURNED
ONE, ANOTHER = "+77010000001", "+77010000002"

Told = Callable[[Market], list[Report]]
CASES: list[Any] = []


def case(known: str = "") -> Callable[[Told], Told]:
    """List a history; one that does not hold yet says why."""

    def listed(told: Told) -> Told:
        marks = (
            [pytest.mark.xfail(raises=AssertionError, strict=True, reason=known)] if known else []
        )
        CASES.append(pytest.param(told, id=told.__name__, marks=marks))
        return told

    return listed


def day(number: int, hours: int = 0) -> datetime:
    """A moment after the market was set up."""
    return NOON + timedelta(days=number, hours=hours)


def read(
    seen: datetime,
    number: int,
    status: OrderStatus,
    *codes: str,
    at: datetime = NOON + timedelta(days=1),
    **more: Any,
) -> Report:
    """An order as it was read at a moment; it was placed at another one."""
    order: NormalisedOrder = an_order(str(number), status, *codes, at=at, **more)
    return Report(seen=seen, place=Place.KASPI, order=order)


# --- a feed that knows less than others ----------------------------------------------------------


@case()
def evidence_of_three_feeds(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, items=(OrderItem(sku="MUG"),)),
        read(day(14), 1, APPROVED, click_ids=market.clicks[:1]),
        read(day(15), 1, APPROVED, phone=ONE, refunded=tenge(1_000)),
    ]


@case()
def a_code_that_was_corrected(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code),
        read(day(14), 1, APPROVED, market.other),
        read(day(15), 1, APPROVED, refunded=tenge(1_000)),
    ]


@case()
def a_click_that_was_corrected(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, click_ids=market.clicks[:1]),
        read(day(14), 1, APPROVED, click_ids=market.clicks[1:]),
        read(day(15), 1, APPROVED, refunded=tenge(1_000)),
    ]


@case()
def articles_that_were_corrected(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.other, items=(OrderItem(sku="CUP"),)),
        read(day(14), 1, APPROVED, market.other, items=(OrderItem(sku="LID"),)),
        read(day(15), 1, APPROVED, market.other, refunded=tenge(1_000)),
    ]


@case()
def a_phone_that_was_corrected(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code, phone=ONE),
        read(day(14), 1, APPROVED, market.code, phone=ANOTHER),
        read(day(15), 1, APPROVED, market.code, refunded=tenge(1_000)),
    ]


@case()
def a_buyer_who_turns_out_to_be_another_one(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code, phone=ONE),
        read(day(13), 2, APPROVED, market.code, phone=ONE, at=day(2)),
        read(day(14), 1, APPROVED, market.code, phone=ANOTHER),
    ]


# --- an order that its file names twice ----------------------------------------------------------


@case()
def approved_twice_in_one_file(market: Market) -> list[Report]:
    return [
        read(day(15), 1, APPROVED, market.code, changed=day(10)),
        read(day(15), 1, APPROVED, market.code, changed=day(14), net=tenge(9_000)),
    ]


@case()
def a_code_in_one_of_two_rows(market: Market) -> list[Report]:
    return [
        read(day(15), 1, PENDING, market.code, changed=day(10)),
        read(day(15), 1, APPROVED, changed=day(14)),
    ]


@case()
def a_phone_in_one_of_two_rows(market: Market) -> list[Report]:
    return [
        read(day(15), 1, PENDING, market.code, changed=day(10), phone=ONE),
        read(day(15), 1, APPROVED, market.code, changed=day(14)),
    ]


# --- times ---------------------------------------------------------------------------------------


# Within a day only reports of equal rank and refund differ by the time they were read, and only if
# their feed dates nothing. To note that time for a row that is unchanged, each repeated file would
# write every one of its orders: the very cost that a hash saves. A new day is noted (see `sift`).
@case("the same row later that day does not move the time of the standing report")
def back_and_forth_within_a_day(market: Market) -> list[Report]:
    row = read(day(13), 1, APPROVED, market.code)
    return [
        row,
        read(day(13, 1), 1, APPROVED, market.code, net=tenge(5_000)),
        Report(seen=day(13, 2), place=row.place, order=row.order),
    ]


@case()
def back_and_forth_over_days(market: Market) -> list[Report]:
    row = read(day(13), 1, APPROVED, market.code)
    return [
        row,
        read(day(14), 1, REJECTED, market.code),
        Report(seen=day(15), place=row.place, order=row.order),
    ]


# Taking such credit away would let a shop move the date and keep the money of the creator, so what
# was given stays and support can rule. Giving it here in the other turn as well would need every
# report that was ever overtaken, and only the standing one is kept.
@case("credit that no report bears out any more stays where it was given before")
def a_time_that_turns_out_to_be_after_the_code_was_taken_back(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code, at=HELD_UNTIL - timedelta(hours=1)),
        read(day(14), 1, APPROVED, market.code, at=HELD_UNTIL + timedelta(hours=11)),
    ]


@case()
def a_time_that_turns_out_to_be_before_the_code_was_taken_back(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code, at=HELD_UNTIL + timedelta(hours=11)),
        read(day(14), 1, APPROVED, market.code, at=HELD_UNTIL - timedelta(hours=1)),
    ]


@case()
def an_order_that_moves_to_another_month(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code, at=day(2)),
        read(day(13), 2, APPROVED, market.code, at=day(3), phone=ONE),
        read(day(14), 1, APPROVED, market.code, at=day(11)),
        read(day(15), 3, APPROVED, market.code, at=day(12), phone=ONE),
    ]


# --- prices --------------------------------------------------------------------------------------


@case()
def the_reasons_of_a_price_that_is_capped_either_way(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code),
        read(day(13), 2, APPROVED, market.code, at=day(2), net=tenge(100_000)),
    ]


@case()
def a_ladder_with_a_cap_and_a_cancellation(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code),
        read(day(13), 2, APPROVED, market.code, at=day(2)),
        read(day(13), 3, APPROVED, market.code, at=day(3)),
        read(day(14), 1, REJECTED),
    ]


@case()
def a_currency_that_is_not_paid(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code),
        read(day(14), 1, APPROVED, market.code, net=Money(10_000, "USD")),
        read(day(14), 2, APPROVED, market.code, at=day(2)),
    ]


@case()
def a_loss_that_goes_to_somebody_else(market: Market) -> list[Report]:
    return [
        read(day(13), 1, APPROVED, market.code),
        read(day(14), 1, RETURNED, market.other),
        read(day(14), 2, APPROVED, market.code, at=day(2)),
    ]


@pytest.mark.parametrize("told", CASES)
def test_every_turn_ends_alike(stage: Stage, told: Told) -> None:
    reports = told(stage.market)
    in_turn = stage.play(chronological(reports), check=True)
    ways: list[list[Delivery]] = [[(each,) for each in turn] for turn in permutations(reports)]
    if len({report.seen for report in reports}) == 1:
        ways += [[turn] for turn in permutations(reports)]

    for way in ways:
        assert differences(in_turn, stage.play(way)) == []
