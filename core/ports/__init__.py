"""What use cases need from outside: storage in one unit of work, the clock, secrets.

The protocols of the repositories stand in the modules of this package, one per room of the domain.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from core.ports.admissions import Admissions
from core.ports.broadcasts import Broadcasts
from core.ports.buyers import Buyers
from core.ports.catalogue import CatalogueIndex, SavedOffers, TrackRecords
from core.ports.changes import Changes
from core.ports.channels import Channels, Watches
from core.ports.claims import Claims
from core.ports.codes import Codes
from core.ports.deadlines import Deadlines
from core.ports.desk import Audit, BrandRequests, Desk, Lookups
from core.ports.disputes import Disputes
from core.ports.evidence import Evidence
from core.ports.gifts import Gifts
from core.ports.handles import Handles
from core.ports.market import Market
from core.ports.messages import Forms, NoticePreferences, Outbox
from core.ports.money import FundWarnings, Ledger, Payouts
from core.ports.near_misses import NearMisses
from core.ports.oblivion import Oblivion
from core.ports.offers import Enrolments, Links, Offers, Proofs
from core.ports.orders import Orders, Runs, Sources, Uploads
from core.ports.people import Brands, Creators, People
from core.ports.programme import Programmes
from core.ports.referrals import Referrals
from core.ports.reports import Reports
from core.ports.results import Results
from core.ports.slots import Slots
from core.ports.support import Tickets
from core.ports.top import FileRhythms, TopLists
from core.ports.upload_links import UploadLinks
from core.preparation import Digest

Clock = Callable[[], datetime]
"""Returns the present moment, aware, UTC."""


class UnitOfWork(Protocol):
    """One transaction. What is not committed when the block ends is rolled back."""

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for this unit of work to end, as the one writer of SQLite."""

    @property
    def people(self) -> People: ...
    @property
    def creators(self) -> Creators: ...
    @property
    def brands(self) -> Brands: ...
    @property
    def offers(self) -> Offers: ...
    @property
    def catalogue(self) -> CatalogueIndex: ...
    @property
    def saved(self) -> SavedOffers: ...
    @property
    def records(self) -> TrackRecords: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def enrolments(self) -> Enrolments: ...
    @property
    def admissions(self) -> Admissions: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def handles(self) -> Handles: ...
    @property
    def slots(self) -> Slots: ...
    @property
    def links(self) -> Links: ...
    @property
    def proofs(self) -> Proofs: ...
    @property
    def channels(self) -> Channels: ...
    @property
    def watches(self) -> Watches: ...
    @property
    def programmes(self) -> Programmes: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def upload_links(self) -> UploadLinks: ...
    @property
    def sources(self) -> Sources: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def near_misses(self) -> NearMisses: ...
    @property
    def buyers(self) -> Buyers: ...
    @property
    def gifts(self) -> Gifts: ...
    @property
    def oblivion(self) -> Oblivion: ...
    @property
    def disputes(self) -> Disputes: ...
    @property
    def claims(self) -> Claims: ...
    @property
    def deadlines(self) -> Deadlines: ...
    @property
    def results(self) -> Results: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def market(self) -> Market: ...
    @property
    def fund_warnings(self) -> FundWarnings: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def payouts(self) -> Payouts: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def referrals(self) -> Referrals: ...
    @property
    def top(self) -> TopLists: ...
    @property
    def file_rhythms(self) -> FileRhythms: ...
    @property
    def notices(self) -> NoticePreferences: ...
    @property
    def broadcasts(self) -> Broadcasts: ...
    @property
    def forms(self) -> Forms: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def lookups(self) -> Lookups: ...
    @property
    def brand_requests(self) -> BrandRequests: ...

    async def commit(self) -> None:
        """Make everything done so far in this block permanent; the block may go on."""


class UnitOfWorkFactory(Protocol):
    """Opens units of work.

    `read_only` never waits for a writer. `brief` is for a write that changes a few rows found by an
    index, as a tap does: on SQLite its statements run in the event loop, so what grows with the
    market must not ask for it. `background` lets people's writes go first: batches of an import,
    sweeps and deliveries use it.
    """

    def __call__(
        self, *, read_only: bool = False, background: bool = False, brief: bool = False
    ) -> AbstractAsyncContextManager[UnitOfWork]: ...


class FileCipher(Protocol):
    """Seals the pieces of one file, each under its number, and each number once."""

    def seal(self, number: int, piece: bytes) -> bytes: ...

    def open(self, number: int, sealed: bytes) -> bytes:
        """The piece again; ValueError for one that was not sealed so."""


class SecretBox(Protocol):
    """Encryption at rest and keyed digests for personal data."""

    def encrypt(self, text: str) -> bytes: ...

    def decrypt(self, cipher: bytes) -> str:
        """The text again; ValueError when no configured key opens it."""

    def new_file_key(self) -> bytes:
        """A random key for the pieces of one file, itself encrypted."""

    def of_file(self, key: bytes) -> FileCipher:
        """What seals and opens the pieces; ValueError when no configured key opens this one."""

    def digest(self, purpose: str, value: str) -> bytes:
        """HMAC-SHA256 under a key of its own per purpose: equality without the value."""

    def digester(self, purpose: str) -> Digest:
        """The same for one purpose, without the other keys: for a process that only digests."""
