"""The process that the crash test kills: it does everything that a shop asks for, all at once.

python -m scripts.bench.crash_process

Reads lives from its input, a line of JSON each, and forks a process for each: to import the program
anew takes longer than most of them live. What a process has been told as done it writes down in a
file, outside of the database. To its output it tells when it begins and ends transactions, so that
whoever kills it can choose the moment.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.http_client import HttpClient
from bot.web.clicks import ClickSpool
from core.ids import BrandId, LinkId, RunId, SourceId
from core.links import Click
from core.money import tenge
from core.payouts import MINIMUM, Payout, PayoutState
from core.people import Locale
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.runs import Run, RunState
from core.usecases import imports
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.funds import top_up
from core.usecases.imports import (
    execute_run,
    resume_runs,
    run_card,
)
from core.usecases.links import store_clicks
from core.usecases.payouts import (
    approve_payout,
    my_payouts,
    request_payout,
    settle_payout,
)
from core.usecases.syncs import sync_source
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts.bench.crash_shop import (
    BOX,
    CLICK_BATCHES,
    CLICKS,
    FILES,
    IBAN,
    PAYOUTS,
    SWEEPS,
    TOP_UPS,
    Shop,
    click_id,
    file_of,
    queue,
)

BATCH_ROWS: Final = 20  # many transactions, so that there are many moments to be killed at
BEGUN, COMMITTING, COMMITTED, TOLD = b"b", b"c", b"d", b"t"  # what is told, a line each


class Acknowledgements:
    """What was told as done, a line of JSON each, on the disk before anything else happens."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.told = read(file)

    def tell(self, what: str, **facts: Any) -> None:
        """Write it down."""
        line = json.dumps({"what": what, **facts}) + "\n"
        os.write(self._file, line.encode())
        os.fsync(self._file)
        signal(TOLD)

    def has(self, what: str, **facts: Any) -> bool:
        """Whether it was told, in this life or an earlier one."""
        wanted = {"what": what, **facts}.items()
        return any(wanted <= told.items() for told in self.told)

    def found(self, what: str, **facts: Any) -> dict[str, Any] | None:
        """The last that was told of it."""
        wanted = {"what": what, **facts}.items()
        return next((told for told in reversed(self.told) if wanted <= told.items()), None)


def read(file: Path) -> list[dict[str, Any]]:
    """The acknowledgements that are whole."""
    if not file.exists():
        return []
    *lines, _ = file.read_bytes().split(b"\n")  # the last one may have been cut off
    return [json.loads(line) for line in lines]


def signal(what: bytes) -> None:
    """Tell whoever waits to kill this process."""
    os.write(1, what + b"\n")


def observed(new_uow: UnitOfWorkFactory) -> UnitOfWorkFactory:
    """Units of work that tell when they begin and when they commit."""

    @asynccontextmanager
    async def telling(**kind: bool) -> AsyncIterator[UnitOfWork]:
        async with new_uow(**kind) as uow:
            if not kind.get("read_only"):
                signal(BEGUN)
                commit = uow.commit

                async def committing() -> None:
                    signal(COMMITTING)
                    await commit()
                    signal(COMMITTED)

                uow.commit = committing  # type: ignore[method-assign]
            yield uow

    return telling


