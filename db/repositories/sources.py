"""Sources in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.ids import BrandId, SourceId
from core.orders import Place
from core.runs import Source, SourceState, SourceTally
from core.sources.base import SourceKind
from db.dialect import insert
from db.models import sources

_PAUSED = sources.c.state == SourceState.PAUSED
_FAILING = sa.and_(sources.c.state == SourceState.ACTIVE, sources.c.failures > 0)


def source_of(row: sa.Row[Any]) -> Source:
    """A row with the columns of `sources` as the core knows it."""
    return Source(
        id=SourceId(row.id),
        brand=BrandId(row.brand_id),
        kind=SourceKind(row.kind),
        place=Place(row.place),
        state=SourceState(row.state),
        settings=dict(row.settings),
        mapping=row.mapping,
        cursor=row.cursor,
        next_sync_at=row.next_sync_at,
        failures=row.failures,
        last_error=row.last_error,
    )


class SqlSources:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, source: SourceId) -> Source:
        """NotFound("source") where there is none."""
        rows = await self._connection.execute(sa.select(sources).where(sources.c.id == source))
        row = rows.one_or_none()
        if row is None:
            raise NotFound("source")
        return source_of(row)

    async def lock(self, source: SourceId) -> None:
        """Let one worker at a time begin to read the source, in whatever process."""
        await self._connection.execute(
            sa.select(sources.c.id).where(sources.c.id == source).with_for_update(key_share=True)
        )

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
        upsert = insert(self._connection, sources).values(
            brand_id=brand,
            kind=kind,
            place=place,
            fingerprint=fingerprint,
            state=SourceState.ACTIVE,
            settings=dict(settings),
            mapping=mapping,
            created_at=now,
        )
        rows = await self._connection.execute(
            upsert.on_conflict_do_update(
                index_elements=["brand_id", "kind", "place", "fingerprint"],
                set_={"mapping": upsert.excluded.mapping, "settings": upsert.excluded.settings},
            ).returning(sources)
        )
        return source_of(rows.one())

    async def of_brand(self, brand: BrandId) -> Sequence[Source]:
        """A brand's sources, oldest first."""
        rows = await self._connection.execute(
            sa.select(sources).where(sources.c.brand_id == brand).order_by(sources.c.id)
        )
        return [source_of(row) for row in rows]

    async def everywhere(
        self, *, after: SourceId | None, limit: int, troubled: bool = False
    ) -> Sequence[Source]:
        """All sources by id, or those that are paused or fail, for staff."""
        query = sa.select(sources).order_by(sources.c.id).limit(limit)
        if after is not None:
            query = query.where(sources.c.id > after)
        if troubled:
            query = query.where(sa.or_(_PAUSED, _FAILING))
        return [source_of(row) for row in await self._connection.execute(query)]

    async def tally(self) -> SourceTally:
        """How many sources there are, and how many are paused or fail."""
        row = (
            await self._connection.execute(
                sa.select(
                    sa.func.count().label("all"),
                    sa.func.count().filter(_PAUSED).label("paused"),
                    sa.func.count().filter(_FAILING).label("failing"),
                ).select_from(sources)
            )
        ).one()
        return SourceTally(all=row.all, paused=row.paused, failing=row.failing)

    async def set_secret(self, source: SourceId, cipher: bytes) -> None:
        """Keep the encrypted token of a merchant system."""
        await self._connection.execute(
            sa.update(sources).where(sources.c.id == source).values(secret_cipher=cipher)
        )

    async def secret(self, source: SourceId) -> bytes | None:
        """The encrypted token, if the source has one."""
        cipher: bytes | None = await self._connection.scalar(
            sa.select(sources.c.secret_cipher).where(sources.c.id == source)
        )
        return cipher

    async def due(self, now: datetime) -> Sequence[Source]:
        """Polled sources whose next sync has come; what is paused for good has none."""
        rows = await self._connection.execute(
            sa.select(sources).where(sources.c.next_sync_at <= now).order_by(sources.c.next_sync_at)
        )
        return [source_of(row) for row in rows]

    async def make_due(self, now: datetime) -> Sequence[SourceId]:
        """Let every polled source be read now, but for those that somebody has paused."""
        found = await self._connection.scalars(
            sa.update(sources)
            .where(
                sources.c.kind == SourceKind.KASPI_API,
                sa.or_(sources.c.state == SourceState.ACTIVE, sources.c.failures > 0),
            )
            .values(next_sync_at=now)
            .returning(sources.c.id)
        )
        return [SourceId(source) for source in found]

    async def save_sync(
        self,
        source: SourceId,
        *,
        cursor: Mapping[str, Any] | None,
        state: SourceState,
        next_sync_at: datetime | None,
        failures: int,
        last_error: str,
    ) -> None:
        """Note how a sync ended and when the next one begins."""
        await self._connection.execute(
            sa.update(sources)
            .where(sources.c.id == source)
            .values(
                cursor=cursor,
                state=state,
                next_sync_at=next_sync_at,
                failures=failures,
                last_error=last_error,
            )
        )

    async def save_cursor(self, source: SourceId, cursor: Mapping[str, Any] | None) -> None:
        """Note how far a sync has come, in the transaction of the orders that it brought."""
        await self._connection.execute(
            sa.update(sources).where(sources.c.id == source).values(cursor=cursor)
        )
