"""Storage of broadcasts and of what each person got of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from core.broadcasts import (
    Audience,
    Broadcast,
    BroadcastDelivery,
    BroadcastState,
    NamedOffer,
    Reach,
    Settled,
)
from core.ids import BroadcastId, OfferId, PersonId


class Broadcasts(Protocol):
    """Drafts, what is going out, and the history."""

    async def add(self, author: PersonId, *, now: datetime) -> BroadcastId:
        """An empty draft."""

    async def get(self, broadcast: BroadcastId) -> Broadcast:
        """Raises NotFound("broadcast")."""

    async def page(self, *, before: int | None, limit: int) -> Sequence[Broadcast]:
        """All of them, newest first, below an id."""

    async def in_states(self, states: Collection[BroadcastState]) -> Sequence[Broadcast]:
        """Those in these states, oldest first; meant for the few that are under way."""

    async def watched(self) -> Sequence[Broadcast]:
        """Those with a message that shows their progress."""

    async def rewrite(self, draft: Broadcast) -> bool:
        """Store the content of a draft; False where it is none any more."""

    async def drop(self, broadcast: BroadcastId) -> bool:
        """Delete a draft; False where it is none."""

    async def move(
        self,
        broadcast: BroadcastId,
        came_from: BroadcastState,
        to: BroadcastState,
        *,
        scheduled_at: datetime | None = None,
        started_at: datetime | None = None,
        finished_at: datetime | None = None,
    ) -> bool:
        """Change the state, and the times that are given; False when somebody was quicker."""

    async def watch(self, broadcast: BroadcastId, place: tuple[int, int] | None) -> None:
        """Name the message (chat, id) that shows the progress, or none."""

    async def reach(self, audience: Audience, *, marketing: bool, today: date) -> Reach:
        """Count the audience: who has chosen a language and neither blocked nor muted us."""

    async def address(self, broadcast: Broadcast, *, today: date) -> int:
        """Fix who gets it: one row per person of the audience; returns how many."""

    async def offers(
        self, *, only: OfferId | None = None, before: int | None = None, limit: int = 1
    ) -> Sequence[NamedOffer]:
        """One offer, or the active ones, newest first, below an id."""

    async def going(self, *, paid: bool) -> bool:
        """Whether a broadcast of this lane is going out."""

    async def claim(
        self,
        *,
        now: datetime,
        limit: int,
        lease_until: datetime,
        paid: bool,
        by_day: bool,
    ) -> Sequence[BroadcastDelivery]:
        """Take due deliveries of one lane, those of the oldest broadcast first.

        They are not due again before `lease_until`. Unless it is day, marketing rests. People who
        have blocked the bot meanwhile are settled as such.
        """

    async def settle(self, settled: Sequence[Settled], *, now: datetime) -> None:
        """Write down what became of deliveries, once each, and finish what is complete."""

    async def click(self, broadcast: BroadcastId, person: PersonId, *, now: datetime) -> bool:
        """Count a person's tap on a button of the message; False for a second one."""

    async def forget_deliveries(self, before: datetime, limit: int) -> int:
        """Delete who got what of a broadcast that ended before; returns how many rows."""

    async def click_links(self, clicks: Mapping[int, datetime]) -> int:
        """Count openings of the links of deliveries, each once; returns how many were new."""
