"""Storage of daily results: sums that are kept, not added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from core.commissions import CommissionState
from core.ids import EnrolmentId, OfferId, OrderId, PersonId
from core.money import Money
from core.people import Locale
from core.records import record
from core.results import Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A creator's open commissions: what waits for the shop, and what is in hold.

    `release` is the day on which the nearest part that only waits for time is released;
    `without_proof` and `without_funds` are the parts of both that wait for the creator and for the
    brand.
    """

    pending: Money
    in_hold: Money
    release: date | None
    without_proof: Money
    without_funds: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a creator's holds let go on one day, if nothing else holds it up.

    `waiting` is the part that will not come then unless a proof is accepted or the brand pays in.
    """

    day: date
    orders: int
    amount: Money
    waiting: Money


@record(frozen=True, slots=True, kw_only=True)
class Sum:
    """Credited orders together: how many, what buyers paid, what they bring, the platform's fee."""

    orders: int = 0
    net: Money = Money(0)
    amount: Money = Money(0)
    fee: Money = Money(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSum:
    """What one offer brought a creator."""

    enrolment: EnrolmentId
    offer: OfferId
    titles: Mapping[Locale, str]
    brand_name: str
    states: Mapping[CommissionState, Sum]

    def title(self, locale: Locale) -> str:
        """The offer's title in the language, or in Russian."""
        return self.titles.get(locale) or self.titles.get(Locale.RU, "")


class Results(Protocol):
    """Daily results by enrolment and state, holds by the day of their end, clicks by link."""

    async def counted(self, orders: Sequence[OrderId]) -> dict[OrderId, Counted]:
        """What stored orders count for now; those that nobody is credited for are left out."""

    async def record(
        self, before: Mapping[OrderId, Counted], after: Mapping[OrderId, Counted]
    ) -> None:
        """Take what orders counted for out of the sums, and put in what they count for now."""

    async def held(self, creator: PersonId) -> Held:
        """A creator's open commissions, summed up."""

    async def releases(self, creator: PersonId) -> Sequence[Release]:
        """What the creator's holds let go, by day."""

    async def by_state(
        self,
        creator: PersonId,
        *,
        enrolment: EnrolmentId | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> dict[CommissionState, Sum]:
        """A creator's orders placed from `since` to the day before `until`, by state."""

    async def by_day(
        self, creator: PersonId, *, since: date, until: date
    ) -> dict[date, dict[CommissionState, Sum]]:
        """The same by day."""

    async def by_month(
        self, creator: PersonId, *, since: date, until: date
    ) -> dict[date, dict[CommissionState, Sum]]:
        """The same by whole months, which are known by their first days, as the span is."""

    async def by_offer(
        self, creator: PersonId, *, since: date | None = None, until: date | None = None
    ) -> Sequence[OfferSum]:
        """The same by offer, the one that brought most first."""

    async def earners(
        self, *, since: date, until: date, untold: str, after: PersonId | None, limit: int
    ) -> Sequence[PersonId]:
        """Creators with orders placed in the period that bring something, by id.

        Those are left out who have a notification whose key is `untold` and their id.
        """
