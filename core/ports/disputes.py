"""Storage of disputes: cases, their orders, who sent numbers, what was done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.corrections import Correction
from core.disputes import (
    Deed,
    Dispute,
    DisputedOrder,
    DisputeEvent,
    DisputeKind,
    DisputeLine,
    DisputeState,
    FoundOrder,
    Side,
    Signs,
)
from core.ids import (
    BrandId,
    DisputedOrderId,
    DisputeId,
    EnrolmentId,
    OrderId,
    PersonId,
)
from core.money import Money
from core.orders import NormalisedOrder, Place


class Disputes(Protocol):
    """Cases of creators."""

    async def add(
        self,
        *,
        creator: PersonId,
        enrolment: EnrolmentId,
        brand: BrandId,
        place: Place,
        kind: DisputeKind,
        state: DisputeState,
        slug: str,
        until: datetime | None,
        claimed: Money | None,
        note: str,
        now: datetime,
    ) -> Dispute:
        """Store a new case; OutOfDate("dispute") where the offer has one that gathers already."""

    async def get(self, dispute: DisputeId, *, lock: bool = False) -> Dispute:
        """NotFound("dispute") where there is none; `lock` keeps it from other writers."""

    async def by_slug(self, slug: str, *, lock: bool = False) -> Dispute:
        """The case that a follower's link leads to; NotFound("dispute")."""

    async def gathering(self, enrolment: EnrolmentId) -> Dispute | None:
        """The case for which numbers of the offer are gathered now."""

    async def of_order(
        self, order: OrderId, creator: PersonId, kinds: Collection[DisputeKind]
    ) -> Dispute | None:
        """The creator's latest case about the order that was not taken back."""

    async def save(self, dispute: Dispute) -> None:
        """Write what may change of a case."""

    async def count(self, creator: PersonId, *, since: datetime) -> tuple[int, int]:
        """How many cases of the creator are under way, and how many were opened since then."""

    async def put_orders(
        self,
        dispute: Dispute,
        numbers: Sequence[str],
        *,
        typed: bool,
        order: OrderId | None = None,
    ) -> Mapping[str, DisputedOrderId]:
        """Add order numbers, or mark known ones as typed; their ids by number."""

    async def save_orders(self, changed: Sequence[DisputedOrder]) -> None: ...

    async def drop_order(self, order: DisputedOrderId) -> None:
        """Take a number out of a case that is still gathering."""

    async def orders(self, dispute: DisputeId) -> Sequence[DisputedOrder]:
        """All orders of a case in the order in which they came."""

    async def order(self, order: DisputedOrderId) -> DisputedOrder:
        """NotFound("dispute") where there is none."""

    async def elsewhere(self, dispute: Dispute, numbers: Sequence[str]) -> Mapping[str, DisputeId]:
        """Those of the numbers that the creator has in another case of the brand and place.

        One that was taken back, or in which the number was not found, does not count.
        """

    async def speak(
        self,
        dispute: DisputeId,
        voice: bytes,
        order: DisputedOrderId,
        *,
        receipt: bytes | None,
        now: datetime,
    ) -> bool:
        """Note that somebody sent the number, and by which receipt; False where they had before."""

    async def spoken(self, dispute: DisputeId, voice: bytes) -> Collection[DisputedOrderId]:
        """The orders of a case that somebody, or a receipt, spoke for."""

    async def found(
        self, brand: BrandId, place: Place, numbers: Sequence[str]
    ) -> Mapping[str, FoundOrder]:
        """What the merchant's data have of the numbers, in a few queries for all."""

    async def signs(
        self, enrolment: EnrolmentId, orders: Sequence[OrderId]
    ) -> Mapping[OrderId, Signs]:
        """What else ties orders to the enrolment."""

    async def floor(self, brand: BrandId) -> int:
        """A run of the brand up to which every run is over."""

    async def note(
        self,
        dispute: DisputeId,
        side: Side,
        deed: Deed,
        *,
        now: datetime,
        by: PersonId | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Append to the history."""

    async def events(self, dispute: DisputeId) -> Sequence[DisputeEvent]:
        """The history, oldest first."""

    async def of_creator(
        self, creator: PersonId, *, after: DisputeId | None, limit: int
    ) -> Sequence[DisputeLine]:
        """A creator's cases, newest first."""

    async def of_brands(
        self,
        brands: Collection[BrandId],
        states: Collection[DisputeState],
        *,
        after: DisputeId | None,
        limit: int,
    ) -> Sequence[DisputeLine]:
        """Cases that were sent to the brands, newest first."""

    async def everywhere(
        self, states: Collection[DisputeState], *, after: DisputeId | None, limit: int
    ) -> Sequence[DisputeLine]:
        """Cases in these states of all brands, oldest first."""

    async def waiting(self, brands: Collection[BrandId]) -> int:
        """How many cases wait for the brands' answers."""

    async def due(self, state: DisputeState, now: datetime, *, limit: int) -> Sequence[DisputeId]:
        """Cases whose state is to end by itself by now."""

    async def to_remind(self, now: datetime, *, limit: int) -> Sequence[DisputeId]:
        """Cases of which the brand is to be reminded."""

    async def to_look(self, *, limit: int) -> Sequence[DisputeId]:
        """Cases with orders that wait, whose brand's data have been read since the last look."""

    async def report(
        self, order: OrderId
    ) -> tuple[NormalisedOrder, Correction | None, datetime | None]:
        """An order as it counts, what was corrected of it, and when it was first approved."""

    async def correct(
        self,
        order: OrderId,
        correction: Correction,
        counts: NormalisedOrder,
        *,
        approved_at: datetime | None,
    ) -> None:
        """Let an order count as `counts`, and reports that repeat what was corrected likewise."""
