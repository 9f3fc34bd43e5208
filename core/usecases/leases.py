"""Leases: a run belongs to one worker, for as long as that gives signs of life."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from core.ports import Clock, UnitOfWorkFactory
from core.runs import Run

log: Final = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=2)  # a worker silent for so long is taken for dead
RENEW_SECONDS: Final = 30.0
STALLED_SECONDS: Final = 900.0  # without a batch: even the largest file is looked through by then


class Lease:
    """What keeps a run with its worker: tell it of every batch."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.beat()

    def beat(self) -> None:
        """The run has come further."""
        self._beaten_at = self._loop.time()

    @property
    def stalled(self) -> bool:
        """Whether the worker has been stuck for so long that another should try."""
        return self._loop.time() - self._beaten_at > STALLED_SECONDS


@asynccontextmanager
async def kept(new_uow: UnitOfWorkFactory, clock: Clock, run: Run) -> AsyncIterator[Lease]:
    """Keep the run while the block is at work, however long a batch of it takes.

    A run that is lost all the same (the program stood still) is not missed before the next batch is
    to be written: its epoch is another one then.
    """
    lease, over = Lease(), asyncio.Event()
    renewing = asyncio.create_task(
        _renew(new_uow, clock, run, lease, over), name=f"lease of run {run.id}"
    )
    try:
        yield lease
    finally:
        over.set()
        await asyncio.wait({renewing})


async def _renew(
    new_uow: UnitOfWorkFactory, clock: Clock, run: Run, lease: Lease, over: asyncio.Event
) -> None:
    while not lease.stalled:
        try:
            async with asyncio.timeout(RENEW_SECONDS):
                await over.wait()
            return
        except TimeoutError:
            try:
                async with new_uow(background=True) as uow:
                    if not await uow.runs.renew(run, lease_until=clock() + LEASE):
                        return
                    await uow.commit()
            except Exception as error:  # the next batch will tell whether the run is lost
                log.warning("the lease of run %d: %s", run.id, type(error).__name__)
    log.error("run=%d is stuck: its lease is not renewed any more", run.id)


async def let_go(new_uow: UnitOfWorkFactory, clock: Clock, run: Run) -> None:
    """Leave the run to whoever comes next, at once."""
    async with new_uow() as uow:
        if await uow.runs.hold(run):
            await uow.runs.renew(run, lease_until=clock())
            await uow.commit()
