"""How the market does, week by week: what the operator's staff look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from core.money import BPS, Money
from core.results import day_of

WEEKS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketWeek:
    """One week from Monday, in days of Almaty, by the day on which orders were placed.

    `orders` are all that brands reported, `credited` those of some creator; `gmv` is what buyers
    paid for credited orders that are not lost. `active` are creators with a credited order.
    `pay_days` is the median from an order to the payout of its reward, of payouts made in the week;
    None for too few.
    """

    monday: date
    orders: int = 0
    credited: int = 0
    approved: int = 0
    lost: int = 0
    gmv: Money = Money(0)  # noqa: RUF009 - a frozen value
    active: int = 0
    pay_days: int | None = None
    counted_at: datetime | None = None

    @property
    def approval_bps(self) -> int | None:
        """Approved orders of those that have an end."""
        return _share(self.approved, self.approved + self.lost)

    @property
    def unmatched_bps(self) -> int | None:
        """Orders that nobody is credited for, of all."""
        return _share(self.orders - self.credited, self.orders)


def together(weeks: Sequence[MarketWeek]) -> MarketWeek:
    """The weeks as one; what cannot be added up (creators, the median) is left out."""
    return MarketWeek(
        monday=weeks[0].monday,
        orders=sum(week.orders for week in weeks),
        credited=sum(week.credited for week in weeks),
        approved=sum(week.approved for week in weeks),
        lost=sum(week.lost for week in weeks),
        gmv=sum((week.gmv for week in weeks), Money(0)),
    )


def mondays(now: datetime) -> list[date]:
    """The Mondays of the weeks that are shown, the oldest first, this week's last."""
    today = day_of(now)
    this = today - timedelta(days=today.weekday())
    return [this - timedelta(weeks=number) for number in reversed(range(WEEKS))]


def _share(part: int, whole: int) -> int | None:
    return (part * BPS + whole // 2) // whole if whole else None
