"""Storage of sources, runs, orders and uploaded files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from core.commissions import Commission, CommissionState
from core.deadlines import OwnNews
from core.evidence import EvidenceKind, Grade
from core.ids import (
    BrandId,
    CommissionId,
    EnrolmentId,
    OfferId,
    OrderId,
    PersonId,
    RunId,
    SourceId,
    UploadId,
)
from core.money import Money
from core.months import MonthKey, Sale, SaleKey, SoFar
from core.order_files import SealedFile
from core.orders import OrderStatus, Place
from core.people import Locale
from core.preparation import Shape
from core.pricing import Price
from core.reconciliation import Decision, EnrolmentFacts, KnownOrder, Standing
from core.runs import KeptLine, Run, RunCounts, RunState, Source, SourceState, SourceTally
from core.sources.base import SourceKind


class Uploads(Protocol):
    """Files that people sent: pictures, each content kept once, and order files in sealed pieces.

    `core.usecases.order_files` puts the latter in and takes them out.
    """

    async def put(self, name: str, data: bytes, *, sha256: str, now: datetime) -> UploadId:
        """Keep a picture; the same content gives the same id."""

    async def get(self, upload: UploadId) -> tuple[str, bytes]:
        """Name and content of what was `put`; NotFound("upload")."""

    async def begin(
        self,
        name: str,
        *,
        brand: BrandId,
        person: PersonId | None,
        key: bytes,
        now: datetime,
    ) -> UploadId:
        """Begin an order file, which nobody finds before it is whole."""

    async def add_piece(
        self, upload: UploadId, number: int, sealed: bytes, *, now: datetime
    ) -> None:
        """Keep the next piece; NotFound("upload") where the file was let go meanwhile."""

    async def complete(
        self, upload: UploadId, *, sha256: str, size: int, pieces: int, now: datetime
    ) -> UploadId:
        """The file is whole; NotFound("upload") where it was let go meanwhile.

        Returns what to call it: another one where the same person sent the same content before.
        """

    async def sealed(self, upload: UploadId) -> SealedFile | None:
        """A whole order file; None where a file was `put`; NotFound("upload")."""

    async def pieces(self, upload: UploadId, start: int, limit: int) -> Sequence[bytes]:
        """So many sealed pieces from that number on."""

    async def confirm(self, upload: UploadId, *, now: datetime) -> str:
        """SHA-256 (hex) of a file that a run is about to need; NotFound("upload")."""

    async def drop(self, upload: UploadId) -> None:
        """Forget an order file, unless another run still needs it. Its pieces go by `shred`."""

    async def drop_unconfirmed(self, person: PersonId, *, but: UploadId) -> None:
        """Forget the other order files that the person sent and no run needs."""

    async def expire(self, *, unconfirmed_since: datetime, abandoned_since: datetime) -> int:
        """Forget whole files that no run needs, and halves, that were not touched since then."""

    async def shred(self, limit: int) -> int:
        """Delete up to so many pieces of forgotten files, and their rows; how many it was."""


class Sources(Protocol):
    """A brand's connections to merchant systems."""

    async def get(self, source: SourceId) -> Source:
        """NotFound("source") where there is none."""

    async def lock(self, source: SourceId) -> None:
        """Let one worker at a time begin to read the source, in whatever process."""

    async def ensure(
        self,
        brand: BrandId,
        kind: SourceKind,
        place: Place,
        *,
        fingerprint: str,
        mapping: str | None,
        settings: Mapping[str, Any],
        now: datetime,
    ) -> Source:
        """The source of this kind, made if need be, with mapping and settings as given."""

    async def of_brand(self, brand: BrandId) -> Sequence[Source]: ...

    async def everywhere(
        self, *, after: SourceId | None, limit: int, troubled: bool = False
    ) -> Sequence[Source]:
        """All sources by id, or those that are paused or fail, for staff."""

    async def tally(self) -> SourceTally: ...

    async def set_secret(self, source: SourceId, cipher: bytes) -> None: ...

    async def secret(self, source: SourceId) -> bytes | None: ...

    async def due(self, now: datetime) -> Sequence[Source]:
        """Polled sources whose next sync has come; what is paused for good has none."""

    async def make_due(self, now: datetime) -> Sequence[SourceId]:
        """Let every polled source be read now, but for those that somebody has paused."""

    async def save_sync(
        self,
        source: SourceId,
        *,
        cursor: Mapping[str, Any] | None,
        state: SourceState,
        next_sync_at: datetime | None,
        failures: int,
        last_error: str,
    ) -> None: ...

    async def save_cursor(self, source: SourceId, cursor: Mapping[str, Any] | None) -> None: ...


