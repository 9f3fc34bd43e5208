"""Takes files of shops in, as told by lines of JSON, beside another process that does the same.

python -m tests.crash.file_worker DATABASE_URL
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from core.errors import SourceBusy
from core.ports import UnitOfWorkFactory
from core.usecases import imports
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.imports import execute_run
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts.bench.crash_shop import BOX, MORNING, Shop, file_of, queue

BATCH_ROWS = 20  # many transactions, so that those of two processes often meet


def clock() -> Any:
    return MORNING


async def take_in(new_uow: UnitOfWorkFactory, shop: Shop, day: int) -> None:
    """One file; while the other process reads the same source it waits for its turn."""
    run = await queue(new_uow, clock, shop, f"day {day}.csv", file_of(shop, day))
    while True:
        try:
            await execute_run(new_uow, clock, BOX, run=run.id)
            return
        except SourceBusy:
            await asyncio.sleep(0.01)


async def main(url: str) -> None:
    imports.BATCH_ROWS = BATCH_ROWS  # type: ignore[misc]
    engine = create_engine(url)
    new_uow = unit_of_work_factory(engine)
    for line in sys.stdin:
        for shop, day in json.loads(line):
            await take_in(new_uow, Shop.of(shop), day)
            await release_holds(new_uow, clock)
            await fund_commissions(new_uow, clock)
        os.write(1, b"done\n")
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
