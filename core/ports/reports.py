"""Storage of brands' reports: read from sums by day, never from the orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from core.commissions import CommissionState
from core.ids import BrandId, OfferId, PersonId
from core.people import Locale
from core.reports import Breakdown, Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One line of a breakdown: whichever of its names the breakdown has, and its figures.

    `handle` is the promo code or the name of the placement ("" for a creator's plain link).
    """

    figures: Figures
    id: int = 0  # of the offer or the creator
    day: date | None = None
    creator: str = ""
    titles: Mapping[Locale, str] = field(default_factory=dict)
    handle: str = ""

    def title(self, locale: Locale) -> str:
        """The offer's title in the language, or in Russian."""
        return self.titles.get(locale) or self.titles.get(Locale.RU, "")


class Reports(Protocol):
    """Results of one brand: of orders placed, and links clicked, from one day to before another."""

    async def by_day(self, brand: BrandId, *, since: date, until: date) -> dict[date, Figures]:
        """Days on which there was anything."""

    async def by_month(self, brand: BrandId, *, since: date, until: date) -> dict[date, Figures]:
        """The same by month, known by its first day; of the last one the days before `until`."""

    async def lines(
        self,
        brand: BrandId,
        by: Breakdown,
        *,
        since: date,
        until: date,
        offset: int = 0,
        limit: int,
    ) -> Sequence[ReportLine]:
        """A page of a breakdown: days from the last one back, all else by orders, most first."""

    async def days(
        self,
        brand: BrandId,
        *,
        states: Sequence[CommissionState],
        offer: OfferId | None,
        creator: PersonId | None,
        since: date | None,
        until: date | None,
    ) -> dict[date, tuple[int, int]]:
        """Credited orders that fit, by day, the last first: how many, and their net (tiyn).

        Of all states where none is given.
        """

    async def months(
        self,
        brand: BrandId,
        *,
        states: Sequence[CommissionState],
        offer: OfferId | None,
        creator: PersonId | None,
    ) -> dict[date, tuple[int, int]]:
        """The same by month of all time; a month is known by its first day."""