class Runs(Protocol):
    """Readings of sources, their counts and rejected lines."""

    async def get(self, run: RunId) -> Run:
        """NotFound("run") where there is none."""

    async def last_of(self, sources: Sequence[SourceId]) -> dict[SourceId, Run]:
        """The latest run of each source that has any."""

    async def open_with(self, source: SourceId, file_sha256: str) -> Run | None:
        """The unfinished run of the same file, if any: a double tap does not import twice."""

    async def add(
        self,
        source: Source,
        *,
        seen_at: datetime,
        upload: UploadId | None,
        file_name: str,
        file_sha256: str,
        total: int | None,
        started_by: PersonId | None,
        path: str = "",
    ) -> Run: ...

    async def claim(self, run: RunId, *, now: datetime, lease_until: datetime) -> bool:
        """Take an unfinished run for this worker, in a new epoch.

        False where another holds it or another run of its source, or where it is over. Lock the
        source before.
        """

    async def hold(self, run: Run) -> bool:
        """Whether the run is still in this epoch and stands where it stood.

        If so, no other worker moves it before this unit of work ends.
        """

    async def renew(self, run: Run, *, lease_until: datetime) -> bool:
        """Keep the run for this worker a while longer; False where it has lost it."""

    async def stumble(self, run: Run, *, failures: int, lease_until: datetime, error: str) -> None:
        """Queue the run again after a mistake of ours; it is left alone until `lease_until`."""

    async def watch(self, run: RunId, place: tuple[int, int] | None) -> None:
        """Set the message (chat, id) that shows the run; None where nobody watches any more."""

    async def watched(self) -> Sequence[Run]:
        """Runs that a message shows, ended or not, oldest first."""

    async def progress(
        self,
        run: RunId,
        *,
        position: int,
        total: int | None,
        counts: RunCounts,
        lease_until: datetime,
        lines: int = 0,
    ) -> None:
        """Set where the run is and add up what it has done; `lines` were kept of the rejected."""

    async def finish(
        self, run: RunId, state: RunState, *, now: datetime, error: str = ""
    ) -> None: ...

    async def being_synced(self, now: datetime) -> Sequence[Run]:
        """Readings of polled sources that somebody is at."""

    async def set_path(self, run: RunId, path: str) -> None:
        """Let the run be read from a file of this machine."""

    async def unfinished(
        self, now: datetime, *, lost_before: datetime
    ) -> Sequence[tuple[BrandId, RunId]]:
        """Runs of files that nobody holds, queued or left by a dead worker, oldest first.

        Those whose source is being read just now are left out. A run whose file only its dead
        worker had is found when it was left before `lost_before`.
        """

    async def reasons(self, run: RunId) -> Sequence[tuple[str, int]]:
        """How many lines are kept for each reason, the commonest first."""

    async def set_lines_key(self, run: RunId, key: bytes) -> None:
        """The encrypted key under which the run's rejected lines are sealed."""

    async def reject(self, run: RunId, lines: Sequence[KeptLine]) -> None:
        """Keep lines that are no orders; a line that is kept already stays."""

    async def rejected(
        self, run: RunId, *, after: int = 0, limit: int | None = None
    ) -> Sequence[KeptLine]:
        """Lines of a run that are no orders, in the file's order, from behind line `after` on."""

    async def forget_rejected(self, before: datetime, *, limit: int) -> int:
        """Delete lines of a run that ended before; returns how many, at most `limit`."""

    async def latest(
        self,
        brand: BrandId | None,
        *,
        after: RunId | None,
        limit: int,
        source: SourceId | None = None,
    ) -> Sequence[tuple[Run, SourceKind]]:
        """Runs, newest first; of every brand where `brand` is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order as people are shown it, with what it earns; `creator_name` is for the brand."""

    id: OrderId
    brand: BrandId
    brand_name: str
    place: Place
    external_id: str
    status: OrderStatus
    status_raw: str
    at_risk: bool
    ordered_at: datetime
    net: Money
    refunded: Money
    grade: Grade | None
    evidence_kind: EvidenceKind | None
    evidence_value: str
    enrolment: EnrolmentId | None
    creator: PersonId | None
    creator_name: str
    offer_titles: Mapping[Locale, str]
    commission: Money
    fee: Money
    commission_state: CommissionState | None
    hold_until: datetime | None
    hold_days: int
    funded: bool
    proof_missing: bool
    price: Price | None = None  # why the commission is this much
    terms_version: int | None = None
    by_terms_at: datetime | None = None  # approved by the terms, and nothing else was reported

    def title(self, locale: Locale) -> str:
        """The offer's title in the language, or in Russian; "" where nobody is credited."""
        return self.offer_titles.get(locale) or self.offer_titles.get(Locale.RU, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMissRow:
    """Evidence that almost fits, side by side with what it almost fits to."""

    id: int
    order: OrderId
    external_id: str
    raw: str
    reason: str
    code: str
    creator_name: str
    net: Money
    ordered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerOrder:
    """One of a buyer's orders at a brand; `first` is what is noted of it so far."""

    id: OrderId
    key: SaleKey
    status: OrderStatus
    first: bool
    enrolment: EnrolmentId | None


class Orders(Protocol):
    """Orders, who is credited for them, and their commissions."""

    async def lock_brand(self, brand: BrandId) -> None:
        """Let one batch of a brand's orders be decided at a time, in whatever process."""

    async def standing(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> dict[str, Standing]:
        """The places in time of the standing reports by external id."""

    async def renew(self, seen: Sequence[OrderId], day: date, at: datetime) -> None:
        """Note that the standing reports were seen again, on a later day (Almaty)."""

    async def known(
        self, brand: BrandId, place: Place, external_ids: Sequence[str]
    ) -> dict[str, KnownOrder]:
        """What is held of orders by external id; their commissions are kept from other writers."""

    async def numbers(self, orders: Sequence[OrderId]) -> Sequence[tuple[BrandId, Place, str]]:
        """Brand, place and external id of orders; unknown ones are left out."""

    async def enrolment_facts(
        self, enrolments: Sequence[EnrolmentId]
    ) -> dict[EnrolmentId, EnrolmentFacts]: ...

    async def pays_first_orders(self, brand: BrandId) -> bool:
        """Whether any terms of the brand pay a buyer's first order by a rate of its own."""

    async def by_phone(
        self, brand: BrandId, digests: Sequence[bytes]
    ) -> dict[bytes, list[BuyerOrder]]:
        """The brand's orders of these buyers, by the digest of the phone."""

    async def mark_first(self, firsts: Mapping[OrderId, bool]) -> None:
        """Note which known orders are, or are no longer, their buyers' first."""

    async def months_before(self, starts: Mapping[MonthKey, datetime]) -> dict[MonthKey, SoFar]:
        """What enrolments had in their months before a moment each."""

    async def sales_since(self, starts: Mapping[MonthKey, datetime]) -> list[Sale]:
        """Credited orders of enrolments' months from a moment each on, kept from other writers."""

    async def sales(self, orders: Sequence[OrderId]) -> list[Sale]:
        """Credited orders by id, kept from other writers."""

    async def save(
        self,
        brand: BrandId,
        place: Place,
        origin: tuple[SourceId, RunId] | None,
        decisions: Sequence[Decision],
        phone_digests: Mapping[str, bytes],
        ready: Mapping[str, Any],
    ) -> dict[str, OrderId]:
        """Insert the new orders and overwrite the known ones; returns their ids by external id.

        Of new ones `shape` has prepared the rows, by external id. Without an origin all must be
        known; they keep the source and run that told of them.
        """

    @property
    def shape(self) -> Shape:
        """Gets orders ready to be stored; it can be sent to another process."""

    async def file(
        self, brand: BrandId, place: Place, source: SourceId, run: RunId, rows: Sequence[Any]
    ) -> None:
        """Insert new orders that nobody is credited for, as `shape` has prepared them."""

    async def save_commissions(self, changed: Sequence[Commission], run: RunId | None) -> None:
        """Insert or overwrite by order; what then counts otherwise is recorded in the results."""

    async def mark(self, orders: Sequence[OrderId], state: CommissionState) -> None:
        """Note where the reward of orders stands, where no report of them is saved."""

    async def add_near_misses(
        self, brand: BrandId, found: Sequence[tuple[OrderId, Decision]], now: datetime
    ) -> int: ...

    async def near_misses(
        self, brand: BrandId, *, after: int | None, limit: int
    ) -> Sequence[NearMissRow]: ...

    async def due_to_release(self, now: datetime, limit: int) -> Sequence[CommissionId]:
        """Held commissions whose time is over, that are funded and whose proof is not missing.

        Those that must wait for a proof are passed over one by one: not for a writer to do.
        """

    async def releasable(
        self, wanted: Sequence[CommissionId], now: datetime
    ) -> Sequence[Commission]:
        """Those of the commissions that can be released still, kept from other writers."""

    async def unfunded(self, brand: BrandId, limit: int) -> Sequence[Commission]:
        """Unfunded open commissions of a brand, oldest first."""

    async def unfunded_minor(self, brand: BrandId) -> int:
        """What the unfunded open commissions of a brand cost together, tiyn."""

    async def brands_with_unfunded(self) -> Sequence[BrandId]: ...

    async def fund(self, commissions: Sequence[CommissionId]) -> None: ...

    async def news_of(self, run: RunId) -> Sequence[OwnNews]:
        """What one run changed, enrolment by enrolment."""

    async def of_creator(
        self,
        creator: PersonId,
        *,
        states: Sequence[CommissionState],
        enrolment: EnrolmentId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, OrderId] | None,
        limit: int,
    ) -> Sequence[OrderRow]:
        """A creator's orders, newest first; of all states where none is given.

        Those placed from `since` until before `until`; a page begins below the order `after`.
        """

    async def of_brand(
        self,
        brand: BrandId,
        *,
        states: Sequence[CommissionState] = (),
        nobodys: bool = False,
        offer: OfferId | None = None,
        creator: PersonId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: tuple[datetime, OrderId] | None,
        limit: int,
    ) -> Sequence[OrderRow]:
        """A brand's orders, newest first, credited or not; only `nobodys` where that is asked.

        Those placed from `since` until before `until`; a page begins below the order `after`.
        """

    async def get(self, order: OrderId) -> OrderRow:
        """NotFound("order") where there is none."""

    async def export(
        self, brand: BrandId | None, *, after: OrderId | None, limit: int
    ) -> Sequence[OrderRow]:
        """Every order by id, for a file."""

    async def open_since(self, brand: BrandId, place: Place) -> datetime | None:
        """When the oldest order that is still pending was placed, whatever source told of it."""

    async def to_follow(
        self, brand: BrandId, place: Place, before: datetime, limit: int
    ) -> Sequence[str]:
        """Ids of attributed open orders older than `before`: a feed by date misses their end."""
