"""How often files are expected, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import BrandId, SourceId
from core.offers import OfferState
from core.orders import ALMATY
from core.ports.top import FedByFiles
from core.reminders import Rhythm
from core.runs import RunState, SourceState
from core.sources.base import SourceKind
from db.dialect import insert
from db.models import brands, file_rhythms, offers, readings, runs, sources
from db.repositories.sources import source_of

DAYS_KEPT = 5  # of the last files, to see their rhythm
_POLLED = (SourceKind.KASPI_API,)
_FED = (
    sa.select(sources, brands.c.name, file_rhythms.c.rhythm, file_rhythms.c.reminded_for)
    .join(brands, brands.c.id == sources.c.brand_id)
    .outerjoin(file_rhythms, file_rhythms.c.source_id == sources.c.id)
    .where(sources.c.kind.not_in(_POLLED), sources.c.state == SourceState.ACTIVE)
)


class SqlFileRhythms:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_brand(self, brand: BrandId) -> Sequence[FedByFiles]:
        """A brand's sources that are fed by files."""
        query = _FED.where(sources.c.brand_id == brand).order_by(sources.c.id)
        return await self._read(query)

    async def page(self, *, after: SourceId | None, limit: int) -> Sequence[FedByFiles]:
        """Sources of brands that have offers there, by id, above `after`."""
        open_there = (
            sa.select(offers.c.id)
            .where(
                offers.c.brand_id == sources.c.brand_id,
                offers.c.place == sources.c.place,
                offers.c.state.in_([OfferState.ACTIVE, OfferState.PAUSED]),
            )
            .exists()
        )
        # A file of another shape is another source: the one that came last is waited for.
        query = _FED.outerjoin(
            readings,
            sa.and_(readings.c.brand_id == sources.c.brand_id, readings.c.place == sources.c.place),
        ).where(
            sources.c.id > (after or 0),
            brands.c.suspended.is_(False),
            open_there,
            sa.or_(readings.c.source_id.is_(None), readings.c.source_id == sources.c.id),
        )
        return await self._read(query.order_by(sources.c.id).limit(limit))

    async def get(self, source: SourceId) -> FedByFiles:
        """NotFound("source") where there is none that is fed by files."""
        found = await self._read(_FED.where(sources.c.id == source))
        if not found:
            raise NotFound("source")
        return found[0]

    async def _read(self, query: sa.Select[Any]) -> Sequence[FedByFiles]:
        rows = (await self._connection.execute(query)).all()
        days: defaultdict[int, list[date]] = defaultdict(list)
        latest_first = sa.func.row_number().over(
            partition_by=runs.c.source_id, order_by=runs.c.id.desc()
        )
        numbered = (
            sa.select(runs.c.source_id, runs.c.seen_at, latest_first.label("number"))
            .where(runs.c.source_id.in_([row.id for row in rows]), runs.c.state == RunState.DONE)
            .subquery()
        )
        for source, at in await self._connection.execute(
            sa.select(numbered.c.source_id, numbered.c.seen_at)
            .where(numbered.c.number <= DAYS_KEPT)
            .order_by(numbered.c.source_id, numbered.c.number)
        ):
            days[source].append(at.astimezone(ALMATY).date())
        return [
            FedByFiles(
                source=source_of(row),
                brand_name=row.name,
                rhythm=Rhythm(row.rhythm) if row.rhythm else None,
                reminded_for=row.reminded_for,
                days=tuple(days[row.id]),
            )
            for row in rows
        ]

    async def set_rhythm(self, source: SourceId, rhythm: Rhythm | None) -> None:
        """Keep how often a file is expected; None as the last ones came."""
        await self._put(source, rhythm=rhythm)

    async def reminded(self, source: SourceId, due: date) -> None:
        """Keep for which due date the managers were reminded."""
        await self._put(source, reminded_for=due)

    async def _put(self, source: SourceId, **values: Any) -> None:
        await self._connection.execute(
            insert(self._connection, file_rhythms)
            .values(source_id=source, **values)
            .on_conflict_do_update(index_elements=["source_id"], set_=values)
        )
