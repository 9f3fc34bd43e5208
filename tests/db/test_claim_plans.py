"""Claims are found by indexes, however many orders and claims there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.claims import WaitingReceipt
from core.ids import BrandId, ClaimId, PersonId
from core.money import tenge
from core.orders import Place
from core.ports import UnitOfWorkFactory
from db.repositories.claims import SqlClaims
from db.repositories.evidence import SqlEvidence
from tests.db.test_order_plans import asked_of_it

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
BRAND, PERSON = BrandId(1), PersonId(1)
RECEIPTS = [
    WaitingReceipt(
        id=ClaimId(number),
        person=PERSON,
        place=Place.KASPI,
        amount=tenge(10_000),
        paid_at=NOW,
    )
    for number in (1, 2)
]


class _Read(SqlClaims):
    """As if every place had been read just now."""

    async def _last_read(self, brand: BrandId) -> dict[Place, datetime]:
        return {place: NOW + timedelta(hours=1) for place in Place}


async def plans(engine: AsyncEngine, asked: list[tuple[str, Any]]) -> str:
    """How the database would answer these questions."""
    found = []
    async with engine.connect() as connection:
        if engine.dialect.name != "sqlite":  # an empty table is always quicker to read as a whole
            await connection.exec_driver_sql("SET enable_seqscan = off")
            await connection.exec_driver_sql("SET enable_bitmapscan = off")
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        for statement, parameters in asked:
            rows = await connection.exec_driver_sql(explain + statement, parameters)
            found += [str(tuple(row)) for row in rows]
    return "\n".join(found)


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("fitting", "ix_orders_brand_id_ordered_at_id"),
        ("brands_to_look", "ix_claims_receipts"),
        ("waiting_receipts", "ix_claims_receipts"),
        ("untold", "ix_claims_untold"),
        ("expire", "ix_claims_expires_at"),
        ("standing", "uq_claims_order"),
        ("standing_receipt", "uq_claims_receipt"),
        ("page", "ix_claims_person_id_id"),
        ("sent_since", "ix_claims_person_id_id"),
        ("of the engine", "uq_claims_order"),
    ],
)
async def test_each_question_has_its_index(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, question: str, index: str
) -> None:
    async with engine.connect() as connection:
        claims = _Read(connection)
        with asked_of_it() as asked:
            match question:
                case "fitting":
                    await claims.fitting(BRAND, RECEIPTS)
                case "brands_to_look":
                    await claims.brands_to_look(10)
                case "waiting_receipts":
                    await claims.waiting_receipts(BRAND, 10)
                case "untold":
                    await claims.untold(10)
                case "expire":
                    await claims.expire(now=NOW, limit=10)
                case "standing":
                    await claims.standing(BRAND, Place.KASPI, "712155089")
                case "standing_receipt":
                    await claims.standing_receipt(b"key")
                case "page":
                    await claims.page(PERSON, after=None, limit=9)
                case "sent_since":
                    await claims.sent_since(PERSON, NOW)
                case "of the engine":
                    numbers = [str(number) for number in range(1_000)]
                    await SqlEvidence(connection).claims(BRAND, Place.KASPI, numbers)
        await connection.rollback()

    plan = await plans(engine, asked)

    assert index in plan, plan
    for line in plan.splitlines():
        assert "SCAN orders" not in line
        assert "SCAN claims" not in line or index in line
