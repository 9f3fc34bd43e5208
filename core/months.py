"""A creator's month in an offer: ladders and monthly caps over its orders, in the order of sale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.commissions import Commission, CommissionState
from core.ids import EnrolmentId, OrderId
from core.money import Money
from core.offers import Terms
from core.orders import OrderItem, OrderStatus, Place
from core.pricing import Limit, Price
from core.records import record

MonthKey = tuple[EnrolmentId, str]  # an enrolment and "2026-11", Almaty
SaleKey = tuple[datetime, str, str]


def sale_key(ordered_at: datetime, place: Place, external_id: str) -> SaleKey:
    """The place of an order among others: none of it hangs on when it was reported."""
    return ordered_at, str(place), external_id


@record(frozen=True, slots=True, kw_only=True)
class Sale:
    """A credited order as its month sees it; `base` is what counts of it.

    `held` is the commission that was there before. `floor_minor` (tiyn) is what it keeps whatever
    other orders do, because it can be withdrawn or has been; None where nothing is promised.
    """

    key: SaleKey
    order: OrderId
    status: OrderStatus
    base: Money
    items: tuple[OrderItem, ...]
    first: bool
    commission: Commission
    held: Commission | None = None
    floor_minor: int | None = None

    @property
    def ordered_at(self) -> datetime:
        """When the buyer ordered (UTC)."""
        return self.key[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """The part of a month before the orders at hand: approved orders, and what all have earned."""

    approved: int = 0
    earned_minor: int = 0


def price_sale(
    terms: Terms,
    base: Money,
    *,
    items: tuple[OrderItem, ...],
    first: bool,
    stopped: bool,
    approved_before: int = 0,
    earned_minor: int = 0,
) -> Price:
    """What one order brings; nothing where the budget was used up before the buyer ordered."""
    price = terms.rule.quote(
        base,
        items=items,
        min_order_minor=terms.min_order_minor,
        earned_this_month=Money(earned_minor),
        approved_before=approved_before,
        first=first,
    )
    if stopped and price.amount:
        return Price(amount=Money(0, base.currency), parts=price.parts, limit=Limit.BUDGET)
    return price


def price_month(
    sales: Sequence[Sale],
    terms: Sequence[Terms],
    stopped: Sequence[bool],
    so_far: SoFar,
) -> list[Price]:
    """Prices of a month's orders, which come sorted by key, each with its terms.

    The rung of a ladder is counted from approved orders placed before; a cap is used up in the same
    order. What is promised already is set aside from the cap first, and an order that has a floor
    never falls below it: what a creator can withdraw is not taken back for another order's sake.
    """
    earned = so_far.earned_minor + sum(sale.floor_minor or 0 for sale in sales)
    approved = so_far.approved
    prices: list[Price] = []
    for sale, own_terms, was_stopped in zip(sales, terms, stopped, strict=True):
        floor = sale.floor_minor or 0
        price = price_sale(
            own_terms,
            sale.base,
            items=sale.items,
            first=sale.first,
            stopped=was_stopped,
            approved_before=approved,
            earned_minor=earned - floor,
        )
        if price.amount.minor < floor:
            price = (sale.held or sale.commission).price or price
            price = replace(price, amount=Money(floor, sale.base.currency))
        earned += price.amount.minor - floor
        approved += sale.status is OrderStatus.APPROVED
        prices.append(price)
    return prices


def floor_of(commission: Commission) -> int | None:
    """What a commission keeps against other orders: all that is available."""
    if commission.state is CommissionState.AVAILABLE:
        return commission.amount.minor
    return None
