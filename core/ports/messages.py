"""Storage of notifications and half-filled forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from core.ids import PersonId
from core.notices import NoticeSettings
from core.notifications import Delivery, Notification


class Outbox(Protocol):
    """Messages that are to be sent, written in the transaction of the fact they tell."""

    async def add(
        self, notes: Sequence[Notification], *, now: datetime, due_at: datetime | None = None
    ) -> None:
        """Queue notifications; one whose key is known already is dropped silently."""

    async def claim(
        self, *, now: datetime, limit: int, lease_until: datetime
    ) -> Sequence[Delivery]:
        """Take due deliveries, at most one per person: news of money first, then the oldest.

        They are not due again before `lease_until`. A person to whom an earlier message is on its
        way or waits for another attempt gets no later one. What its reader does not want now is
        held, bundled or given up as `core.notices.sort_out` decides; what is due to somebody who
        has blocked the bot is given up.
        """

    async def wake(self, person: PersonId, *, now: datetime) -> int:
        """Let what is held for a person be decided on anew; returns how many notes."""

    async def sent(self, delivery: int, *, now: datetime) -> None:
        """The message has reached Telegram."""

    async def retry(self, delivery: int, *, due_at: datetime, error: str) -> None:
        """Try again later."""

    async def give_up(self, delivery: int, *, error: str) -> None:
        """Never try again."""

    async def oldest_due(self) -> datetime | None:
        """When the oldest unsent message was due: for the health page, and to see if work waits."""

    async def forget(self, before: datetime, after: int, limit: int) -> tuple[int, int | None]:
        """Delete what was sent or given up and is older than `before`, among the next `limit` ids.

        Returns how many, and the last id looked at, None where all that follow are younger.
        """


class NoticePreferences(Protocol):
    """How people want to be told."""

    async def get(self, person: PersonId) -> NoticeSettings:
        """What the person has chosen, or the default."""

    async def save(self, person: PersonId, settings: NoticeSettings) -> None: ...


class Forms(Protocol):
    """State and answers of half-filled forms, so that a draft survives a restart."""

    async def load(self, key: str) -> tuple[str | None, dict[str, Any]]: ...

    async def save(
        self, key: str, *, state: str | None, data: Mapping[str, Any], now: datetime
    ) -> None:
        """Store; with no state and no data the row goes."""

    async def drop(self, key: str) -> bool:
        """Delete; False where there was nothing. Of two at once one gets True."""

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete forms that nobody has touched since; returns how many."""
