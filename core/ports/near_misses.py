"""Evidence that almost fits, and what people answered to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.ids import BrandId, CodeId, EnrolmentId, OrderId, PersonId
from core.money import Money
from core.near_misses import Answer
from core.orders import OrderStatus, Place
from core.reconciliation import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMissRow:
    """Evidence that almost fits, side by side with what it almost fits to.

    `code` is the newest code of the enrolment; `open` says that nobody has answered and that the
    order is nobody's still.
    """

    id: int
    brand: BrandId
    order: OrderId
    external_id: str
    place: Place
    status: OrderStatus
    raw: str
    reason: str
    enrolment: EnrolmentId
    code: str
    creator_name: str
    net: Money
    ordered_at: datetime
    open: bool = True


class NearMisses(Protocol):
    """The review queue of brands."""

    async def add(
        self, brand: BrandId, found: Sequence[tuple[OrderId, Decision]], now: datetime
    ) -> int:
        """Keep what a person should look at; what is kept already stays. Returns how many."""

    async def queue(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[NearMissRow]:
        """What nobody has answered, newest first; an order that found its creator is gone."""

    async def get(self, miss: int) -> NearMissRow:
        """NotFound("near_miss") where there is none."""

    async def alike(self, miss: NearMissRow) -> Sequence[NearMissRow]:
        """Unanswered ones of the brand and the creator with the same spelling, or nearly so."""

    async def answer(
        self, misses: Sequence[int], answer: Answer, *, by: PersonId, now: datetime
    ) -> int:
        """Keep an answer to those that have none; returns to how many that was."""

    async def add_alias(
        self, brand: BrandId, normal: str, code: CodeId, *, since: datetime, by: PersonId
    ) -> bool:
        """Let a spelling count as a code from then on; False where it is one already."""
