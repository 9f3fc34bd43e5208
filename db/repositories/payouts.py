"""Payouts in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import NotFound, PayoutAlreadyRequested
from core.ids import PayoutId, PersonId
from core.money import Money
from core.payouts import OPEN, Payout, PayoutState
from core.ports.money import PayoutRow
from db.models import creators, payouts


def _payout(row: Any) -> Payout:
    return Payout(
        id=PayoutId(row.id),
        number=row.number,
        creator=PersonId(row.creator_id),
        amount=Money(row.amount_minor),
        state=PayoutState(row.state),
        requested_at=row.requested_at,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def _row(row: Any) -> PayoutRow:
    return PayoutRow(
        payout=_payout(row),
        orders=row.orders,
        released=Money(row.released_minor),
        creator_name=row.display_name,
        legal_status=row.legal_status,
        bank=row.bank,
        iban_tail=row.iban_tail,
    )


_ROWS = sa.select(payouts, creators.c.display_name).join(
    creators, creators.c.person_id == payouts.c.creator_id
)


class SqlPayouts:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, payout: Payout, *, orders: int, released: Money) -> Payout:
        """Write a request, what it is made of, and the creator's bank details as they are now."""
        details = sa.select(
            sa.literal(payout.number),
            creators.c.person_id,
            sa.literal(payout.amount.minor),
            sa.literal(payout.state.value),
            sa.literal(payout.requested_at, payouts.c.requested_at.type),
            sa.literal(""),
            creators.c.iban_cipher,
            creators.c.iban_tail,
            creators.c.bank,
            creators.c.legal_status,
            sa.literal(orders),
            sa.literal(released.minor, sa.BigInteger),
        ).where(creators.c.person_id == payout.creator)
        names = [
            "number",
            "creator_id",
            "amount_minor",
            "state",
            "requested_at",
            "reason",
            "iban_cipher",
            "iban_tail",
            "bank",
            "legal_status",
            "orders",
            "released_minor",
        ]
        try:
            async with self._connection.begin_nested():
                rows = await self._connection.execute(
                    sa.insert(payouts).from_select(names, details).returning(payouts)
                )
                return _payout(rows.one())
        except IntegrityError as error:  # the partial unique index caught a double tap
            held = await self.open_for(payout.creator)
            if held is None:
                raise
            raise PayoutAlreadyRequested(held.amount) from error

    async def get(self, payout: PayoutId) -> PayoutRow:
        """NotFound("payout") where there is none."""
        rows = await self._connection.execute(_ROWS.where(payouts.c.id == payout))
        row = rows.one_or_none()
        if row is None:
            raise NotFound("payout")
        return _row(row)

    async def open_for(self, creator: PersonId) -> Payout | None:
        """The creator's open request, if there is one."""
        rows = await self._connection.execute(
            sa.select(payouts).where(
                payouts.c.creator_id == creator, payouts.c.state.in_(sorted(OPEN))
            )
        )
        row = rows.one_or_none()
        return None if row is None else _payout(row)

    async def move(self, payout: Payout, *, was: PayoutState, by: PersonId) -> bool:
        """Store a new state; False where somebody else moved the payout first."""
        moved = await self._connection.execute(
            sa.update(payouts)
            .where(payouts.c.id == payout.id, payouts.c.state == was)
            .values(
                state=payout.state,
                decided_at=payout.decided_at,
                decided_by=by,
                reason=payout.reason,
            )
        )
        return moved.rowcount == 1

    async def iban(self, payout: PayoutId) -> bytes:
        """The encrypted account that the money goes to."""
        cipher: bytes | None = await self._connection.scalar(
            sa.select(payouts.c.iban_cipher).where(payouts.c.id == payout)
        )
        if cipher is None:
            raise NotFound("payout")
        return cipher

    async def of_creator(
        self, creator: PersonId, *, after: PayoutId | None, limit: int
    ) -> Sequence[Payout]:
        """A creator's payouts, newest first."""
        query = sa.select(payouts).where(payouts.c.creator_id == creator)
        if after is not None:
            query = query.where(payouts.c.id < after)
        rows = await self._connection.execute(query.order_by(payouts.c.id.desc()).limit(limit))
        return [_payout(row) for row in rows]

    async def in_states(
        self, states: Sequence[PayoutState], *, after: PayoutId | None, limit: int
    ) -> Sequence[PayoutRow]:
        """Payouts for staff, oldest first."""
        query = _ROWS.where(payouts.c.state.in_(states))
        if after is not None:
            query = query.where(payouts.c.id > after)
        rows = await self._connection.execute(query.order_by(payouts.c.id).limit(limit))
        return [_row(row) for row in rows]
