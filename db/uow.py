"""The unit of work: one transaction and the repositories that share it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.ports import UnitOfWorkFactory
from db.engine import READ_ONLY
from db.locks import PriorityLock
from db.repositories.admissions import SqlAdmissions
from db.repositories.audit import SqlAudit
from db.repositories.brand_requests import SqlBrandRequests
from db.repositories.brands import SqlBrands
from db.repositories.broadcasts import SqlBroadcasts
from db.repositories.buyers import SqlBuyers
from db.repositories.catalogue import SqlCatalogue
from db.repositories.changes import SqlChanges
from db.repositories.channels import SqlChannels
from db.repositories.claims import SqlClaims
from db.repositories.codes import SqlCodes
from db.repositories.creators import SqlCreators
from db.repositories.deadlines import SqlDeadlines
from db.repositories.desk import SqlDesk
from db.repositories.disputes import SqlDisputes
from db.repositories.enrolments import SqlEnrolments
from db.repositories.evidence import SqlEvidence
from db.repositories.fund_warnings import SqlFundWarnings
from db.repositories.gifts import SqlGifts
from db.repositories.handles import SqlHandles
from db.repositories.ledger import SqlLedger
from db.repositories.links import SqlLinks
from db.repositories.lookups import SqlLookups
from db.repositories.market import SqlMarket
from db.repositories.messages import SqlForms, SqlOutbox
from db.repositories.near_misses import SqlNearMisses
from db.repositories.notices import SqlNoticePreferences
from db.repositories.oblivion import SqlOblivion
from db.repositories.offers import SqlOffers
from db.repositories.orders import SqlOrders
from db.repositories.payouts import SqlPayouts
from db.repositories.people import SqlPeople
from db.repositories.programme import SqlProgrammes
from db.repositories.proofs import SqlProofs
from db.repositories.records import SqlTrackRecords
from db.repositories.referrals import SqlReferrals
from db.repositories.reminders import SqlFileRhythms
from db.repositories.reports import SqlReports
from db.repositories.results import SqlResults
from db.repositories.runs import SqlRuns
from db.repositories.saved import SqlSavedOffers
from db.repositories.slots import SqlSlots
from db.repositories.sources import SqlSources
from db.repositories.support import SqlTickets
from db.repositories.top import SqlTopLists
from db.repositories.upload_links import SqlUploadLinks
from db.repositories.uploads import SqlUploads
from db.repositories.watches import SqlWatches
from db.sqlite_brief import BriefConnections


class SqlUnitOfWork:
    """Repositories are made when they are first asked for: most units need two of them."""

    def __init__(self, connection: AsyncConnection, writer: PriorityLock | None = None) -> None:
        self._connection = connection
        self._writer = writer

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for this writer to end."""
        return self._writer is not None and self._writer.queue().waiting > 0

    async def commit(self) -> None:
        """Make everything done so far permanent."""
        await self._connection.commit()

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self._connection)

    @cached_property
    def creators(self) -> SqlCreators:
        return SqlCreators(self._connection)

    @cached_property
    def brands(self) -> SqlBrands:
        return SqlBrands(self._connection)

    @cached_property
    def offers(self) -> SqlOffers:
        return SqlOffers(self._connection)

    @cached_property
    def catalogue(self) -> SqlCatalogue:
        return SqlCatalogue(self._connection)

    @cached_property
    def saved(self) -> SqlSavedOffers:
        return SqlSavedOffers(self._connection)

    @cached_property
    def records(self) -> SqlTrackRecords:
        return SqlTrackRecords(self._connection)

    @cached_property
    def changes(self) -> SqlChanges:
        return SqlChanges(self._connection)

    @cached_property
    def enrolments(self) -> SqlEnrolments:
        return SqlEnrolments(self._connection)

    @cached_property
    def admissions(self) -> SqlAdmissions:
        return SqlAdmissions(self._connection)

    @cached_property
    def codes(self) -> SqlCodes:
        return SqlCodes(self._connection)

    @cached_property
    def handles(self) -> SqlHandles:
        return SqlHandles(self._connection)

    @cached_property
    def slots(self) -> SqlSlots:
        return SqlSlots(self._connection)

    @cached_property
    def links(self) -> SqlLinks:
        return SqlLinks(self._connection)

    @cached_property
    def proofs(self) -> SqlProofs:
        return SqlProofs(self._connection)

    @cached_property
    def channels(self) -> SqlChannels:
        return SqlChannels(self._connection)

    @cached_property
    def watches(self) -> SqlWatches:
        return SqlWatches(self._connection)

    @cached_property
    def programmes(self) -> SqlProgrammes:
        return SqlProgrammes(self._connection)

    @cached_property
    def uploads(self) -> SqlUploads:
        return SqlUploads(self._connection)

    @cached_property
    def upload_links(self) -> SqlUploadLinks:
        return SqlUploadLinks(self._connection)

    @cached_property
    def sources(self) -> SqlSources:
        return SqlSources(self._connection)

    @cached_property
    def runs(self) -> SqlRuns:
        return SqlRuns(self._connection)

    @cached_property
    def orders(self) -> SqlOrders:
        return SqlOrders(self._connection)

    @cached_property
    def evidence(self) -> SqlEvidence:
        return SqlEvidence(self._connection)

    @cached_property
    def near_misses(self) -> SqlNearMisses:
        return SqlNearMisses(self._connection)

    @cached_property
    def buyers(self) -> SqlBuyers:
        return SqlBuyers(self._connection)

    @cached_property
    def gifts(self) -> SqlGifts:
        return SqlGifts(self._connection)

    @cached_property
    def oblivion(self) -> SqlOblivion:
        return SqlOblivion(self._connection)

    @cached_property
    def disputes(self) -> SqlDisputes:
        return SqlDisputes(self._connection)

    @cached_property
    def claims(self) -> SqlClaims:
        return SqlClaims(self._connection)

    @cached_property
    def deadlines(self) -> SqlDeadlines:
        return SqlDeadlines(self._connection)

    @cached_property
    def results(self) -> SqlResults:
        return SqlResults(self._connection)

    @cached_property
    def reports(self) -> SqlReports:
        return SqlReports(self._connection)

    @cached_property
    def market(self) -> SqlMarket:
        return SqlMarket(self._connection)

    @cached_property
    def fund_warnings(self) -> SqlFundWarnings:
        return SqlFundWarnings(self._connection)

    @cached_property
    def ledger(self) -> SqlLedger:
        return SqlLedger(self._connection)

    @cached_property
    def payouts(self) -> SqlPayouts:
        return SqlPayouts(self._connection)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self._connection)

    @cached_property
    def tickets(self) -> SqlTickets:
        return SqlTickets(self._connection)

    @cached_property
    def referrals(self) -> SqlReferrals:
        return SqlReferrals(self._connection)

    @cached_property
    def top(self) -> SqlTopLists:
        return SqlTopLists(self._connection)

    @cached_property
    def file_rhythms(self) -> SqlFileRhythms:
        return SqlFileRhythms(self._connection)

    @cached_property
    def notices(self) -> SqlNoticePreferences:
        return SqlNoticePreferences(self._connection)

    @cached_property
    def broadcasts(self) -> SqlBroadcasts:
        return SqlBroadcasts(self._connection)

    @cached_property
    def forms(self) -> SqlForms:
        return SqlForms(self._connection)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self._connection)

    @cached_property
    def desk(self) -> SqlDesk:
        return SqlDesk(self._connection)

    @cached_property
    def lookups(self) -> SqlLookups:
        return SqlLookups(self._connection)

    @cached_property
    def brand_requests(self) -> SqlBrandRequests:
        return SqlBrandRequests(self._connection)


