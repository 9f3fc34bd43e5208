"""Evidence that almost fits in SQL: the queue, the answers, and spellings that became aliases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import codes
from core.errors import NotFound
from core.ids import BrandId, CodeId, EnrolmentId, OrderId, PersonId
from core.money import Money
from core.near_misses import Answer
from core.orders import OrderStatus, Place
from core.ports.near_misses import NearMissRow
from core.reconciliation import Decision
from db.dialect import among, insert
from db.models import (
    code_aliases,
    code_ownerships,
    creators,
    enrolments,
    near_misses,
    orders,
    promo_codes,
)

_code = (
    sa.select(promo_codes.c.normal)
    .select_from(code_ownerships.join(promo_codes))
    .where(code_ownerships.c.enrolment_id == near_misses.c.enrolment_id)
    .order_by(code_ownerships.c.since.desc(), code_ownerships.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_rows = sa.select(
    near_misses,
    orders.c.external_id,
    orders.c.place,
    orders.c.status,
    orders.c.net_minor,
    orders.c.currency,
    orders.c.ordered_at,
    orders.c.enrolment_id.label("credited"),
    creators.c.display_name,
    _code.label("code"),
).select_from(
    near_misses.join(orders, orders.c.id == near_misses.c.order_id)
    .join(enrolments, enrolments.c.id == near_misses.c.enrolment_id)
    .join(creators, creators.c.person_id == enrolments.c.creator_id)
)
_OPEN = sa.and_(near_misses.c.answer.is_(None), orders.c.enrolment_id.is_(None))


class SqlNearMisses:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(
        self, brand: BrandId, found: Sequence[tuple[OrderId, Decision]], now: datetime
    ) -> int:
        """Keep what a person should look at; what is kept already stays. Returns how many."""
        rows = [
            {
                "order_id": order,
                "brand_id": brand,
                "raw": miss.raw[:100],
                "reason": miss.reason,
                "enrolment_id": miss.enrolment,
                "found_at": now,
            }
            for order, decision in found
            for miss in decision.near_misses
        ]
        if not rows:
            return 0
        await self._connection.execute(
            insert(self._connection, near_misses).on_conflict_do_nothing(), rows
        )
        return len(rows)

    async def queue(self, brand: BrandId, *, after: int | None, limit: int) -> list[NearMissRow]:
        """What nobody has answered, newest first; an order that found its creator is gone."""
        query = _rows.where(near_misses.c.brand_id == brand, _OPEN)
        if after is not None:
            query = query.where(near_misses.c.id < after)
        rows = await self._connection.execute(query.order_by(near_misses.c.id.desc()).limit(limit))
        return [_row(row) for row in rows]

    async def get(self, miss: int) -> NearMissRow:
        """NotFound("near_miss") where there is none."""
        row = (await self._connection.execute(_rows.where(near_misses.c.id == miss))).first()
        if row is None:
            raise NotFound("near_miss")
        return _row(row)

    async def alike(self, miss: NearMissRow) -> list[NearMissRow]:
        """Unanswered ones of the brand and the creator with the same spelling, or nearly so."""
        rows = await self._connection.execute(
            _rows.where(
                near_misses.c.brand_id == miss.brand,
                near_misses.c.enrolment_id == miss.enrolment,
                _OPEN,
            )
        )
        normal = codes.normal(miss.raw)
        return [_row(row) for row in rows if codes.normal(row.raw) == normal]

    async def answer(
        self, misses: Sequence[int], answer: Answer, *, by: PersonId, now: datetime
    ) -> int:
        """Keep an answer to those that have none; returns to how many that was."""
        done = await self._connection.execute(
            sa.update(near_misses)
            .where(
                among(self._connection, near_misses.c.id, misses), near_misses.c.answer.is_(None)
            )
            .values(answer=answer, answered_by=by, answered_at=now)
        )
        return done.rowcount

    async def add_alias(
        self, brand: BrandId, normal: str, code: CodeId, *, since: datetime, by: PersonId
    ) -> bool:
        """Let a spelling count as a code from then on; False where it is one already."""
        added = await self._connection.scalar(
            insert(self._connection, code_aliases)
            .values(brand_id=brand, normal=normal, code_id=code, since=since, added_by=by)
            .on_conflict_do_nothing(index_elements=["brand_id", "normal"])
            .returning(code_aliases.c.id)
        )
        return added is not None


def _row(row: Any) -> NearMissRow:
    return NearMissRow(
        id=row.id,
        brand=BrandId(row.brand_id),
        order=OrderId(row.order_id),
        external_id=row.external_id,
        place=Place(row.place),
        status=OrderStatus(row.status),
        raw=row.raw,
        reason=row.reason,
        enrolment=EnrolmentId(row.enrolment_id),
        code=row.code or "",
        creator_name=row.display_name,
        net=Money(row.net_minor, row.currency),
        ordered_at=row.ordered_at,
        open=row.answer is None and row.credited is None,
    )
