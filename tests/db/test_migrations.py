"""One chain of migrations serves both databases, forwards and backwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrations
from db.engine import create_engine

REVISIONS = [
    script.revision
    for script in reversed(
        list(ScriptDirectory.from_config(migrations.config()).walk_revisions("base", "head"))
    )
]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    server: Any = request.getfixturevalue("postgres")
    url: str = server.empty()
    return url


async def test_every_step_of_the_stairway_goes_up_down_and_up_again(empty_url: str) -> None:
    engine = create_engine(empty_url)

    for below, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
        await migrations.upgrade(engine, revision)
        await migrations.downgrade(engine, below)
        await migrations.upgrade(engine, revision)

    assert await migrations.at_head(engine)
    await engine.dispose()


async def test_the_tables_in_code_are_the_tables_of_the_migrations(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.check(migrations.config(sync)))


@pytest.mark.parametrize("table", ["transfers", "entries"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
async def test_nobody_rewrites_the_ledger(engine: AsyncEngine, table: str, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            sa.text(
                "INSERT INTO transfers (key, kind, at) "
                "VALUES ('k', 'top_up', '2026-11-21 07:00:00')"
            )
        )
        await connection.execute(
            sa.text(
                "INSERT INTO entries (transfer_id, account, owner, minor) "
                "SELECT id, 'bank', 0, 0 FROM transfers"
            )
        )

    with pytest.raises(DBAPIError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(sa.text(statement.format(table)))
