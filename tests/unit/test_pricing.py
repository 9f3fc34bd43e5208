"""Rules of commission: rates by goods, ladders, first orders, caps, and months as a whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.commissions import Commission, CommissionState
from core.errors import BadInput
from core.ids import BrandId, EnrolmentId, OrderId, PersonId
from core.money import Money, tenge
from core.months import Sale, SoFar, price_month, sale_key
from core.offers import Terms
from core.orders import OrderItem, OrderStatus, Place
from core.pricing import Limit, Price, Rate, RateBy, Rule, Rung, Why, spread

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
bps = st.integers(1, 8_000)
caps = st.one_of(st.just(0), st.integers(1, 10**8))
NAMES = ("Headphones", "Covers", "sku-1", "sku-2")
items = st.lists(
    st.builds(
        OrderItem,
        sku=st.sampled_from(["SKU-1", "SKU-2", "x"]),
        quantity=st.integers(0, 5),
        amount=st.one_of(st.none(), st.integers(0, 10**7).map(Money)),
        category=st.sampled_from(["headphones", " COVERS ", "books", ""]),
    ),
    max_size=6,
).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    base = draw(st.integers(1, 4_000))
    rungs, worth, orders = [], base, 0
    for _ in range(draw(st.integers(0, 3))):
        worth, orders = worth + draw(st.integers(1, 1_000)), orders + draw(st.integers(1, 4))
        rungs.append(Rung(orders=orders, worth=worth))
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return Rule(
        percent_bps=base,
        cap_order_minor=draw(caps),
        cap_month_minor=draw(caps),
        first_order=draw(st.one_of(st.just(0), bps)),
        ladder=tuple(rungs),
        rates=tuple(
            Rate(
                by=RateBy.SKU if "-" in name else RateBy.CATEGORY,
                name=name,
                percent_bps=draw(st.integers(0, 8_000)),
            )
            for name in names
        ),
    )


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_what_is_spread_over_lines_is_all_of_it(minor: int, shares: list[int]) -> None:
    parts = spread(minor, shares)

    assert sum(parts) == minor
    assert min(parts) >= 0
    total = sum(shares)
    if total:
        assert all(
            abs(part - minor * share / total) < 1.001
            for part, share in zip(parts, shares, strict=True)
        )


@given(rules(), st.integers(1, 10**9).map(Money), items, st.integers(0, 20), st.booleans())
def test_a_price_is_explained_to_the_last_tiyn(
    rule: Rule, base: Money, goods: tuple[OrderItem, ...], before: int, first: bool
) -> None:
    price = rule.quote(base, items=goods, approved_before=before, first=first)

    assert sum(part.base_minor for part in price.parts) == base.minor
    whole = sum(part.amount_minor for part in price.parts)
    assert Money(0) <= price.amount <= base
    assert (price.amount.minor < whole) == (price.limit is not None)
    if rule.cap_order_minor:
        assert price.amount.minor <= rule.cap_order_minor
    stored = json.loads(json.dumps(price.to_json()))
    assert Price.from_json(price.amount, stored) == price


@given(rules())
def test_a_rule_with_everything_survives_storage(rule: Rule) -> None:
    assert Rule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


def test_rules_that_were_stored_before_are_read() -> None:
    old = {"percent_bps": 0, "fixed_minor": 5, "cap_order_minor": 0, "cap_month_minor": 7}

    assert Rule.from_json(old) == Rule(fixed_minor=5, cap_month_minor=7)
    assert Rule(fixed_minor=5, cap_month_minor=7).to_json() == old


def test_goods_are_priced_by_the_most_specific_rate_and_share_the_discount() -> None:
    rule = Rule(
        percent_bps=1_000,
        rates=(
            Rate(by=RateBy.CATEGORY, name="Headphones", percent_bps=500),
            Rate(by=RateBy.SKU, name="SKU-1", percent_bps=2_000),
        ),
    )
    goods = (
        OrderItem(sku="sku-1", amount=tenge(5_000), category="headphones"),
        OrderItem(sku="SKU-2", amount=tenge(3_000), category="HEADPHONES"),
        OrderItem(sku="SKU-3", amount=tenge(2_000), category="covers"),
    )

    price = rule.quote(tenge(9_000), items=goods)  # 10 % off the goods

    by = {part.why: (part.base_minor, part.amount_minor) for part in price.parts}
    assert by == {
        Why.SKU: (450_000, 90_000),
        Why.CATEGORY: (270_000, 13_500),
        Why.BASE: (180_000, 18_000),
    }
    assert price.amount == Money(121_500)


def test_lines_without_prices_share_by_quantity() -> None:
    rule = Rule(percent_bps=1_000, rates=(Rate(by=RateBy.SKU, name="a", percent_bps=2_000),))
    goods = (OrderItem(sku="a", quantity=3), OrderItem(sku="b", quantity=1, amount=tenge(9)))

    assert rule.quote(tenge(400), items=goods).amount == tenge(3 * 20 + 10)


def test_a_first_order_has_its_own_rate_and_else_the_highest_rung_counts() -> None:
    rule = Rule(
        percent_bps=1_000,
        first_order=2_500,
        ladder=(Rung(orders=2, worth=1_200), Rung(orders=5, worth=1_500)),
    )

    def rate(before: int, first: bool = False) -> tuple[Why, int]:
        (part,) = rule.quote(tenge(100), approved_before=before, first=first).parts
        return part.why, part.percent_bps

    assert rate(1) == (Why.BASE, 1_000)
    assert rate(2) == (Why.LADDER, 1_200)
    assert rate(9) == (Why.LADDER, 1_500)
    assert rate(9, first=True) == (Why.FIRST_ORDER, 2_500)


@pytest.mark.parametrize(
    "parts",
    [
        {"ladder": (Rung(orders=5, worth=900),)},
        {"ladder": (Rung(orders=5, worth=1_500), Rung(orders=5, worth=1_600))},
        {"ladder": tuple(Rung(orders=n, worth=1_000 + n) for n in range(1, 7))},
        {"first_order": 9_000},
        {"budget_minor": -1},
        {"rates": (Rate(by=RateBy.SKU, name=" ", percent_bps=5),)},
        {"rates": tuple(Rate(by=RateBy.SKU, name=n, percent_bps=5) for n in ("A", "a "))},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(parts: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Rule(percent_bps=1_000, **parts)  # type: ignore[arg-type]


def a_sale(
    number: int,
    status: OrderStatus,
    base: int,
    *,
    paid: int | None = None,
) -> Sale:
    state = CommissionState.PENDING if paid is None else CommissionState.AVAILABLE
    commission = Commission(
        id=None,
        order=OrderId(number),
        enrolment=EnrolmentId(1),
        creator=PersonId(1),
        brand=BrandId(1),
        state=state,
        amount=Money(paid or 0),
        fee=Money(0),
        month="2026-11",
    )
    return Sale(
        key=sale_key(NOON + timedelta(hours=number), Place.KASPI, str(number)),
        order=OrderId(number),
        status=status,
        base=Money(base),
        items=(),
        first=False,
        commission=commission,
        held=commission,
        floor_minor=paid,
    )


def terms(rule: Rule) -> Terms:
    return Terms(
        id=None, offer=None, version=1, rule=rule, hold_days=0, window_days=1, proof_required=False
    )


@given(
    rules(),
    st.lists(
        st.tuples(
            st.sampled_from([OrderStatus.PENDING, OrderStatus.APPROVED]),
            st.integers(1, 10**7),
            st.one_of(st.none(), st.integers(0, 10**5)),
        ),
        max_size=12,
    ),
)
def test_a_month_keeps_its_cap_and_what_was_promised(
    rule: Rule, month: list[tuple[OrderStatus, int, int | None]]
) -> None:
    sales = [a_sale(n, status, base, paid=paid) for n, (status, base, paid) in enumerate(month)]
    promised = sum(sale.floor_minor or 0 for sale in sales)

    prices = price_month(sales, [terms(rule)] * len(sales), [False] * len(sales), SoFar())

    total = sum(price.amount.minor for price in prices)
    if rule.cap_month_minor:
        assert total <= max(rule.cap_month_minor, promised)
    for sale, price in zip(sales, prices, strict=True):
        assert price.amount.minor >= (sale.floor_minor or 0)
        assert price.amount.minor <= max(sale.base.minor, sale.floor_minor or 0)


def test_the_rung_comes_from_approved_orders_placed_before() -> None:
    rule = Rule(percent_bps=1_000, ladder=(Rung(orders=2, worth=2_000),))
    sales = [
        a_sale(1, OrderStatus.APPROVED, 1_000),
        a_sale(2, OrderStatus.PENDING, 1_000),
        a_sale(3, OrderStatus.APPROVED, 1_000),
        a_sale(4, OrderStatus.PENDING, 1_000),
    ]

    prices = price_month(sales, [terms(rule)] * 4, [False] * 4, SoFar())

    assert [price.amount.minor for price in prices] == [100, 100, 100, 200]


def test_an_order_after_the_budget_was_used_up_brings_nothing_and_says_so() -> None:
    sales = [a_sale(1, OrderStatus.APPROVED, 1_000), a_sale(2, OrderStatus.APPROVED, 1_000)]
    own = [terms(Rule(percent_bps=1_000))] * 2

    before, after = price_month(sales, own, [False, True], SoFar())

    assert (before.amount.minor, before.limit) == (100, None)
    assert (after.amount.minor, after.limit) == (0, Limit.BUDGET)
