"""Storage of what is erased when somebody asks to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.ids import PersonId


class Oblivion(Protocol):
    """Erases people; what others need of the past stays under a number that is nobody's."""

    async def has_a_past(self, creator: PersonId) -> bool:
        """Whether a creator's profile was ever used: an offer taken, somebody invited, an IIN."""

    async def notes_about(self, person: PersonId, *, after: int = 0) -> tuple[Sequence[int], int]:
        """Notifications to the person, and to staff about their questions, with ids above `after`.

        Also the last id that there was. It looks through all notifications: call it before anything
        is locked.
        """

    async def forget(self, person: PersonId, notes: Sequence[int], *, now: datetime) -> None:
        """Erase who the person is and what they wrote, with these notifications."""

    async def drop_profile(self, creator: PersonId) -> None:
        """Erase a creator's profile that was never used."""
