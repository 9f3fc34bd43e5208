"""Storage of the market's figures by week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from core.market import MarketWeek


class Market(Protocol):
    """Figures of weeks: counted by a sweep, read by their key."""

    async def weeks(self, *, since: date) -> Sequence[MarketWeek]:
        """Counted weeks from that Monday on, the oldest first."""

    async def counted(self, mondays: Sequence[date]) -> Sequence[MarketWeek]:
        """The weeks as orders and results say now, without `pay_days`."""

    async def payments(
        self, monday: date, *, limit: int
    ) -> Sequence[tuple[datetime, datetime | None]]:
        """Orders whose reward was paid out in the week: when placed, and when paid.

        Of the newest payouts, at most so many.
        """

    async def put(self, weeks: Sequence[MarketWeek], *, now: datetime) -> None:
        """Replace what was counted before."""
