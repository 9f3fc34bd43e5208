"""What brands were warned of in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import BrandId
from db.dialect import insert
from db.models import fund_warnings


class SqlFundWarnings:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, brands: Sequence[BrandId]) -> dict[BrandId, int]:
        """Thresholds (days) that the brands stand at; the calm ones are left out."""
        rows = await self._connection.execute(
            sa.select(fund_warnings.c.brand_id, fund_warnings.c.days).where(
                fund_warnings.c.brand_id.in_(brands)
            )
        )
        return {BrandId(row.brand_id): row.days for row in rows}

    async def put(self, brand: BrandId, days: int | None, *, now: datetime) -> None:
        """Let a brand stand at a threshold, or be calm."""
        if days is None:
            await self._connection.execute(
                sa.delete(fund_warnings).where(fund_warnings.c.brand_id == brand)
            )
            return
        values = {"days": days, "warned_at": now}
        await self._connection.execute(
            insert(self._connection, fund_warnings)
            .values(brand_id=brand, **values)
            .on_conflict_do_update(index_elements=["brand_id"], set_=values)
        )
