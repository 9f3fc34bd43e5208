"""How sales of an offer went: the share that was approved, and how long things took.

Only from what happened, and only where enough of it happened: three lucky orders say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from core.ids import OfferId
from core.money import BPS
from core.orders import OrderStatus

FINISHED_MIN: Final = 10  # orders with an end, for a share; or with a date, for a median
PERIOD: Final = timedelta(days=180)  # older orders say little of how a shop works now
ORDERS_MAX: Final = 5_000  # the newest ones of a brand that are counted


class Whose(StrEnum):
    """Whose orders were counted."""

    OFFER = "offer"
    BRAND = "brand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One credited order: when it was made, approved, and when its commission became available."""

    offer: OfferId
    status: OrderStatus
    ordered_at: datetime
    approved_at: datetime | None = None
    available_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """Figures of `finished` orders; a number is None where too few orders have it.

    `approved_bps` is the share that was approved and not returned. `confirm_days` and `pay_days`
    are medians from an order to its approval and until its commission can be withdrawn.
    """

    whose: Whose
    finished: int
    approved_bps: int | None = None
    confirm_days: int | None = None
    pay_days: int | None = None

    @property
    def telling(self) -> bool:
        """Whether there is any number to show."""
        return any(
            number is not None for number in (self.approved_bps, self.confirm_days, self.pay_days)
        )


def summed(whose: Whose, sales: Iterable[Sale]) -> TrackRecord:
    """The record that sales make; those that still wait for the shop do not count."""
    ended = [sale for sale in sales if sale.status is not OrderStatus.PENDING]
    approved = [sale for sale in ended if sale.status is OrderStatus.APPROVED]
    enough = len(ended) >= FINISHED_MIN
    return TrackRecord(
        whose=whose,
        finished=len(ended),
        approved_bps=(len(approved) * BPS + len(ended) // 2) // len(ended) if enough else None,
        confirm_days=median_days([(sale.ordered_at, sale.approved_at) for sale in approved]),
        pay_days=median_days([(sale.ordered_at, sale.available_at) for sale in approved]),
    )


def median_days(spans: list[tuple[datetime, datetime | None]]) -> int | None:
    """The median in days, a begun one as a whole one; None for too few that have an end."""
    days = [-((start - end) // timedelta(days=1)) for start, end in spans if end is not None]
    return round(median(days)) if len(days) >= FINISHED_MIN else None
