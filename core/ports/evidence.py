"""What is stored of evidence that merchants do not report: buyers' phones, claims, rulings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.evidence import BuyersOfPhone, Grade, OrderClaim, Ruling
from core.ids import BrandId, ClaimId, EnrolmentId, OrderId, PersonId
from core.orders import Place


class Evidence(Protocol):
    """What buyers and people who decide say of orders; all that is asked is asked by the batch."""

    async def phones(
        self, brand: BrandId, place: Place, digests: Sequence[bytes]
    ) -> Mapping[bytes, BuyersOfPhone]:
        """Who shared these phones, with their touches of the brand's offers at the place.

        People who neither came to the brand nor are creators of it are left out.
        """

    async def claims(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> Mapping[str, OrderClaim]:
        """The claims of these orders that were not refused, by the order's number."""

    async def match_claims(self, found: Mapping[ClaimId, OrderId], now: datetime) -> None:
        """Note that the merchant has told of the orders of waiting claims."""

    async def rulings(self, orders: Sequence[OrderId]) -> Mapping[OrderId, Ruling]:
        """The latest ruling of each of these orders that has any."""

    async def rule(
        self,
        order: OrderId,
        *,
        enrolment: EnrolmentId | None,
        grade: Grade | None,
        reason: str,
        note: str = "",
        by: PersonId | None,
        now: datetime,
    ) -> None:
        """Keep a ruling; `core.usecases.redecision` lets it count."""

    async def orders_of_phone(self, digest: bytes) -> Sequence[OrderId]:
        """Orders with this phone at brands where somebody who shared it came by a link."""
