"""Takes a queued file in, saying after each batch how far it is, until it is killed.

python -m tests.crash.import_run DATABASE_URL RUN NOW
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime

from core.ids import RunId
from core.runs import Run
from core.usecases import imports
from core.usecases.imports import execute_run
from db.engine import create_engine
from db.uow import unit_of_work_factory
from tests.usecases.order_builders import BOX

BATCH_ROWS = 20  # many batches, so that there are many moments to be killed at


async def main(url: str, run: int, now: datetime) -> None:
    imports.BATCH_ROWS = BATCH_ROWS  # type: ignore[misc]
    engine = create_engine(url)

    async def said(at: Run) -> None:
        os.write(1, f"{at.position}\n".encode())

    await execute_run(unit_of_work_factory(engine), lambda: now, BOX, run=RunId(run), progress=said)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
