"""Storage of the top list and of how often files are expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from core.ids import BrandId, PersonId, SourceId
from core.people import Category
from core.reminders import Rhythm
from core.runs import Source
from core.top import Place


class TopLists(Protocol):
    """Who agreed to be seen, and who stands where."""

    async def agreed(self, creator: PersonId) -> bool: ...

    async def agree(self, creator: PersonId, *, now: datetime) -> None: ...

    async def withdraw(self, creator: PersonId) -> None: ...

    async def count(self, month: str) -> int:
        """Count a month's confirmed orders anew; returns how many places there are."""

    async def places(self, month: str, category: Category, limit: int) -> Sequence[Place]:
        """Active creators who agreed, most orders first."""

    async def standing(
        self, month: str, category: Category, creator: PersonId
    ) -> tuple[int | None, int]:
        """The creator's place among those who are seen, and the number of orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FedByFiles:
    """A source that is fed by files, with the days of its last files, newest first."""

    source: Source
    brand_name: str
    rhythm: Rhythm | None
    reminded_for: date | None
    days: tuple[date, ...]


class FileRhythms(Protocol):
    """How often a file is expected."""

    async def of_brand(self, brand: BrandId) -> Sequence[FedByFiles]: ...

    async def page(self, *, after: SourceId | None, limit: int) -> Sequence[FedByFiles]:
        """Sources of brands that have offers there, by id, above `after`."""

    async def get(self, source: SourceId) -> FedByFiles:
        """NotFound("source") where there is none that is fed by files."""

    async def set_rhythm(self, source: SourceId, rhythm: Rhythm | None) -> None: ...

    async def reminded(self, source: SourceId, due: date) -> None: ...
