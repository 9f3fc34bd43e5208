"""Storage of changes of offers, of dated terms, and of budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.changes import ChangeKind, ChangeState, OfferChange
from core.ids import OfferId, PersonId, TermsId


class Changes(Protocol):
    """What is going to change in offers, and what of it has come over enrolments."""

    async def lock(self, offer: OfferId) -> None:
        """Let one unit of work at a time change the offer; takers of it wait."""

    async def add(
        self,
        offer: OfferId,
        kind: ChangeKind,
        content: Mapping[str, Any],
        *,
        effective_at: datetime | None,
        by: PersonId,
        now: datetime,
    ) -> OfferChange:
        """Keep an open change; raises ChangePending where one of the kind is open already."""

    async def get(self, change: int) -> OfferChange:
        """NotFound("change") where there is none."""

    async def standing(self, offers: Sequence[OfferId]) -> dict[OfferId, list[OfferChange]]:
        """Open changes of offers; those without one are left out."""

    async def decide(self, change: int, to: ChangeState, *, now: datetime, note: str = "") -> bool:
        """Close an open change; False where somebody was quicker."""

    async def due(self, now: datetime, limit: int) -> Sequence[OfferChange]:
        """Announced conditions whose time has come."""

    async def in_review(self, *, after: int | None, limit: int) -> Sequence[OfferChange]:
        """Contents that wait for a moderator, oldest first, with ids above `after`."""

    async def bring_over(self, offer: OfferId, terms: TermsId, *, since: datetime) -> int:
        """Put the offer's standing enrolments on other terms from then on; returns how many."""

    async def spend(self, grown: Mapping[OfferId, int]) -> None:
        """Add to what offers' commissions come to, tiyn."""

    async def stop(self, offer: OfferId, *, since: datetime) -> bool:
        """Note that the budget is used up; False where it is noted already."""

    async def go_on(self, offer: OfferId, *, until: datetime) -> bool:
        """End the offer's stop; False where it has none."""
