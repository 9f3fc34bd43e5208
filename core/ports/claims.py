"""Storage of buyers' claims and of the cash registers by which receipts are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.claims import Claim, ClaimTouch, NewClaim, Purchase, Refusal, WaitingReceipt
from core.ids import BrandId, ClaimId, OrderId, PersonId
from core.orders import Place


class Claims(Protocol):
    """What buyers say they bought."""

    async def touches(
        self, people: Sequence[PersonId], *, since: datetime, brand: BrandId | None = None
    ) -> Sequence[ClaimTouch]:
        """How people came to creators' enrolments since then, newest first."""

    async def sent_since(self, person: PersonId, since: datetime) -> int:
        """How many claims the person has sent, refused ones among them."""

    async def get(self, claim: ClaimId) -> Claim:
        """NotFound("claim")."""

    async def page(self, person: PersonId, *, after: int | None, limit: int) -> Sequence[Claim]:
        """The person's claims, newest first, below the id `after`."""

    async def standing(
        self, brand: BrandId, place: Place, external_id: str
    ) -> tuple[ClaimId, PersonId] | None:
        """Whose claim of an order stands."""

    async def standing_receipt(self, key: bytes) -> tuple[ClaimId, PersonId] | None:
        """Whose claim with a receipt stands."""

    async def add(self, claim: NewClaim) -> ClaimId | None:
        """Keep a claim that waits; None where another one of its order or receipt stands."""

    async def add_refused(self, claim: NewClaim, reason: Refusal) -> ClaimId:
        """Keep an attempt that does not count, of which the person is told at once."""

    async def purchase(self, brand: BrandId, place: Place, external_id: str) -> Purchase | None:
        """An order that the merchant has reported."""

    async def phones(self, people: Sequence[PersonId]) -> Mapping[PersonId, bytes]:
        """Digests of the phones that these people have shared; others are left out."""

    async def match(self, claim: ClaimId, purchase: Purchase, *, now: datetime, told: bool) -> bool:
        """The claim is of this order; False where it does not wait any more."""

    async def settle(
        self,
        claim: ClaimId,
        reason: Refusal,
        *,
        now: datetime,
        told: bool,
        order: OrderId | None = None,
    ) -> None:
        """The claim does not count after all; `told`: nothing is left to be said of it."""

    # --- sweeps

    async def look_again(self, brand: BrandId, person: PersonId | None = None) -> None:
        """Orders of the brand came in, or the person said more: look for receipts anew."""

    async def brands_to_look(self, limit: int) -> Sequence[BrandId]:
        """Brands with receipts for which orders are to be looked for."""

    async def waiting_receipts(self, brand: BrandId, limit: int) -> Sequence[WaitingReceipt]:
        """Receipts of the brand whose orders are not known, oldest first."""

    async def fitting(
        self, brand: BrandId, receipts: Sequence[WaitingReceipt]
    ) -> Mapping[ClaimId, Sequence[Purchase]]:
        """Orders of the receipt's place that cost what was paid, of about that time.

        Only where the place was read after it: before, the receipt's own order may be missing, and
        another one would be taken for it.
        """

    async def looked(self, brand: BrandId, *, now: datetime) -> None:
        """Orders have been looked for all receipts of the brand that wait."""

    async def expire(self, *, now: datetime, limit: int) -> int:
        """Let claims go whose time is over; how many."""

    async def untold(self, limit: int) -> Sequence[Claim]:
        """Claims that have ended and whose buyers do not know it."""

    async def told(self, claims: Sequence[ClaimId], *, now: datetime) -> None:
        """The buyers know it."""

    # --- cash registers

    async def registers(self, brand: BrandId) -> Sequence[str]:
        """Numbers of the brand's cash registers, in order."""

    async def add_register(
        self, brand: BrandId, number: str, *, by: PersonId, now: datetime
    ) -> bool:
        """False where it is there."""

    async def remove_register(self, brand: BrandId, number: str) -> bool:
        """False where it is not there."""
