"""What imports write has few indexes, and every question about it is answered by one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import NotFound
from core.ids import BrandId, EnrolmentId, OrderId, PersonId, RunId
from core.ledger import Account
from core.orders import Place
from core.ports import UnitOfWork, UnitOfWorkFactory
from db.models import clicks, commissions, entries, metadata, orders

NOON: Final = datetime(2026, 11, 21, tzinfo=UTC)
BRAND: Final = BrandId(1)
MONTH: Final = (EnrolmentId(1), "2026-11")

Ask = Callable[[UnitOfWork], Awaitable[object]]

# A question for each index: one that nobody asks by would be paid for by every import.
QUESTIONS: Final[dict[str, Ask]] = {
    "pk_orders": lambda uow: uow.orders.get(OrderId(1)),
    "uq_orders_brand_id_place_external_id": lambda uow: uow.lookups.orders("1", limit=5),
    "ix_orders_brand_id_ordered_at_id": lambda uow: uow.orders.of_brand(
        BRAND, after=(NOON, OrderId(7)), limit=9
    ),
    "ix_orders_waiting": lambda uow: uow.orders.open_since(BRAND, Place.KASPI),
    "ix_orders_creator_id_reward_state_ordered_at_id": lambda uow: uow.orders.of_creator(
        PersonId(1), states=(), after=None, limit=9
    ),
    "ix_orders_enrolment_id_reward_state_ordered_at_id": lambda uow: uow.orders.to_follow(
        BRAND, Place.KASPI, NOON, 9
    ),
    "ix_orders_brand_id_phone_digest": lambda uow: uow.orders.by_phone(BRAND, [b"x" * 32]),
    "uq_commissions_order_id": lambda uow: uow.orders.get(OrderId(1)),
    "ix_commissions_enrolment_id_month": lambda uow: uow.orders.sales_since({MONTH: NOON}),
    "ix_commissions_held": lambda uow: uow.orders.due_to_release(NOON, 9),
    "ix_commissions_unfunded": lambda uow: uow.orders.brands_with_unfunded(),
    "ix_commissions_run_id": lambda uow: uow.orders.news_of(RunId(1)),
    "ix_entries_account_owner_id": lambda uow: uow.ledger.statement(
        Account.CREATOR_AVAILABLE, 1, after=None, limit=9
    ),
    "pk_clicks": lambda uow: uow.links.touches(["click"]),
}


async def plan(engine: AsyncEngine, new_uow: UnitOfWorkFactory, ask: Ask) -> list[str]:
    """How the database goes about a question."""
    asked: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        async with new_uow() as uow:
            with suppress(NotFound):
                await ask(uow)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    sqlite = engine.dialect.name == "sqlite"
    lines: list[str] = []
    async with engine.connect() as connection:
        if not sqlite:  # an empty table is always quicker to read as a whole
            await connection.exec_driver_sql("SET enable_seqscan = off")
            await connection.exec_driver_sql("SET enable_bitmapscan = off")
        for statement, parameters in asked:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
                rows = await connection.exec_driver_sql(explain + statement, parameters)
                lines += [str(row[-1]) for row in rows]
    return lines


@pytest.mark.parametrize("index", QUESTIONS)
async def test_each_index_answers_a_question(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, index: str
) -> None:
    lines = await plan(engine, new_uow, QUESTIONS[index])

    if engine.dialect.name == "sqlite":
        # The key of a table is its rowid, or an automatic index.
        shown = {
            "pk_orders": "SEARCH orders USING INTEGER PRIMARY KEY",
            "pk_clicks": "SEARCH clicks USING INDEX sqlite_autoindex_clicks_1",
            "uq_commissions_order_id": "SEARCH commissions USING INDEX sqlite_autoindex",
            "uq_orders_brand_id_place_external_id": "(brand_id=? AND place=? AND external_id=?)",
        }.get(index, index)
        assert any(shown in line for line in lines), lines
        assert not any(
            line.startswith(f"SCAN {table.name}") and "USING" not in line
            for line in lines
            for table in (orders, commissions, entries, clicks)
        ), lines
    else:  # which of two indexes an empty table is asked by is chance; that one fits is not
        assert any("Index" in line for line in lines), lines
        assert not any(
            f"Seq Scan on {table.name}" in line
            for line in lines
            for table in (orders, commissions, entries, clicks)
        ), lines


def test_no_index_is_without_a_question() -> None:
    names = {
        str(index.name)
        for table in (orders, commissions, entries, clicks)
        for index in table.indexes
    }

    assert names == {name for name in QUESTIONS if name.startswith("ix_")}
    assert set(metadata.tables) >= {"orders", "commissions", "entries", "clicks"}


async def test_what_a_payout_is_made_of_is_read_from_sums(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory
) -> None:
    lines = await plan(engine, new_uow, lambda uow: uow.ledger.released(PersonId(1)))

    assert lines
    assert not any("entries" in line or "transfers" in line for line in lines)
