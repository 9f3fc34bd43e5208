"""Storage of what buyers get: the offer's choice over time, and codes that are handed out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.gifts import BuyerReward, DueReward, GiftCount, GivenGift
from core.ids import BrandId, ClaimId, OfferId, PersonId


class Gifts(Protocol):
    """Rewards of buyers and the gift codes of offers."""

    async def rewards(self, offers: Sequence[OfferId]) -> Mapping[OfferId, Sequence[BuyerReward]]:
        """What offers have promised over time, the oldest first; without a row there is nothing."""

    async def choose(
        self, offer: OfferId, reward: BuyerReward, *, by: PersonId, now: datetime
    ) -> None:
        """Promise this from now on."""

    async def add(
        self, brand: BrandId, offer: OfferId, codes: Sequence[str], *, now: datetime
    ) -> int:
        """Add codes that the brand has not uploaded before; returns how many were new."""

    async def known(self, brand: BrandId, codes: Sequence[str]) -> frozenset[str]:
        """Which of the codes the brand has uploaded before, for whichever offer."""

    async def count(self, offer: OfferId) -> GiftCount: ...

    async def clear(self, offer: OfferId) -> int:
        """Delete the codes that nobody has got; returns how many."""

    async def due(self, *, after: int, limit: int) -> Sequence[DueReward]:
        """Claims above the id `after` that are found, with an approved order, and not rewarded.

        Those of people who have blocked the bot wait until they are back.
        """

    async def settle(self, claim: ClaimId, *, now: datetime) -> bool:
        """Mark a claim as rewarded; False where it was, or is none that can be any more."""

    async def reopen(self, claim: ClaimId) -> None:
        """Let a claim that was settled in this unit of work wait on."""

    async def take(self, offer: OfferId, claim: ClaimId, *, now: datetime) -> str | None:
        """Give the oldest free code to the claim; None where there is none."""

    async def given(self, person: PersonId, *, limit: int) -> Sequence[GivenGift]:
        """Codes that the person has got, the latest first."""
