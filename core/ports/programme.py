"""Storage for loading a programme that ran elsewhere before: many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.enrolments import NewEnrolment
from core.evidence import SkuReservation
from core.ids import BrandId, CodeId, EnrolmentId, OfferId, PersonId
from core.programme import CreatorEntry

Held = tuple[str, EnrolmentId, datetime, datetime | None]
"""A code's normal form, who held it, since when, until when (exclusive, None = still)."""


class Programmes(Protocol):
    """Reads what of a programme is there already and writes what is not."""

    async def add_creators(self, entries: Sequence[CreatorEntry], *, now: datetime) -> int:
        """Add people and profiles that are not there; returns how many profiles were new."""

    async def channel_owners(self, urls: Sequence[str]) -> dict[str, int]:
        """Telegram ids of the creators to whom channels belong."""

    async def offers(self, brand: BrandId, keys: Sequence[str]) -> dict[str, OfferId]:
        """Loaded offers by their keys."""

    async def enrolments(
        self, offers: Sequence[OfferId], creators: Sequence[PersonId]
    ) -> dict[tuple[OfferId, PersonId], EnrolmentId]:
        """Enrolments of these creators in these offers."""

    async def add_enrolments(self, rows: Sequence[NewEnrolment]) -> None:
        """Enrol creators, each with a link of their own; none of them may be enrolled yet."""

    async def add_codes(self, brand: BrandId, held: Sequence[Held]) -> None:
        """Write ownerships that are known not to overlap."""

    async def add_skus(self, brand: BrandId, reserved: Sequence[SkuReservation]) -> None:
        """Write reservations that are known not to overlap."""

    async def close_codes(self, ends: Sequence[tuple[CodeId, datetime, datetime]]) -> None:
        """End standing ownerships: (code, since, until)."""

    async def close_skus(
        self, brand: BrandId, ends: Sequence[tuple[str, datetime, datetime]]
    ) -> None:
        """End standing reservations: (SKU, since, until)."""
