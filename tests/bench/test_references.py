"""What Üles is measured against does the same job: measurements would mean nothing otherwise."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import create_engine
from scripts.bench import feed, state, trial
from tests.conftest import PostgresServer

ROWS: Final = 1_500
SEED: Final = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def addresses(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Two fresh databases of one kind."""
    if request.param == "sqlite":
        for name in ("one", "other"):
            shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / f"{name}.db")
        yield (
            f"sqlite+aiosqlite:///{tmp_path / 'one.db'}",
            f"sqlite+aiosqlite:///{tmp_path / 'other.db'}",
        )
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as one, server.database() as other:
        yield one, other


@asynccontextmanager
async def markets(addresses: tuple[str, str], rows: int) -> AsyncIterator[list[AsyncEngine]]:
    """The same market in both."""
    async with AsyncExitStack() as closing:
        engines = []
        for url in addresses:
            engine = create_engine(url)
            closing.push_async_callback(engine.dispose)
            await feed.build(engine, feed.market(SEED, rows), feed.files(SEED, rows).clicks)
            engines.append(engine)
        yield engines
        for engine in engines:
            await state.demand_sound(engine)


async def test_the_pipeline_by_hand_ends_where_the_product_ends(
    addresses: tuple[str, str],
) -> None:
    """A first file, the same again, and the next day's with its changes."""
    files = feed.files(SEED, ROWS)
    async with markets(addresses, ROWS) as engines:
        for file, now, changes in (
            (files.orders, feed.NOW, True),
            (files.orders, feed.NOW, False),
            (files.daily, feed.TOMORROW, True),
        ):
            given = {"database": addresses[0], "file": str(file), "now": now.isoformat()}
            await asyncio.to_thread(trial.reference, given)
            run = await trial.take_in(addresses[1], str(file), now)
            assert bool(run.counts.new or run.counts.changed) is changes
            told = await state.demand_equal(*engines)
            assert min(told[table][0] for table in state.TABLES) > 0


async def test_row_by_row_ends_there_too(sqlite_template: Path, tmp_path: Path) -> None:
    files = feed.files(SEED, ROWS // 3)
    addresses = []
    for name in ("one", "other"):
        shutil.copy(sqlite_template, tmp_path / f"{name}.db")
        addresses.append(f"sqlite+aiosqlite:///{tmp_path / name}.db")
    async with markets((addresses[0], addresses[1]), ROWS // 3) as engines:
        trial.usual({"database": addresses[0], "file": str(files.orders)})
        await trial.take_in(addresses[1], str(files.orders))
        await state.demand_equal(*engines)
