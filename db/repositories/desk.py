"""What waits at the operator's desk, and the state of the storage, in SQL."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.brand_requests import RequestState
from core.channels import CheckState
from core.desk import Storage, Waiting
from core.disputes import DisputeState
from core.offers import OfferState
from core.payouts import PayoutState
from core.people import CreatorState
from core.runs import RunState, SourceState
from db.models import (
    brand_requests,
    channel_checks,
    creators,
    disputes,
    offers,
    outbox,
    payouts,
    runs,
    sources,
)


class SqlDesk:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def waiting(self) -> Waiting:
        """Every count in one query, each by an index."""

        def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
            return sa.select(sa.func.count()).select_from(table).where(*where).scalar_subquery()

        counts = {
            "creators": count(
                creators, creators.c.reviewed_at.is_(None), creators.c.state == CreatorState.ACTIVE
            ),
            "channels": count(channel_checks, channel_checks.c.state == CheckState.WAITING),
            "brands": count(brand_requests, brand_requests.c.state == RequestState.WAITING),
            "offers": count(offers, offers.c.state == OfferState.REVIEW),
            "payouts": count(
                payouts, payouts.c.state.in_([PayoutState.REQUESTED, PayoutState.APPROVED])
            ),
            "sources": count(sources, sources.c.state == SourceState.PAUSED),
            "disputes": count(disputes, disputes.c.state == DisputeState.STAFF),
        }
        row = (
            await self._connection.execute(
                sa.select(*(query.label(name) for name, query in counts.items()))
            )
        ).one()
        return Waiting(**row._mapping)

    async def storage(self, now: datetime) -> Storage:
        """Sizes and ages; each by an index."""
        unfinished = runs.c.state.in_([RunState.QUEUED, RunState.RUNNING])
        unsent, oldest = (
            await self._connection.execute(
                sa.select(sa.func.count(), sa.func.min(outbox.c.due_at)).where(
                    outbox.c.due_at.is_not(None), outbox.c.due_at <= now
                )
            )
        ).one()
        open_runs, oldest_run = (
            await self._connection.execute(
                sa.select(sa.func.count(), sa.func.min(runs.c.started_at)).where(unfinished)
            )
        ).one()
        return Storage(
            system=self._connection.dialect.name,
            size=await self._size(),
            unsent=unsent,
            oldest_unsent=oldest,
            unfinished_runs=open_runs,
            oldest_run=oldest_run,
        )

    async def _size(self) -> int:
        if self._connection.dialect.name == "sqlite":
            pages = await self._connection.scalar(sa.text("PRAGMA page_count"))
            size = await self._connection.scalar(sa.text("PRAGMA page_size"))
            return int(pages or 0) * int(size or 0)
        return int(
            await self._connection.scalar(sa.text("SELECT pg_database_size(current_database())"))
            or 0
        )
