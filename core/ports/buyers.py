"""Storage of what is kept of buyers: visits by links, the digest of a shared phone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.buyers import Visits
from core.ids import BrandId, EnrolmentId, LinkId, PersonId


class Buyers(Protocol):
    """Touches and shared phones; `core.ports.evidence` reads them for orders."""

    async def touch(
        self,
        person: PersonId,
        *,
        link: LinkId,
        enrolment: EnrolmentId,
        brand: BrandId,
        at: datetime,
    ) -> bool:
        """Keep that a person came by a link; False for a visit that is known."""

    async def visits(self, person: PersonId) -> Sequence[Visits]:
        """The person's visits by brand, the latest first."""

    async def shared_at(self, person: PersonId) -> datetime | None:
        """Since when the person's phone is kept, or None."""

    async def digest(self, person: PersonId) -> bytes | None:
        """The digest of the person's phone."""

    async def keep_phone(self, person: PersonId, digest: bytes, *, now: datetime) -> None:
        """Keep the digest of a phone in place of the one before."""

    async def drop_phone(self, person: PersonId) -> bool:
        """Forget the phone; False when none was kept."""

    async def drop_touches(self, person: PersonId) -> int:
        """Forget every visit; returns how many."""

    async def count_claims(self, person: PersonId) -> int:
        """How many orders and receipts the person has claimed, whatever became of them."""

    async def end_claims(self, person: PersonId, *, now: datetime) -> int:
        """End claims that wait for the merchant's data, and forget what was sent with them."""
