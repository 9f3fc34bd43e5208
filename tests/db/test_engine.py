"""The engine keeps people's data out of what ends in the log."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import people
from tests.conftest import FrozenClock


async def test_an_error_of_the_database_does_not_carry_what_people_wrote(
    engine: AsyncEngine, clock: FrozenClock
) -> None:
    row = {"telegram_id": 77, "name": "Айгерім Сәрсенова", "created_at": clock()}

    with pytest.raises(IntegrityError) as caught:
        async with engine.begin() as connection:
            await connection.execute(sa.insert(people), [row, {**row, "locale": "xx"}])

    assert "Айгерім" not in str(caught.value)
