"""What an order earns, and where that money stands after any news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commissions import (
    MAX_PERCENT_BPS,
    OPEN,
    Commission,
    CommissionState,
    Earning,
    Rule,
    advance,
    cost,
    fee_on,
)
from core.errors import BadInput
from core.ids import BrandId, EnrolmentId, OrderId, PersonId
from core.ledger import settle
from core.money import Money
from core.orders import OrderStatus

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
amounts = st.integers(0, 10**12).map(Money)
caps = st.one_of(st.just(0), st.integers(1, 10**9))
percents = st.builds(
    Rule,
    percent_bps=st.integers(1, MAX_PERCENT_BPS),
    cap_order_minor=caps,
    cap_month_minor=caps,
)
sums = st.builds(
    Rule, fixed_minor=st.integers(1, 10**9), cap_order_minor=caps, cap_month_minor=caps
)
rules = st.one_of(percents, sums)


@given(rules, amounts, st.integers(0, 10**9), amounts)
def test_a_commission_is_never_more_than_the_sale_nor_than_its_caps(
    rule: Rule, base: Money, least: int, earned: Money
) -> None:
    amount = rule.price(base, min_order_minor=least, earned_this_month=earned)

    assert Money(0) <= amount <= base
    if rule.cap_order_minor:
        assert amount.minor <= rule.cap_order_minor
    if rule.cap_month_minor and amount:
        assert amount.minor + earned.minor <= rule.cap_month_minor
    if base.minor < least:
        assert not amount


@given(st.integers(1, MAX_PERCENT_BPS), amounts, amounts)
def test_a_dearer_order_never_earns_less(bps: int, one: Money, other: Money) -> None:
    rule = Rule(percent_bps=bps)
    small, large = sorted([one, other])

    def price(base: Money) -> Money:
        return rule.price(base, min_order_minor=0, earned_this_month=Money(0))

    assert price(small) <= price(large)


@given(rules)
def test_a_rule_is_the_same_after_storage(rule: Rule) -> None:
    assert Rule.from_json(rule.to_json()) == rule


def test_a_refunded_order_earns_nothing() -> None:
    rule = Rule(fixed_minor=500_00)

    for base in (Money(0), Money(-100)):
        assert not rule.price(base, min_order_minor=0, earned_this_month=Money(0))


@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"percent_bps": 1_000, "fixed_minor": 500},
        {"percent_bps": MAX_PERCENT_BPS + 1},
        {"percent_bps": -1},
        {"percent_bps": 1_000, "cap_order_minor": -1},
    ],
)
def test_a_rule_is_either_a_percentage_or_a_sum(terms: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Rule(**terms)


@given(amounts, st.integers(0, 10_000))
def test_the_fee_comes_on_top(amount: Money, bps: int) -> None:
    commission = made(amount=amount, fee=fee_on(amount, bps))

    assert cost(commission) == amount + amount.share(bps)


def made(
    *,
    state: CommissionState = CommissionState.PENDING,
    amount: Money = Money(1_000_00),  # noqa: B008 - a frozen value
    fee: Money = Money(150_00),  # noqa: B008
    hold_until: datetime | None = None,
    enrolment: int = 1,
    version: int = 1,
) -> Commission:
    return Commission(
        id=None,
        order=OrderId(1),
        enrolment=EnrolmentId(enrolment),
        creator=PersonId(enrolment),
        brand=BrandId(1),
        state=state,
        amount=amount,
        fee=fee,
        month="2026-11",
        hold_until=hold_until,
        version=version,
    )


def worth(minor: int = 1_000_00, enrolment: int = 1) -> Earning:
    return Earning(
        enrolment=EnrolmentId(enrolment),
        creator=PersonId(enrolment),
        brand=BrandId(1),
        amount=Money(minor),
        fee=Money(minor).share(1_500),
        month="2026-11",
    )


def news(
    known: Commission | None,
    status: OrderStatus,
    earning: Earning | None,
    approved_at: datetime = NOON,
) -> Commission | None:
    return advance(known, OrderId(1), status, earning, hold_days=14, approved_at=approved_at)


def test_an_approved_order_is_held_from_its_approval() -> None:
    pending = news(None, OrderStatus.PENDING, worth())
    held = news(pending, OrderStatus.APPROVED, worth())
    again = news(held, OrderStatus.APPROVED, worth(), NOON + timedelta(days=3))

    assert pending
    assert pending.state is CommissionState.PENDING
    assert held
    assert (held.state, held.hold_until) == (CommissionState.IN_HOLD, NOON + timedelta(days=14))
    assert again == held  # a second report of the approval does not restart the hold


@pytest.mark.parametrize("status", [OrderStatus.REJECTED, OrderStatus.RETURNED])
@pytest.mark.parametrize(
    ("state", "lost"),
    [
        (CommissionState.PENDING, CommissionState.VOID),
        (CommissionState.IN_HOLD, CommissionState.VOID),
        (CommissionState.AVAILABLE, CommissionState.CLAWED_BACK),
        (CommissionState.VOID, CommissionState.VOID),
        (CommissionState.CLAWED_BACK, CommissionState.CLAWED_BACK),
    ],
)
def test_a_lost_order_takes_its_commission_along(
    status: OrderStatus, state: CommissionState, lost: CommissionState
) -> None:
    known = made(state=state)

    after = news(known, status, worth())

    assert after
    assert after.state is lost


def test_an_available_commission_stays_available_and_shrinks_with_a_partial_refund() -> None:
    known = made(state=CommissionState.AVAILABLE)

    for status in (OrderStatus.PENDING, OrderStatus.APPROVED):
        after = news(known, status, worth(400_00))
        assert after
        assert (after.state, after.amount) == (CommissionState.AVAILABLE, Money(400_00))


def test_nothing_comes_of_nothing() -> None:
    assert news(None, OrderStatus.APPROVED, None) is None
    assert news(None, OrderStatus.REJECTED, worth()) is None


def test_money_of_an_order_whose_credit_moves_to_another_creator_waits_anew() -> None:
    known = made(state=CommissionState.IN_HOLD, hold_until=NOON)

    moved = news(known, OrderStatus.APPROVED, worth(enrolment=2), NOON + timedelta(days=1))

    assert moved
    assert (moved.creator, moved.hold_until) == (PersonId(2), NOON + timedelta(days=15))


reports = st.lists(
    st.tuples(
        st.sampled_from(OrderStatus),
        st.one_of(st.none(), st.builds(worth, st.integers(0, 10**7), st.integers(1, 3))),
        st.booleans(),  # whether the hold has ended before the report
    ),
    max_size=12,
)


@given(reports)
def test_any_history_leaves_the_books_at_the_commission_as_it_stands(
    history: list[tuple[OrderStatus, Earning | None, bool]],
) -> None:
    books: dict[tuple[str, int], int] = {}
    known: Commission | None = None

    def post(new: Commission | None) -> None:
        nonlocal known
        if new is None or new == known:
            return
        new = made(
            state=new.state,
            amount=new.amount,
            fee=new.fee,
            hold_until=new.hold_until,
            enrolment=new.enrolment,
            version=(known.version + 1) if known else 1,
        )
        transfer = settle(known, new, NOON)
        for entry in transfer.entries if transfer else ():
            key = (entry.account, entry.owner)
            books[key] = books.get(key, 0) + entry.minor
        known = new

    for status, earning, matured in history:
        if matured and known and known.state is CommissionState.IN_HOLD:
            post(
                made(
                    state=CommissionState.AVAILABLE,
                    amount=known.amount,
                    fee=known.fee,
                    enrolment=known.enrolment,
                )
            )
        post(news(known, status, earning))

    assert sum(books.values()) == 0
    standing = {key: minor for key, minor in books.items() if minor}
    if known is None or not cost(known):
        assert standing == {}
    else:
        account = "creator_pending" if known.state in OPEN else "creator_available"
        assert standing.get((account, known.creator), 0) == known.amount.minor
        assert -standing[("brand_funds", 1)] == cost(known).minor
