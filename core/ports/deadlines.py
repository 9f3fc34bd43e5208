"""Storage of what both sides see of reconciliation, and of approvals by the terms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from core.commissions import Commission
from core.deadlines import OwnNews, Reading, Silence, SilenceState
from core.ids import BrandId, EnrolmentId, OrderId, PersonId, RunId, SourceId
from core.money import Money
from core.orders import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """A brand that has been silent at a place since its last reading.

    `days` are what terms of its offers allow; nobody has been warned of them yet.
    """

    brand: BrandId
    place: Place
    days: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A commission that the terms approve, with what says since when its hold runs."""

    commission: Commission
    ordered_at: datetime
    approved_at: datetime | None  # a report of long ago may have told of an approval
    hold_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSum:
    """Orders of a place that wait for the brand: of offers whose present terms allow it `days`.

    `days` is 0 where silence approves nothing; `oldest` is when the first was placed.
    """

    place: Place
    days: int
    orders: int
    amount: Money
    oldest: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A place whose reading is late, of a brand that has offers there."""

    reading: Reading
    brand_name: str


class Deadlines(Protocol):
    """Readings by place, what runs changed for whom, and silences."""

    async def reading(self, brand: BrandId, place: Place) -> Reading | None:
        """The last reading of a brand's orders at a place."""

    async def readings(self, brand: BrandId) -> Sequence[Reading]:
        """The last reading of each place of a brand."""

    async def due(self, brands: Collection[BrandId]) -> Mapping[tuple[BrandId, Place], date]:
        """When the next reading of each place of the brands is due."""

    async def read(
        self,
        brand: BrandId,
        place: Place,
        *,
        source: SourceId,
        run: RunId,
        at: datetime,
        due: date,
        now: datetime,
    ) -> None:
        """Note a reading, unless a later one is noted; silences at the place are over."""

    async def set_due(self, source: SourceId, due: date) -> None:
        """The next reading of the place that this source was the last to be read of."""

    async def keep_results(self, run: RunId, news: Sequence[OwnNews]) -> None:
        """Keep what an ended run changed; kept again it replaces what was kept."""

    async def last_results(
        self, enrolments: Sequence[EnrolmentId]
    ) -> Mapping[EnrolmentId, tuple[OwnNews, datetime]]:
        """The last change of each enrolment's orders, and when it was reported."""

    async def overdue(
        self, *, before: date, after: tuple[BrandId, Place] | None, limit: int
    ) -> Sequence[Overdue]:
        """Readings due before that day of whose lateness nobody has been told, by brand and place.

        Of brands that are not suspended and have an offer there.
        """

    async def told_late(self, reading: Reading) -> None: ...

    async def waiting_sums(self, brand: BrandId) -> Sequence[WaitingSum]:
        """What waits for the brand, by place of the offer and what its terms say of silence."""

    async def allowed_days(self) -> Sequence[int]:
        """The numbers of silent days that any terms name, ascending."""

    async def unwarned(self, cutoffs: Mapping[int, datetime], *, limit: int) -> Sequence[Silent]:
        """Brands whose last reading at a place was before the cutoff of `days` that they allow."""

    async def waiting_sum(self, silent: Silent) -> tuple[int, Money]:
        """How many orders the terms would approve, and what they come to."""

    async def warn(
        self, silent: Silent, *, until: date, orders: int, amount: Money, now: datetime
    ) -> Silence | None:
        """Keep a silence, EMPTY where nothing waits; None where somebody has kept it already."""

    async def expired(self, today: date, *, limit: int) -> Sequence[Silence]:
        """Silences whose last day is over, or whose approving was interrupted."""

    async def silence(self, silence: int) -> Silence:
        """NotFound("silence") where there is none."""

    async def silences(self, brands: Collection[BrandId]) -> Sequence[Silence]:
        """What has come of the brands' silence since their last readings, by place and days."""

    async def places(self, brand: BrandId) -> Sequence[Place]:
        """Where the brand's offers that are going on are bought."""

    async def being_read(self, brand: BrandId, place: Place, *, since: datetime) -> bool:
        """Whether a run begun since then is still going on there."""

    async def waiting(
        self, silence: Silence, *, after: EnrolmentId, limit: int
    ) -> Sequence[Waiting]:
        """What the terms approve of enrolments from `after` on, kept from other writers."""

    async def approve(self, orders: Sequence[OrderId], at: datetime) -> None:
        """Have orders approved by the terms at that moment; their rewards are in hold."""

    async def add_results(self, silence: int, sums: Mapping[EnrolmentId, tuple[int, int]]) -> None:
        """Add orders and tiyn to what a silence has approved."""

    async def results(self, silence: int) -> Mapping[PersonId, tuple[int, Money]]:
        """What a silence has approved, creator by creator."""

    async def begin_approving(self, silence: Silence, now: datetime) -> Silence:
        """Have the approving begin at that moment; one that has begun keeps its moment."""

    async def end(
        self, silence: Silence, to: SilenceState, *, now: datetime, orders: int, amount: Money
    ) -> None:
        """End a silence with what it came to."""
