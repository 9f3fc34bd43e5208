"""A creator's orders are read from an index and never sorted, whatever is chosen of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.commissions import CommissionState
from core.ids import EnrolmentId, OrderId, PersonId
from core.ports import UnitOfWorkFactory

INDEXES = ("creator_id", "enrolment_id")
BELOW = (datetime(2026, 11, 21, tzinfo=UTC), OrderId(7))


@pytest.mark.parametrize("enrolment", [None, EnrolmentId(1)])
@pytest.mark.parametrize("states", [(), (CommissionState.PENDING,)])
async def test_a_page_comes_from_the_index_of_its_states(
    engine: AsyncEngine,
    new_uow: UnitOfWorkFactory,
    enrolment: EnrolmentId | None,
    states: tuple[CommissionState, ...],
) -> None:
    asked: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    async with new_uow(read_only=True) as uow:
        await uow.orders.of_creator(
            PersonId(1), states=states, enrolment=enrolment, since=BELOW[0], after=BELOW, limit=9
        )
    sa.event.remove(sa.Engine, "before_cursor_execute", listen)
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
