"""Storage of handles that brands lend creators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from core.handles import Handle, HandleKind, Term
from core.ids import BrandId, EnrolmentId, HandleId, OrderId


class LookBack(NamedTuple):
    """Reservations that began before they were written: orders since then are to be looked at.

    They are those of a brand that have got equally far. `at` and `after` are the place of the last
    order that has been looked at, by its time and id; orders placed from `until` on are not meant.
    `articles` are looked for among the items of orders, `code_ids` among their codes.
    """

    brand: BrandId
    at: datetime
    after: int
    until: datetime | None
    handles: Sequence[HandleId]
    articles: Sequence[str]
    code_ids: Sequence[str]


class Looked(NamedTuple):
    """Orders of a stretch that have one of the handles, and its end; None if it was the last."""

    found: Sequence[OrderId]
    at: datetime | None
    after: int


class Handles(Protocol):
    """Articles, ids of promo codes and tags, each lent to one enrolment at a time."""

    async def lock(self, brand: BrandId) -> None:
        """Let one lend handles of the brand at a time, in whatever process."""

    async def held(self, brand: BrandId, values: Sequence[str]) -> Mapping[str, Sequence[Handle]]:
        """To whom each of these is or was lent, oldest first, with the creators' names."""

    async def add(
        self,
        brand: BrandId,
        enrolment: EnrolmentId,
        kind: HandleKind,
        values: Sequence[str],
        term: Term,
        *,
        now: datetime,
    ) -> Sequence[HandleId]:
        """Lend handles that are known to be free then, in the order of the values."""

    async def of_enrolment(
        self, enrolment: EnrolmentId, *, at: datetime, limit: int
    ) -> Sequence[Handle]:
        """What an enrolment has at that moment or is going to have, by kind and value."""

    async def count(self, enrolment: EnrolmentId, *, at: datetime) -> int:
        """How many that are."""

    async def get(self, handle: HandleId) -> Handle:
        """Raises NotFound("handle")."""

    async def close(self, handles: Sequence[HandleId], *, at: datetime) -> int:
        """End what is lent longer than until then; returns how many there were."""

    async def to_look_back(self) -> LookBack | None:
        """Some reservations of which earlier orders have not all been looked at."""

    async def look(self, back: LookBack, *, now: datetime, limit: int) -> Looked:
        """The next stretch of so many orders of the brand."""

    async def note_look(self, back: LookBack, looked: Looked) -> None:
        """Keep how far it has got."""
