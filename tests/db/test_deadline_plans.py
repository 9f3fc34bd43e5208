"""What waits for a silent brand, and what screens show of reconciliation, is found by indexes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.deadlines import Silence, SilenceState
from core.ids import BrandId, EnrolmentId
from core.money import ZERO
from core.orders import Place
from core.ports import UnitOfWorkFactory
from core.ports.deadlines import Silent

AT = datetime(2026, 11, 21, tzinfo=UTC)
BRAND = BrandId(1)
SILENCE = Silence(
    id=1,
    brand=BRAND,
    place=Place.KASPI,
    days=30,
    since=AT,
    until=date(2026, 11, 20),
    state=SilenceState.WARNED,
    orders=1,
    amount=ZERO,
)
GROWING = ("orders", "commissions", "month_results", "runs", "run_results")


async def test_nothing_that_grows_with_orders_is_scanned(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory
) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    async with new_uow() as uow:
        deadlines = uow.deadlines
        await deadlines.waiting(SILENCE, after=EnrolmentId(0), limit=500)
        await deadlines.waiting_sum(Silent(brand=BRAND, place=Place.KASPI, days=30, since=AT))
        await deadlines.waiting_sums(BRAND)
        await deadlines.last_results([EnrolmentId(1), EnrolmentId(2)])
        await deadlines.reading(BRAND, Place.KASPI)
        await deadlines.readings(BRAND)
        await deadlines.being_read(BRAND, Place.KASPI, since=AT)
        await deadlines.expired(AT.date(), limit=9)
        await deadlines.silences([BRAND])
    sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    sqlite = engine.dialect.name == "sqlite"
    plans: list[str] = []
    async with engine.connect() as connection:
        if not sqlite:  # an empty table is always quicker to read as a whole
            for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
                await connection.exec_driver_sql(f"SET enable_{way} = off")
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        selects = [one for one in asked if one[0].lstrip().startswith("SELECT")]
        for statement, parameters in selects:
            rows = await connection.exec_driver_sql(explain + statement, parameters)
            plans += [str(row[-1]) for row in rows]

    assert len(selects) >= 9
    scan = "SCAN {}" if sqlite else "Seq Scan on {} "
    for table in GROWING:
        assert not [line for line in plans if scan.format(table) in f"{line} "]
    waits = "ix_orders_enrolment_id_reward_state_ordered_at_id"
    assert sum(waits in line for line in plans) >= 3
    assert any("ix_silences_until" in line for line in plans)
