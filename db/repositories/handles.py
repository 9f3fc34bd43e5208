"""Handles in SQL: lent by dates, and the orders of before that have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound
from core.handles import AT_ONCE, Handle, HandleKind, Term
from core.ids import BrandId, EnrolmentId, HandleId, OrderId
from core.ports.handles import LookBack, Looked
from db.dialect import among, chunks
from db.models import creators, enrolments, orders, sku_reservations

_LOCK = 7_405  # of PostgreSQL's advisory locks, beside the brand's id

_FULL = sa.select(
    sku_reservations,
    creators.c.display_name,
).select_from(
    sku_reservations.join(enrolments, enrolments.c.id == sku_reservations.c.enrolment_id).join(
        creators, creators.c.person_id == enrolments.c.creator_id
    )
)


class SqlHandles:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, brand: BrandId) -> None:
        """Let one lend handles of the brand at a time, in whatever process."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(
                sa.select(sa.func.pg_advisory_xact_lock(_LOCK, sa.cast(brand, sa.Integer)))
            )

    async def held(self, brand: BrandId, values: Sequence[str]) -> dict[str, list[Handle]]:
        """To whom each of these is or was lent, oldest first, with the creators' names."""
        found: defaultdict[str, list[Handle]] = defaultdict(list)
        if values:
            rows = await self._connection.execute(
                _FULL.where(
                    sku_reservations.c.brand_id == brand,
                    among(self._connection, sku_reservations.c.sku, values),
                ).order_by(sku_reservations.c.since, sku_reservations.c.id)
            )
            for row in rows:
                found[row.sku].append(_handle(row))
        return dict(found)

    async def add(
        self,
        brand: BrandId,
        enrolment: EnrolmentId,
        kind: HandleKind,
        values: Sequence[str],
        term: Term,
        *,
        now: datetime,
    ) -> list[HandleId]:
        """Lend handles that are known to be free then, in the order of the values."""
        ids: list[HandleId] = []
        for value in values:
            added = await self._connection.scalar(
                sa.insert(sku_reservations)
                .values(
                    brand_id=brand,
                    sku=value,
                    kind=kind,
                    enrolment_id=enrolment,
                    since=term.since,
                    until=term.until,
                    look_from=term.since if term.since <= now else None,
                )
                .returning(sku_reservations.c.id)
            )
            assert added is not None
            ids.append(HandleId(added))
        return ids

    async def of_enrolment(
        self, enrolment: EnrolmentId, *, at: datetime, limit: int
    ) -> list[Handle]:
        """What an enrolment has at that moment or is going to have, by kind and value."""
        rows = await self._connection.execute(
            _FULL.where(sku_reservations.c.enrolment_id == enrolment, _lent(at))
            .order_by(sku_reservations.c.kind, sku_reservations.c.sku, sku_reservations.c.since)
            .limit(limit)
        )
        return [_handle(row) for row in rows]

    async def count(self, enrolment: EnrolmentId, *, at: datetime) -> int:
        """How many that are."""
        found = await self._connection.scalar(
            sa.select(sa.func.count())
            .select_from(sku_reservations)
            .where(sku_reservations.c.enrolment_id == enrolment, _lent(at))
        )
        return int(found or 0)

    async def get(self, handle: HandleId) -> Handle:
        """Raises NotFound("handle")."""
        row = (
            await self._connection.execute(_FULL.where(sku_reservations.c.id == handle))
        ).one_or_none()
        if row is None:
            raise NotFound("handle")
        return _handle(row)

    async def close(self, handles: Sequence[HandleId], *, at: datetime) -> int:
        """End what is lent longer than until then; returns how many there were."""
        closed = 0
        for chunk in chunks(handles):
            done = await self._connection.execute(
                sa.update(sku_reservations)
                .where(sku_reservations.c.id.in_(chunk), _lent(at))
                .values(until=ended(at))
            )
            closed += done.rowcount
        return closed

    async def to_look_back(self) -> LookBack | None:
        """Some reservations of which earlier orders have not all been looked at."""
        waiting = (
            await self._connection.execute(
                sa.select(sku_reservations)
                .where(sku_reservations.c.look_from.is_not(None))
                .order_by(
                    sku_reservations.c.brand_id,
                    sku_reservations.c.look_from,
                    sku_reservations.c.look_after,
                )
                .limit(AT_ONCE)
            )
        ).all()
        if not waiting:
            return None
        first = waiting[0]
        rows = [row for row in waiting if _place(row) == _place(first)]
        return LookBack(
            brand=BrandId(first.brand_id),
            at=first.look_from,
            after=first.look_after,
            until=first.until,
            handles=[HandleId(row.id) for row in rows],
            articles=[row.sku for row in rows if row.kind != HandleKind.CODE_ID],
            code_ids=[row.sku for row in rows if row.kind == HandleKind.CODE_ID],
        )

    async def look(self, back: LookBack, *, now: datetime, limit: int) -> Looked:
        """The next stretch of so many orders of the brand, found by its index of order times."""
        end = now if back.until is None else min(back.until, now)
        stretch = (
            sa.select(orders.c.id, orders.c.ordered_at, orders.c["items"], orders.c.promo_codes)
            .where(
                orders.c.brand_id == back.brand,
                orders.c.ordered_at >= back.at,
                sa.or_(orders.c.ordered_at > back.at, orders.c.id > back.after),
                orders.c.ordered_at <= end,
            )
            .order_by(orders.c.ordered_at, orders.c.id)
            .limit(limit)
            .subquery()
        )
        rows = (
            await self._connection.execute(
                sa.select(
                    stretch.c.id, stretch.c.ordered_at, self._has(stretch, back).label("has")
                ).order_by(stretch.c.ordered_at, stretch.c.id)
            )
        ).all()
        over = len(rows) < limit
        return Looked(
            found=[OrderId(row.id) for row in rows if row.has],
            at=None if over else rows[-1].ordered_at,
            after=0 if over else rows[-1].id,
        )

    def _has(self, order: sa.Subquery, back: LookBack) -> sa.ColumnElement[bool]:
        """Whether an order has one of the handles in its items, or among its codes."""
        postgres = self._connection.dialect.name == "postgresql"
        items, codes = order.c["items"], order.c.promo_codes
        sku: sa.ColumnElement[Any]
        if postgres:
            item = sa.func.json_array_elements(items).table_valued("value")
            code = sa.func.json_array_elements_text(codes).table_valued("value")
            sku = item.c.value.op("->>")(sa.literal_column("'sku'"))
        else:
            item = sa.func.json_each(items).table_valued("value")
            code = sa.func.json_each(codes).table_valued("value")
            sku = sa.func.json_extract(item.c.value, "$.sku")
        # An id has no letters that know another upper case than the plain one.
        written = sa.func.upper(sa.func.trim(code.c.value))
        found = []
        for each, value, wanted in ((item, sku, back.articles), (code, written, back.code_ids)):
            if wanted:
                found.append(
                    sa.select(sa.literal(1)).select_from(each).where(value.in_(wanted)).exists()
                )
        return sa.or_(sa.false(), *found)

    async def note_look(self, back: LookBack, looked: Looked) -> None:
        """Keep how far it has got."""
        for chunk in chunks(back.handles):
            await self._connection.execute(
                sa.update(sku_reservations)
                .where(sku_reservations.c.id.in_(chunk))
                .values(look_from=looked.at, look_after=looked.after)
            )


def _place(row: Any) -> tuple[Any, ...]:
    return row.brand_id, row.look_from, row.look_after, row.until


def _lent(at: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(sku_reservations.c.until.is_(None), sku_reservations.c.until > at)


def ended(at: datetime) -> sa.ColumnElement[Any]:
    """The end of what is taken back at a moment: what has not begun never does."""
    return sa.case((sku_reservations.c.since > at, sku_reservations.c.since), else_=at)


def _handle(row: Any) -> Handle:
    return Handle(
        id=HandleId(row.id),
        kind=HandleKind(row.kind),
        value=row.sku,
        enrolment=EnrolmentId(row.enrolment_id),
        since=row.since,
        until=row.until,
        holder=row.display_name,
    )
