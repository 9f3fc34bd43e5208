"""A creator's orders are read from an index and never sorted, whatever is chosen of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.commissions import CommissionState
from core.ids import BrandId, EnrolmentId, OrderId, PersonId
from core.orders import Place
from core.ports import UnitOfWorkFactory
from db.repositories.orders import SqlOrders

INDEXES = ("creator_id", "enrolment_id")
BELOW = (datetime(2026, 11, 21, tzinfo=UTC), OrderId(7))


@contextmanager
def asked_of_it() -> Iterator[list[tuple[str, Any]]]:
    """The statements that a database is asked meanwhile, with their values."""
    asked: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    yield asked
    sa.event.remove(sa.Engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("enrolment", [None, EnrolmentId(1)])
@pytest.mark.parametrize("states", [(), (CommissionState.PENDING,)])
async def test_a_page_comes_from_the_index_of_its_states(
    engine: AsyncEngine,
    new_uow: UnitOfWorkFactory,
    enrolment: EnrolmentId | None,
    states: tuple[CommissionState, ...],
) -> None:
    async with new_uow(read_only=True) as uow:
        with asked_of_it() as asked:
            await uow.orders.of_creator(
                PersonId(1),
                states=states,
                enrolment=enrolment,
                since=BELOW[0],
                after=BELOW,
                limit=9,
            )
    statement, parameters = next(one for one in asked if "reward_state" in one[0])
    sqlite = engine.dialect.name == "sqlite"
    async with engine.connect() as connection:
        if not sqlite:  # an empty table is always quicker to read as a whole
            await connection.exec_driver_sql("SET enable_seqscan = off")
            await connection.exec_driver_sql("SET enable_bitmapscan = off")
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        plan = [
            str(row[-1])
            for row in await connection.exec_driver_sql(explain + statement, parameters)
        ]

    index = f"ix_orders_{INDEXES[enrolment is not None]}_reward_state_ordered_at_id"
    assert sum(index in line for line in plan) == (len(states) or len(CommissionState))
    if sqlite:
        assert not any("SCAN orders" in line for line in plan)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_new_brands_orders_are_found_by_their_numbers(engine: AsyncEngine) -> None:
    """Statistics from before its first file: to the planner all its orders are less than one."""
    numbers = [str(number) for number in range(500)]
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await connection.exec_driver_sql(_ORDERS, (2, Place.KASPI))
        await connection.exec_driver_sql("ANALYZE orders")
        await connection.exec_driver_sql(_ORDERS, (1, Place.OWN_SHOP))
        with asked_of_it() as asked:
            held = await SqlOrders(connection).standing(BrandId(1), Place.OWN_SHOP, numbers)
        statement, parameters = next(one for one in asked if "FROM orders" in one[0])
        rows = await connection.exec_driver_sql("EXPLAIN " + statement, parameters)
        plan = [str(row[0]) for row in rows]

    assert held.keys() == {*numbers} - {"0"}
    assert any("Index Cond" in line and "external_id" in line for line in plan), plan


_ORDERS = """
INSERT INTO orders (
    brand_id, place, source_id, run_id, external_id, status, status_raw, at_risk, ordered_at,
    gross_minor, net_minor, refunded_minor, currency, promo_codes, items, click_ids, raw_hash,
    fresh_day, fresh_rank, fresh_at, first, losers
)
SELECT $1, $2, 1, 1, number::text, 'pending', '', false, now(), 1, 1, 0, 'KZT', '[]', '[]',
    '[]', repeat('0', 64), now()::date, 1, now(), false, '[]'
FROM generate_series(1, 10000) number
"""