def writer_of(engine: AsyncEngine) -> PriorityLock | None:
    """The queue for the one writer of an SQLite file; PostgreSQL needs none."""
    return PriorityLock() if engine.dialect.name == "sqlite" else None


def unit_of_work_factory(
    engine: AsyncEngine, writer: PriorityLock | None = None
) -> UnitOfWorkFactory:
    """Units of work on the engine; on SQLite all writers of the process queue by urgency.

    `writer` is the queue of `writer_of`, for whoever wants to look at it as well.
    """
    writer = writer or writer_of(engine)
    reading = engine.execution_options(**{READ_ONLY: True, "postgresql_readonly": True})
    short = BriefConnections(engine) if engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def new_uow(
        *, read_only: bool = False, background: bool = False, brief: bool = False
    ) -> AsyncIterator[SqlUnitOfWork]:
        queued = writer is not None and not read_only
        if queued and writer:
            await writer.acquire(1 if background else 0)
        try:
            source: AbstractAsyncContextManager[AsyncConnection]
            if short is not None and read_only and not background:
                source = short.reading()
            elif short is not None and brief:
                source = short.writing()
            else:
                source = reading.connect() if read_only else engine.connect()
            async with source as connection:
                yield SqlUnitOfWork(connection, writer if queued else None)
        finally:
            if queued and writer:
                writer.release()

    return new_uow
