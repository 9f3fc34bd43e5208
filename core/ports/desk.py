"""Storage behind the operator's desk: what waits, the search for anybody, brands' requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.audit import AuditEntry, AuditFilter
from core.brand_requests import BrandRequest, LegalData, RequestState
from core.desk import Storage, Waiting
from core.ids import BrandId, PersonId, RequestId
from core.lookup import FoundCode, FoundOffer, FoundOrder, FoundPayout


class Audit(Protocol):
    """Who did what to what."""

    async def write(
        self,
        actor: PersonId | None,
        action: str,
        object: str,
        object_id: int,
        *,
        now: datetime,
        facts: Mapping[str, Any] | None = None,
    ) -> None: ...

    async def search(
        self,
        wanted: AuditFilter,
        *,
        actions: Collection[str] | None,
        after: int | None,
        limit: int,
    ) -> Sequence[AuditEntry]:
        """Entries below the id `after`, newest first; `actions` None means whatever there is."""

    async def entry(self, entry: int) -> AuditEntry:
        """NotFound("entry") where there is none."""


class Desk(Protocol):
    """Counts of what waits, and the state of the storage."""

    async def waiting(self) -> Waiting: ...

    async def storage(self, now: datetime) -> Storage: ...


class Lookups(Protocol):
    """Finding anybody and anything by what a person of the staff has at hand."""

    async def people(self, words: Sequence[str], *, limit: int) -> Sequence[PersonId]:
        """People with these beginnings of words in their name, profile or username."""

    async def brands(self, words: Sequence[str], *, limit: int) -> Sequence[BrandId]: ...

    async def offers(self, words: Sequence[str], *, limit: int) -> Sequence[FoundOffer]: ...

    async def by_digests(self, *, iin: bytes | None, iban: bytes | None) -> Sequence[PersonId]:
        """Creators with exactly this IIN or IBAN."""

    async def codes(self, normal: str, *, limit: int) -> Sequence[FoundCode]:
        """Promo codes of this normal form, of whatever brands, with who held them last."""

    async def orders(self, external_id: str, *, limit: int) -> Sequence[FoundOrder]: ...

    async def payouts(self, number: str) -> Sequence[FoundPayout]: ...

    async def since(self, person: PersonId) -> datetime:
        """When the person came first; NotFound("person")."""

    async def active_offers(self, brand: BrandId) -> int:
        """How many offers of a brand stand in the catalogue."""

    async def active_enrolments(
        self, *, creator: PersonId | None = None, brand: BrandId | None = None
    ) -> int:
        """How many enrolments of a creator, or with a brand, are active."""


class BrandRequests(Protocol):
    """What brands ask staff to approve."""

    async def add(
        self, *, brand: BrandId | None, person: PersonId, data: LegalData, now: datetime
    ) -> RequestId:
        """Store a request in place of one that waits: of the brand, or of the person's sign-up."""

    async def get(self, request: RequestId) -> BrandRequest:
        """NotFound("request") where there is none."""

    async def waiting_of(
        self, *, brand: BrandId | None, person: PersonId | None
    ) -> BrandRequest | None:
        """What waits of a brand, or of a person's sign-up."""

    async def latest_of(self, person: PersonId) -> BrandRequest | None:
        """The person's last sign-up, in whatever state."""

    async def next(self, *, after: int | None, limit: int) -> Sequence[BrandRequest]:
        """Requests that wait, oldest first, above the id `after`."""

    async def decide(
        self,
        request: RequestId,
        state: RequestState,
        *,
        by: PersonId,
        now: datetime,
        note: str = "",
        brand: BrandId | None = None,
    ) -> bool:
        """Decide on a request that waits; False where it does not wait any more."""
