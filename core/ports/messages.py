"""Storage of notifications and half-filled forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.notifications import Delivery, NoteKind, Notification


class Outbox(Protocol):
    """Messages that are to be sent, written in the transaction of the fact they tell."""

    async def add(
        self, notes: Sequence[Notification], *, now: datetime, due_at: datetime | None = None
    ) -> None:
        """Queue notifications; one whose key is known already is dropped silently."""

    async def claim(
        self, *, now: datetime, limit: int, lease_until: datetime, kinds: Collection[NoteKind]
    ) -> Sequence[Delivery]:
        """Take due deliveries of these kinds, oldest first, at most one per person.

        They are not due again before `lease_until`. A person to whom an earlier message is on its
        way or waits for another attempt gets no later one. What is due to somebody who has blocked
        the bot is given up.
        """

    async def sent(self, delivery: int, *, now: datetime) -> None:
        """The message has reached Telegram."""

    async def retry(self, delivery: int, *, due_at: datetime, error: str) -> None:
        """Try again later."""

    async def give_up(self, delivery: int, *, error: str) -> None:
        """Never try again."""

    async def oldest_due(self, *, kinds: Collection[NoteKind] = tuple(NoteKind)) -> datetime | None:
        """When the oldest unsent message was due: for the health page, and to see if work waits."""


class Forms(Protocol):
    """State and answers of half-filled forms, so that a draft survives a restart."""

    async def load(self, key: str) -> tuple[str | None, dict[str, Any]]: ...

    async def save(
        self, key: str, *, state: str | None, data: Mapping[str, Any], now: datetime
    ) -> None:
        """Store; with no state and no data the row goes."""

    async def drop(self, key: str) -> bool:
        """Delete; False where there was nothing. Of two at once one gets True."""
