"""Brands' requests in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.brand_requests import BrandRequest, LegalData, RequestState
from core.errors import NotFound
from core.ids import BrandId, PersonId, RequestId
from db.models import brand_requests

_waits = brand_requests.c.state == RequestState.WAITING


class SqlBrandRequests:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, *, brand: BrandId | None, person: PersonId, data: LegalData, now: datetime
    ) -> RequestId:
        """Store a request in place of one that waits: of the brand, or of the person's sign-up."""
        await self._connection.execute(
            sa.update(brand_requests)
            .where(_waits, _of(brand, person))
            .values(state=RequestState.REPLACED)
        )
        added = await self._connection.scalar(
            sa.insert(brand_requests)
            .values(
                brand_id=brand,
                person_id=person,
                name=data.name,
                legal_name=data.legal_name,
                bin=data.bin,
                licence=data.licence,
                state=RequestState.WAITING,
                requested_at=now,
            )
            .returning(brand_requests.c.id)
        )
        assert added is not None
        return RequestId(added)

    async def get(self, request: RequestId) -> BrandRequest:
        """NotFound("request") where there is none."""
        found = await self._one(sa.select(brand_requests).where(brand_requests.c.id == request))
        if found is None:
            raise NotFound("request")
        return found

    async def waiting_of(
        self, *, brand: BrandId | None, person: PersonId | None
    ) -> BrandRequest | None:
        """What waits of a brand, or of a person's sign-up."""
        return await self._one(
            sa.select(brand_requests).where(_waits, _of(brand, person or PersonId(0)))
        )

    async def latest_of(self, person: PersonId) -> BrandRequest | None:
        """The person's last sign-up, in whatever state."""
        return await self._one(
            sa.select(brand_requests)
            .where(_of(None, person))
            .order_by(brand_requests.c.id.desc())
            .limit(1)
        )

    async def next(self, *, after: int | None, limit: int) -> Sequence[BrandRequest]:
        """Requests that wait, oldest first, above the id `after`."""
        rows = await self._connection.execute(
            sa.select(brand_requests)
            .where(_waits, brand_requests.c.id > (after or 0))
            .order_by(brand_requests.c.id)
            .limit(limit)
        )
        return [_request(row) for row in rows]

    async def decide(
        self,
        request: RequestId,
        state: RequestState,
        *,
        by: PersonId,
        now: datetime,
        note: str = "",
        brand: BrandId | None = None,
    ) -> bool:
        """Decide on a request that waits; False where it does not wait any more."""
        values: dict[str, Any] = {
            "state": state,
            "note": note,
            "decided_by": by,
            "decided_at": now,
        }
        if brand is not None:
            values["brand_id"] = brand
        decided = await self._connection.execute(
            sa.update(brand_requests).where(brand_requests.c.id == request, _waits).values(**values)
        )
        return decided.rowcount == 1

    async def _one(self, query: sa.Select[Any]) -> BrandRequest | None:
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _request(row)


def _of(brand: BrandId | None, person: PersonId) -> sa.ColumnElement[bool]:
    if brand is not None:
        return brand_requests.c.brand_id == brand
    return sa.and_(brand_requests.c.brand_id.is_(None), brand_requests.c.person_id == person)


def _request(row: Any) -> BrandRequest:
    return BrandRequest(
        id=RequestId(row.id),
        brand=None if row.brand_id is None else BrandId(row.brand_id),
        person=PersonId(row.person_id),
        data=LegalData(name=row.name, legal_name=row.legal_name, bin=row.bin, licence=row.licence),
        state=RequestState(row.state),
        requested_at=row.requested_at,
        note=row.note,
    )
