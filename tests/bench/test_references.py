"""What Üles is measured against does the same job: measurements would mean nothing otherwise."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from db.engine import create_engine
from scripts.bench import feed, state, trial

ROWS: Final = 2_000
SEED: Final = 3


async def test_the_pipeline_by_hand_ends_where_the_product_ends(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """A first file, the same again, and the next day's with its changes."""
    files = feed.files(SEED, ROWS)
    market = tmp_path / "market.db"
    shutil.copy(sqlite_template, market)
    engine = create_engine(f"sqlite+aiosqlite:///{market}")
    await feed.build(engine, feed.market(SEED, ROWS), files.clicks)
    await engine.dispose()
    urls = []
    for side in ("reference", "product"):
        shutil.copy(market, tmp_path / f"{side}.db")
        urls.append(f"sqlite+aiosqlite:///{tmp_path / side}.db")
    engines = [create_engine(url) for url in urls]

    for file, now, changes in (
        (files.orders, feed.NOW, True),
        (files.orders, feed.NOW, False),
        (files.daily, feed.TOMORROW, True),
    ):
        trial.reference({"database": urls[0], "file": str(file), "now": now.isoformat()})
        run = await trial.take_in(urls[1], str(file), now)
        assert bool(run.counts.new or run.counts.changed) is changes
        told = await state.demand_equal(*engines)
        assert min(told[table][0] for table in state.TABLES) > 0

    for engine in engines:
        await state.demand_sound(engine)
        await engine.dispose()
