"""The shapes by which codes are found when they are spelt wrong: see core.code_shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core.code_shapes import of_code, of_spelling
from core.ids import BrandId
from db.dialect import among, insert
from db.models import code_shapes, promo_codes

THOROUGH: Final = 1_000  # unknown spellings in a batch: feeds with a code for each order have more


async def add_shapes(connection: AsyncConnection, brand: BrandId, added: Mapping[str, int]) -> None:
    """Keep the shapes of new codes, which are given by their normal forms with their ids."""
    rows = [
        {"brand_id": brand, "shape": shape, "code_id": code}
        for normal, code in added.items()
        for shape in of_code(normal)
    ]
    if rows:
        await connection.execute(insert(connection, code_shapes).on_conflict_do_nothing(), rows)


async def meant_by(
    connection: AsyncConnection, brand: BrandId, spellings: Sequence[str]
) -> dict[str, set[str]]:
    """The codes (normal forms) that each spelling has a shape in common with."""
    asking: defaultdict[str, set[str]] = defaultdict(set)
    for spelling in spellings:
        for shape in of_spelling(spelling, thorough=len(spellings) <= THOROUGH):
            asking[shape].add(spelling)
    found: defaultdict[str, set[str]] = defaultdict(set)
    if not asking:
        return found
    rows = await connection.execute(
        sa.select(code_shapes.c.shape, promo_codes.c.normal)
        .select_from(code_shapes.join(promo_codes, promo_codes.c.id == code_shapes.c.code_id))
        .where(
            code_shapes.c.brand_id == brand,
            among(connection, code_shapes.c.shape, sorted(asking)),
        )
    )
    for shape, normal in rows:
        for spelling in asking[shape]:
            found[spelling].add(normal)
    return found
