"""Saved offers in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import OfferId, PersonId
from db.dialect import insert
from db.models import saved_offers


class SqlSavedOffers:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, person: PersonId, offer: OfferId, *, now: datetime, limit: int) -> None:
        """Save; the oldest saved ones beyond `limit` are let go. Saved before: nothing changes."""
        await self._connection.execute(
            insert(self._connection, saved_offers)
            .values(person_id=person, offer_id=offer, saved_at=now)
            .on_conflict_do_nothing(index_elements=["person_id", "offer_id"])
        )
        oldest_kept = (
            sa.select(saved_offers.c.id)
            .where(saved_offers.c.person_id == person)
            .order_by(saved_offers.c.id.desc())
            .offset(limit - 1)
            .limit(1)
            .scalar_subquery()
        )
        await self._connection.execute(
            sa.delete(saved_offers).where(
                saved_offers.c.person_id == person, saved_offers.c.id < oldest_kept
            )
        )

    async def drop(self, person: PersonId, offer: OfferId) -> None:
        """Keep the offer no longer."""
        await self._connection.execute(
            sa.delete(saved_offers).where(
                saved_offers.c.person_id == person, saved_offers.c.offer_id == offer
            )
        )

    async def has(self, person: PersonId, offer: OfferId) -> bool:
        """Whether the person has saved the offer."""
        found = await self._connection.scalar(
            sa.select(sa.true()).where(
                saved_offers.c.person_id == person, saved_offers.c.offer_id == offer
            )
        )
        return bool(found)

    async def page(
        self, person: PersonId, *, after: int | None, limit: int
    ) -> Sequence[tuple[int, OfferId]]:
        """The last saved first: (place in the list, offer), with places below `after`."""
        query = sa.select(saved_offers.c.id, saved_offers.c.offer_id).where(
            saved_offers.c.person_id == person
        )
        if after is not None:
            query = query.where(saved_offers.c.id < after)
        rows = await self._connection.execute(query.order_by(saved_offers.c.id.desc()).limit(limit))
        return [(place, OfferId(offer)) for place, offer in rows]
