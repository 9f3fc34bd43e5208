"""A page of offers walks the index of its order: nothing is sorted, nothing is read through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core.catalogue import Cursor, Filters, Order
from core.orders import Place
from core.people import Category
from core.spelling import needles
from core.usecases.catalogue import catalogue
from scripts.bench.lists import Market, clock, market

INDEX = {
    Order.FOR_ME: "ix_offers_newest",
    Order.NEW: "ix_offers_newest",
    Order.REWARD: "ix_offers_reward",
    Order.ENDING: "ix_offers_ending",
}


@pytest.fixture
async def fair(tmp_path: Path) -> AsyncIterator[Market]:
    made = await market(f"sqlite+aiosqlite:///{tmp_path / 'fair.db'}", 60)
    yield made
    await made.engine.dispose()


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Everything that is sent to the database in the block."""
    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        seen.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


async def plan(on: Market, statement: str, parameters: Any) -> list[str]:
    async with on.engine.connect() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [str(row["detail"]) for row in rows.mappings()]


@pytest.mark.parametrize("order", list(Order))
async def test_a_page_walks_the_index_of_its_order(fair: Market, order: Order) -> None:
    filters = Filters(category=Category.BEAUTY, place=Place.OZON)
    cursors = (Cursor(), Cursor(after=await fair.middle(order)))
    with statements() as sent:
        for cursor in cursors:
            for narrowed in (Filters(), filters):
                page = await catalogue(
                    fair.new_uow,
                    clock,
                    actor=fair.actor,
                    order=order,
                    filters=narrowed,
                    cursor=cursor,
                )
                assert page.listings or narrowed is filters

    walks = [one for one in sent if "ORDER BY offers." in one[0]]
    assert len(walks) == 4
    for walk in walks:
        steps = await plan(fair, *walk)
        assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")]
        assert any(INDEX[order] in step for step in steps), steps
    for other in sent:
        assert not [s for s in await plan(fair, *other) if s.startswith("SCAN") and "offers" in s]


async def test_words_are_looked_up_in_their_index(fair: Market) -> None:
    with statements() as sent:
        page = await catalogue(
            fair.new_uow,
            clock,
            actor=fair.actor,
            order=Order.NEW,
            filters=Filters(needles=needles("крем 7")),
        )
    assert page.listings

    for statement in sent:
        if "offer_words" in statement[0]:
            steps = await plan(fair, *statement)
            assert not [step for step in steps if step.startswith("SCAN")], steps