class Life:
    """One process at work for a shop, from wherever those before it were killed."""

    def __init__(
        self,
        shop: Shop,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        spool: ClickSpool,
        fetch: HttpClient,
        told: Acknowledgements,
    ) -> None:
        self._shop = shop
        self._new_uow = new_uow
        self._clock = clock
        self._spool = spool
        self._fetch = fetch
        self._told = told

    async def work(self) -> None:
        """Everything at once, as in a bot."""
        await resume_runs(self._new_uow, self._clock, BOX)
        async with asyncio.TaskGroup() as group:
            for task in (self._files, self._sweeps, self._payouts, self._top_ups, self._clicks):
                group.create_task(task())

    async def _files(self) -> None:
        for day in range(FILES):
            if not self._told.has("file", day=day):
                run = await self._file(day)
                self._told.tell("file", day=day, run=run)
            await release_holds(self._new_uow, self._clock)
            await fund_commissions(self._new_uow, self._clock)

    async def _file(self, day: int) -> RunId:
        if begun := self._told.found("queued", day=day):
            run = RunId(begun["run"])
            view = await run_card(self._new_uow, actor=self._shop.owner, run=run)
            if view.run.state is RunState.DONE:
                return run
        else:
            file = file_of(self._shop, day)
            queued = await queue(self._new_uow, self._clock, self._shop, f"day {day}.csv", file)
            run = queued.id
            self._told.tell("queued", day=day, run=run)

        async def progress(at: Run) -> None:
            self._told.tell("position", run=at.id, position=at.position)

        await execute_run(self._new_uow, self._clock, BOX, run=run, progress=progress)
        return run

    async def _sweeps(self) -> None:
        for sweep in range(SWEEPS):
            while not self._told.has("sweep", sweep=sweep):
                run = await sync_source(
                    self._new_uow,
                    self._clock,
                    BOX,
                    self._fetch,
                    _hurry,
                    source=SourceId(self._shop.source),
                )
                if run.state is RunState.DONE:
                    self._told.tell("sweep", sweep=sweep, run=run.id)
                    break

    async def _payouts(self) -> None:
        creator, staff = self._shop.creator, self._shop.accountant
        while True:
            made = await my_payouts(self._new_uow, actor=creator, after=None, limit=100)
            left = [
                each for each in made if each.state in (PayoutState.REQUESTED, PayoutState.APPROVED)
            ]
            if not left and len(made) >= PAYOUTS:
                return
            payout = (
                left[0]
                if left
                else await request_payout(
                    self._new_uow, self._clock, actor=creator, amount=MINIMUM, iban_tail=IBAN[-4:]
                )
            )
            self._tell(payout)
            assert payout.id is not None
            for decide in (approve_payout, settle_payout):
                if decide is settle_payout or payout.state is PayoutState.REQUESTED:
                    done = await decide(self._new_uow, self._clock, actor=staff, payout=payout.id)
                    self._tell(done)

    def _tell(self, payout: Payout) -> None:
        self._told.tell("payout", payout=payout.id, state=payout.state)

    async def _top_ups(self) -> None:
        for number in range(TOP_UPS):
            if not self._told.has("top up", number=number):
                await top_up(
                    self._new_uow,
                    self._clock,
                    actor=self._shop.accountant,
                    brand=BrandId(self._shop.brand),
                    amount=tenge(1_000),
                    key=str(number),
                )
                self._told.tell("top up", number=number)

    async def _clicks(self) -> None:
        for batch in range(CLICK_BATCHES):
            if not self._told.has("clicks", batch=batch):
                for number in range(CLICKS):
                    self._spool.record(
                        Click(
                            id=click_id(self._shop, batch, number),
                            link_id=LinkId(self._shop.link),
                            at=self._clock(),
                            visitor="5f" * 16,
                            lang=Locale.KK,
                            counted=True,
                        )
                    )
                await self._spool.flush()
                self._told.tell("clicks", batch=batch)
            await self._load()

    async def _load(self) -> None:
        async def load(clicks: Sequence[Click]) -> None:
            await store_clicks(self._new_uow, clicks)

        await self._spool.drain(load)
        self._told.tell("loaded")


async def _hurry(seconds: float) -> None:
    """The local merchant needs no sparing."""


async def live(life: dict[str, Any]) -> None:
    """Work until everything is done or the process is killed."""
    imports.BATCH_ROWS = BATCH_ROWS  # type: ignore[misc]
    folder, now = Path(life["folder"]), datetime.fromisoformat(life["now"])

    def clock() -> datetime:
        return now

    shop = Shop.of(life["shop"])
    engine = create_engine(life["database"])
    new_uow = observed(unit_of_work_factory(engine))
    async with (
        ClickSpool(folder / "clicks", clock, flush_seconds=0.01) as spool,
        HttpClient(local=[life["merchant"]]) as fetch,
    ):
        told = Acknowledgements(folder / f"told-{shop.brand}")
        await Life(shop, new_uow, clock, spool, fetch, told).work()
    await engine.dispose()


def main() -> None:
    """Fork a process for each life, one after the other."""
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            status = 1
            try:
                asyncio.run(live(json.loads(line)))
                status = 0
            finally:
                sys.stderr.flush()
                os._exit(status)
        os.write(1, f"life {child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(1, f"death {os.waitstatus_to_exitcode(status)}\n".encode())


if __name__ == "__main__":
    main()
