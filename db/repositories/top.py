"""The top list in SQL: counted by a sweep, read by an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import CommissionState
from core.ids import PersonId
from core.people import Category, CreatorState
from core.top import Place
from db.dialect import insert
from db.models import commissions, creators, enrolments, offers, top_members, top_places

_CONFIRMED = (CommissionState.IN_HOLD, CommissionState.AVAILABLE)


class SqlTopLists:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def agreed(self, creator: PersonId) -> bool:
        """Whether the creator is seen."""
        found = await self._connection.scalar(
            sa.select(top_members.c.creator_id).where(top_members.c.creator_id == creator)
        )
        return found is not None

    async def agree(self, creator: PersonId, *, now: datetime) -> None:
        """Let the creator be seen."""
        await self._connection.execute(
            insert(self._connection, top_members)
            .values(creator_id=creator, agreed_at=now)
            .on_conflict_do_nothing(index_elements=["creator_id"])
        )

    async def withdraw(self, creator: PersonId) -> None:
        """Let the creator be seen no more."""
        await self._connection.execute(
            sa.delete(top_members).where(top_members.c.creator_id == creator)
        )

    async def count(self, month: str) -> int:
        """Count a month's confirmed orders anew; returns how many places there are.

        Enrolment by enrolment through their index on the month: the cost grows with the enrolments
        and the month's orders, not with all orders that ever were.
        """
        await self._connection.execute(sa.delete(top_places).where(top_places.c.month == month))
        counted = (
            sa.select(
                sa.literal(month, sa.String),
                offers.c.category,
                commissions.c.creator_id,
                sa.func.count(),
            )
            .select_from(
                enrolments.join(offers, offers.c.id == enrolments.c.offer_id).join(
                    commissions, commissions.c.enrolment_id == enrolments.c.id
                )
            )
            .where(commissions.c.month == month, commissions.c.state.in_(_CONFIRMED))
            .group_by(offers.c.category, commissions.c.creator_id)
        )
        made = await self._connection.execute(
            sa.insert(top_places).from_select(
                ["month", "category", "creator_id", "orders"], counted
            )
        )
        return max(0, made.rowcount)

    async def places(self, month: str, category: Category, limit: int) -> Sequence[Place]:
        """Active creators who agreed, most orders first."""
        rows = (
            await self._connection.execute(
                sa.select(top_places.c.creator_id, top_places.c.orders, creators.c.display_name)
                .join(top_members, top_members.c.creator_id == top_places.c.creator_id)
                .join(creators, creators.c.person_id == top_places.c.creator_id)
                .where(
                    top_places.c.month == month,
                    top_places.c.category == category,
                    creators.c.state == CreatorState.ACTIVE,
                )
                .order_by(top_places.c.orders.desc(), top_places.c.creator_id)
                .limit(limit)
            )
        ).all()
        places: list[Place] = []
        for number, row in enumerate(rows, 1):
            tied = places and places[-1].orders == row.orders
            places.append(
                Place(
                    place=places[-1].place if tied else number,
                    creator=PersonId(row.creator_id),
                    name=row.display_name,
                    orders=row.orders,
                )
            )
        return places

    async def standing(
        self, month: str, category: Category, creator: PersonId
    ) -> tuple[int | None, int]:
        """The creator's place among those who are seen, and the number of orders."""
        here = sa.and_(top_places.c.month == month, top_places.c.category == category)
        own = await self._connection.scalar(
            sa.select(top_places.c.orders).where(here, top_places.c.creator_id == creator)
        )
        if own is None:
            return None, 0
        above = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(top_places)
            .join(top_members, top_members.c.creator_id == top_places.c.creator_id)
            .join(creators, creators.c.person_id == top_places.c.creator_id)
            .where(here, top_places.c.orders > own, creators.c.state == CreatorState.ACTIVE)
        )
        return (above or 0) + 1, own
