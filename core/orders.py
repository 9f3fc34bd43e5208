"""An order of a buyer as a merchant reports it, and which of two reports is the newer one."""

from __future__ import annotations

from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core.money import ZERO, Money
from core.records import record

ALMATY: Final = ZoneInfo("Asia/Almaty")


class OrderStatus(StrEnum):
    """What a merchant says of an order, in our four words."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"


# On one day a higher rank is the later news: feeds that date a change by day cannot say more.
RANK: Final = {
    OrderStatus.PENDING: 0,
    OrderStatus.REJECTED: 1,
    OrderStatus.APPROVED: 2,
    OrderStatus.RETURNED: 3,
}


class Place(StrEnum):
    """Where an offer is bought; orders of one brand and place share one numbering."""

    KASPI = "kaspi"
    WILDBERRIES = "wildberries"
    OZON = "ozon"
    HALYK = "halyk"
    OWN_SHOP = "own_shop"
    IN_STORE = "in_store"


@record(frozen=True, slots=True, kw_only=True)
class NormalisedOrder:
    """One order as every source yields it.

    `net` is what the buyer paid for goods after discounts, without delivery; `refunded` is part of
    it that was given back. `status_changed_at` is None where the feed does not date changes;
    `changed_on_day` says that only its date is known. `promo_codes` are raw as the merchant wrote
    them; `phone` is E.164 in clear and leaves memory only as HMAC; `raw_hash` is a hash (hex) of
    the merchant's raw rows, so that an unchanged row costs one comparison.
    """

    external_id: str
    ordered_at: datetime
    status: OrderStatus
    status_raw: str
    gross: Money
    net: Money
    raw_hash: str
    refunded: Money = ZERO
    at_risk: bool = False
    status_known: bool = True
    status_changed_at: datetime | None = None
    changed_on_day: bool = False
    promo_codes: tuple[str, ...] = ()
    phone: str | None = field(default=None, repr=False)
    items: tuple[OrderItem, ...] = ()
    click_ids: tuple[str, ...] = ()
    utm: tuple[tuple[str, str], ...] = ()


@record(frozen=True, slots=True, kw_only=True)
class OrderItem:
    """One position of an order: the seller's SKU, how many, and what they cost together."""

    sku: str
    quantity: int = 1
    amount: Money | None = None
    category: str = ""


class Freshness(NamedTuple):
    """The key by which reports of one order are put in time; the greatest one stands.

    The day (Almaty) comes first, then the rank of the status, because several feeds date a change
    by day only; then what was refunded, the exact time, and the row's hash to decide a tie the same
    way in whatever order the reports arrive.
    """

    day: date
    rank: int
    refunded_minor: int
    at: datetime
    raw_hash: str


def freshness(order: NormalisedOrder, seen_at: datetime) -> Freshness:
    """Place a report in time; `seen_at` (UTC) is when the feed was read or the file was made."""
    at = order.status_changed_at or seen_at
    if order.status_changed_at and order.changed_on_day:
        end_of_day = at.astimezone(ALMATY).replace(hour=23, minute=59, second=59, microsecond=0)
        at = min(end_of_day.astimezone(at.tzinfo), max(seen_at, at))
    return Freshness(
        day=at.astimezone(ALMATY).date(),
        rank=RANK[order.status],
        refunded_minor=order.refunded.minor,
        at=at,
        raw_hash=order.raw_hash,
    )
