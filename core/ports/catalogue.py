"""Finding offers, keeping them, and the figures of their sales."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.catalogue import Candidate, Cursor, Facets, Filters, Listing, Order
from core.ids import BrandId, EnrolmentId, OfferId, PersonId
from core.track_records import Sale, TrackRecord


class CatalogueIndex(Protocol):
    """Open offers of brands that can pay, found without reading the offers themselves."""

    async def page(
        self, order: Order, filters: Filters, cursor: Cursor, *, now: datetime, limit: int
    ) -> Sequence[Candidate]:
        """The offers beyond the cursor, the nearest first; before it when it says `before`."""

    async def listings(self, offers: Sequence[OfferId]) -> Sequence[Listing]:
        """What a list shows of offers, in the order of the ids; unknown ones are left out."""

    async def facets(self, filters: Filters, *, now: datetime) -> Facets:
        """How many offers each category and each place would show, all else being as it is."""

    async def own_codes(
        self, creator: PersonId, question: str, *, after: EnrolmentId | None, limit: int
    ) -> Sequence[EnrolmentId]:
        """A creator's active enrolments, newest first, whose code or offer fits the question."""


class SavedOffers(Protocol):
    """Offers that people keep for later."""

    async def put(self, person: PersonId, offer: OfferId, *, now: datetime, limit: int) -> None:
        """Save; the oldest saved ones beyond `limit` are let go. Saved before: nothing changes."""

    async def drop(self, person: PersonId, offer: OfferId) -> None: ...

    async def has(self, person: PersonId, offer: OfferId) -> bool: ...

    async def page(
        self, person: PersonId, *, after: int | None, limit: int
    ) -> Sequence[tuple[int, OfferId]]:
        """The last saved first: (place in the list, offer), with places below `after`."""


class TrackRecords(Protocol):
    """Figures of finished orders per offer and per brand."""

    async def of(self, offer: OfferId, brand: BrandId) -> TrackRecord | None:
        """What is known of the offer, else of its brand; None where neither tells anything."""

    async def due(self, *, before: datetime, limit: int) -> Sequence[BrandId]:
        """Brands never counted or last counted before that moment, the longest ago first."""

    async def sales(self, brand: BrandId, *, since: datetime, limit: int) -> Sequence[Sale]:
        """The newest credited orders of a brand, made since then."""

    async def save(
        self,
        brand: BrandId,
        whole: TrackRecord,
        offers: dict[OfferId, TrackRecord],
        *,
        now: datetime,
    ) -> None:
        """Replace what was counted before."""
