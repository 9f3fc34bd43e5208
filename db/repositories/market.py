"""The market's figures in SQL: a few rows to look at, counted beside everything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.commissions import LOST, CommissionState
from core.ledger import TransferKind
from core.market import MarketWeek
from core.money import Money
from core.payouts import PayoutState
from core.periods import midnight
from db.dialect import insert
from db.models import (
    commissions,
    enrolments,
    market_weeks,
    orders,
    payouts,
    results,
    transfers,
)

APPROVED = (CommissionState.IN_HOLD, CommissionState.AVAILABLE)
LOOK_BACK = timedelta(days=180)  # from a payout to the oldest order that it may have paid


class SqlMarket:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def weeks(self, *, since: date) -> Sequence[MarketWeek]:
        """Counted weeks from that Monday on, the oldest first."""
        rows = await self._connection.execute(
            sa.select(market_weeks)
            .where(market_weeks.c.monday >= since)
            .order_by(market_weeks.c.monday)
        )
        return [
            MarketWeek(
                monday=row.monday,
                orders=row.orders,
                credited=row.credited,
                approved=row.approved,
                lost=row.lost,
                gmv=Money(row.gmv_minor),
                active=row.active,
                pay_days=row.pay_days,
                counted_at=row.counted_at,
            )
            for row in rows
        ]

    async def counted(self, mondays: Sequence[date]) -> Sequence[MarketWeek]:
        """The weeks as orders and results say now, without `pay_days`.

        Three passes: over the sums by day, twice, and over the index on brand and date.
        """
        ends = [monday + timedelta(weeks=1) for monday in mondays]
        placed = {
            row.week: row.orders
            for row in await self._connection.execute(
                sa.select(
                    _week(orders.c.ordered_at, [midnight(end) for end in ends]).label("week"),
                    sa.func.count().label("orders"),
                )
                .where(
                    orders.c.ordered_at >= midnight(mondays[0]),
                    orders.c.ordered_at < midnight(ends[-1]),
                )
                .group_by("week")
            )
        }
        week = _week(results.c.day, ends).label("week")
        within = sa.and_(results.c.day >= mondays[0], results.c.day < ends[-1])

        def counted(column: str, *states: CommissionState, without: bool = False) -> Any:
            fits = results.c.state.in_(sorted(states))
            return sa.func.sum(
                sa.case((sa.not_(fits) if without else fits, results.c[column]), else_=0)
            )

        sums = {
            row.week: row
            for row in await self._connection.execute(
                sa.select(
                    week,
                    sa.func.sum(results.c.orders).label("credited"),
                    counted("orders", *APPROVED).label("approved"),
                    counted("orders", *LOST).label("lost"),
                    counted("net_minor", *LOST, without=True).label("gmv_minor"),
                )
                .where(within)
                .group_by("week")
            )
        }
        active = {
            row.week: row.active
            for row in await self._connection.execute(
                sa.select(week, sa.func.count(enrolments.c.creator_id.distinct()).label("active"))
                .select_from(results.join(enrolments, enrolments.c.id == results.c.enrolment_id))
                .where(within, results.c.orders > 0)
                .group_by("week")
            )
        }
        return [
            MarketWeek(
                monday=monday,
                orders=int(placed.get(number, 0)),
                credited=int(sums[number].credited) if number in sums else 0,
                approved=int(sums[number].approved) if number in sums else 0,
                lost=int(sums[number].lost) if number in sums else 0,
                gmv=Money(int(sums[number].gmv_minor) if number in sums else 0),
                active=int(active.get(number, 0)),
            )
            for number, monday in enumerate(mondays)
        ]

    async def payments(
        self, monday: date, *, limit: int
    ) -> Sequence[tuple[datetime, datetime | None]]:
        """Orders whose reward was paid out in the week: when placed, and when paid.

        A payout takes everything that became available since the one before it.
        """
        earlier = payouts.alias()
        previous = (
            sa.select(sa.func.max(earlier.c.requested_at, type_=payouts.c.requested_at.type))
            .where(
                earlier.c.creator_id == payouts.c.creator_id,
                earlier.c.id < payouts.c.id,
                earlier.c.state == PayoutState.PAID,
            )
            .correlate(payouts)
            .scalar_subquery()
        )
        newest = (
            sa.select(
                payouts.c.id,
                payouts.c.creator_id,
                payouts.c.requested_at,
                payouts.c.decided_at,
                previous.label("previous_at"),
            )
            .where(
                payouts.c.state == PayoutState.PAID,
                payouts.c.decided_at >= midnight(monday),
                payouts.c.decided_at < midnight(monday + timedelta(weeks=1)),
            )
            .order_by(payouts.c.id.desc())
            .limit(limit)
            .subquery()
        )
        released = (
            sa.literal("order:")
            .concat(sa.cast(commissions.c.order_id, sa.String))
            .concat(":")
            .concat(sa.cast(commissions.c.version, sa.String))
        )
        oldest = midnight(monday)
        assert oldest
        rows = await self._connection.execute(
            sa.select(orders.c.ordered_at, newest.c.decided_at)
            .select_from(
                newest.join(
                    orders,
                    sa.and_(
                        orders.c.creator_id == newest.c.creator_id,
                        orders.c.reward_state == CommissionState.AVAILABLE,
                        orders.c.ordered_at >= oldest - LOOK_BACK,
                    ),
                )
                .join(commissions, commissions.c.order_id == orders.c.id)
                .join(transfers, transfers.c.key == released)
            )
            .where(
                transfers.c.kind == TransferKind.RELEASE,
                transfers.c.at <= newest.c.requested_at,
                sa.or_(newest.c.previous_at.is_(None), transfers.c.at > newest.c.previous_at),
            )
            .limit(limit)
        )
        return [(row.ordered_at, row.decided_at) for row in rows]

    async def put(self, weeks: Sequence[MarketWeek], *, now: datetime) -> None:
        """Replace what was counted before."""
        upsert = insert(self._connection, market_weeks)
        rows = [
            {
                "monday": week.monday,
                "orders": week.orders,
                "credited": week.credited,
                "approved": week.approved,
                "lost": week.lost,
                "gmv_minor": week.gmv.minor,
                "active": week.active,
                "pay_days": week.pay_days,
                "counted_at": now,
            }
            for week in weeks
        ]
        await self._connection.execute(
            upsert.on_conflict_do_update(
                index_elements=["monday"],
                set_={name: upsert.excluded[name] for name in rows[0] if name != "monday"},
            ),
            rows,
        )


def _week(column: sa.ColumnElement[Any], ends: Sequence[Any]) -> sa.ColumnElement[int]:
    """The number of the week that a day or moment falls in, by the ends of the weeks."""
    return sa.case(*((column < end, number) for number, end in enumerate(ends)))
