"""Kills processes at any moment, and proves that nothing was lost and nothing done twice.

python -m scripts.bench.crash [--kills 200] [--database sqlite|postgresql] [--seed N] [--json FILE]

A process takes order files in, reads a merchant's API, pays creators, books top-ups and loads
clicks, all at once. It is killed at a seeded moment: after so many beginnings and ends of its
transactions, and a fraction of a second more. The next one goes on, until all is done. After each
kill everything that was acknowledged must be in the books, and the ledger right; in the end the
shop must stand where another one stands for which the same was done by a process that nobody
killed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from core.money import tenge
from core.payouts import PayoutState
from core.ports import UnitOfWorkFactory
from core.runs import RunState
from core.usecases.books import check_ledger
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.leases import LEASE
from db import migrations
from db.engine import create_engine
from db.models import payouts, runs, transfers
from db.uow import unit_of_work_factory
from scripts.bench.crash_process import read
from scripts.bench.crash_shop import (
    CLICK_BATCHES,
    CLICKS,
    EVENING,
    MORNING,
    PAYOUTS,
    SKU,
    TOP_UPS,
    Shop,
    click_id,
    furnish,
    outcome,
)
from scripts.bench.machine import circumstances, publish
from scripts.bench.orders import empty_database
from scripts.sandbox.kaspi import Entry, KaspiFake

TOKEN: Final = "kI6dSzFQ1gGm0pVNsF1x2yJ0aEw8u7h5b3R9cT4oQzE="  # noqa: S105 - the local merchant's
ORDERS: Final = 90  # of the merchant
LONGEST: Final = 80  # signals that a process lives to give at the most
STEPS: Final = [PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.PAID]


@dataclass(slots=True)
class Found:
    """What was done and seen."""

    kills: int = 0
    rounds: int = 0
    lives: int = 0
    checks: int = 0
    acknowledged: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)  # the last signal before each kill


MOMENTS: Final = {"b": "in a transaction", "c": "in a commit", "d": "between", "t": "told"}


class Nursery:
    """The process that forks those that are killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def live(self, life: dict[str, Any], signals: int | None, more: float) -> str | None:
        """Let a process live for so many signals and seconds; its last signal.

        None where it had done everything before, or was not to be killed.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(life).encode() + b"\n")
        await self._process.stdin.drain()
        child, last, heard = 0, "b", 0
        killing: asyncio.Task[None] | None = None
        while True:
            word, _, number = (await self._line()).partition(" ")
            if word == "life":
                child = int(number)
            elif word == "death":
                break
            else:
                last, heard = last if killing else word, heard + 1
            if child and not killing and signals is not None and heard >= signals:
                killing = asyncio.create_task(_kill(child, more))
        if killing:  # too late where the process was through before its moment
            killing.cancel()
            with suppress(asyncio.CancelledError):
                await killing
        status = int(number)
        if status == -signal.SIGKILL:
            return last
        if status:
            raise RuntimeError(f"a process ended by itself: {status}")
        return None

    async def _line(self) -> str:
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the processes' process has ended")
        return line.decode().strip()


async def _kill(child: int, more: float) -> None:
    await asyncio.sleep(more)
    with suppress(ProcessLookupError):  # it ended by itself, and its end is about to be told
        os.kill(child, signal.SIGKILL)


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """A fresh one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scripts.bench.crash_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Nursery(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def merchant(seed: int) -> AsyncIterator[str]:
    """The address of a local Kaspi whose orders stand still."""
    fake = KaspiFake(token=TOKEN, now=lambda: MORNING, seed=seed)
    chance = random.Random(seed)
    for number in range(ORDERS):
        timeline = [
            (timedelta(0), "NEW", "APPROVED_BY_BANK"),
            (timedelta(minutes=30), "KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT"),
            (timedelta(days=2), "ARCHIVE", chance.choice(["COMPLETED", "COMPLETED", "CANCELLED"])),
        ]
        sku = SKU if number % 2 else "LID-1"
        entry = Entry(sku=sku, name="Кружка", category="Cups", price=tenge(4_000 + number * 10))
        placed = MORNING - timedelta(hours=3 * number + 1)
        fake.add_order(str(500_000 + number), placed, timeline, [entry], f"7011{number:06}")
    runner = web.AppRunner(fake.app())
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def database(url: str) -> AsyncIterator[tuple[AsyncEngine, UnitOfWorkFactory]]:
    """A look at the database while no process works on it."""
    engine = create_engine(url)
    try:
        yield engine, unit_of_work_factory(engine)
    finally:
        await engine.dispose()


async def crash(url: str, folder: Path, *, kills: int, seed: int) -> Found:
    """Kill so many times; AssertionError for whatever is lost, double, wrong or different."""
    found, chance = Found(), random.Random(seed)
    async with database(url) as (engine, _):
        await migrations.upgrade(engine)
    async with merchant(seed) as address, nursery() as processes:
        base = {"database": url, "folder": str(folder), "merchant": address}
        while found.kills < kills:
            found.rounds += 1
            async with database(url) as (_, new_uow):
                calm, struck = [
                    await furnish(
                        new_uow,
                        number=2 * found.rounds + which,
                        seed=seed + found.rounds,
                        merchant=f"{address}/shop/api/v2",
                        token=TOKEN,
                    )
                    for which in range(2)
                ]
            for shop in (calm, struck):
                await _live(processes, base, shop, found, chance, kills if shop is struck else 0)
            async with database(url) as (engine, new_uow):
                await demand_equal(engine, new_uow, calm, struck)
    return found


async def _live(
    processes: Nursery,
    base: dict[str, Any],
    shop: Shop,
    found: Found,
    chance: random.Random,
    kills: int,
) -> None:
    """Let processes work for a shop until everything is done."""
    life = 0
    while True:
        now = MORNING + life * (LEASE + timedelta(seconds=1))  # the lease of the dead has ended
        life += 1
        signals, more = None, 0.0
        if found.kills < kills:
            signals = chance.randint(1, LONGEST)
            more = chance.choice([0.0, chance.uniform(0, 0.002), chance.uniform(0, 0.03)])
        told = {**base, "shop": shop.to_json(), "now": now.isoformat()}
        last = await processes.live(told, signals, more)
        file = Path(base["folder"]) / f"told-{shop.brand}"
        if last is None:
            found.acknowledged.update(each["what"] for each in read(file))
            return
        found.lives += 1
        found.kills += 1
        found.moments[MOMENTS[last]] += 1
        async with database(base["database"]) as (engine, new_uow):
            await demand_kept(engine, new_uow, read(file))
        found.checks += 1


async def demand_kept(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, told: list[dict[str, Any]]
) -> None:
    """AssertionError where something that was acknowledged is not in the books."""
    async with engine.connect() as connection:
        stand = dict((await connection.execute(sa.select(payouts.c.id, payouts.c.state))).all())
        rows = await connection.execute(sa.select(runs.c.id, runs.c.state, runs.c.position))
        reached = {row.id: row for row in rows}
        keys = set(await connection.scalars(sa.select(transfers.c.key)))
    for each in told:
        match each["what"]:
            case "payout":
                kept = STEPS.index(PayoutState(stand[each["payout"]]))
                assert kept >= STEPS.index(PayoutState(each["state"])), each
            case "position":
                assert reached[each["run"]].position >= each["position"], each
            case "file" | "sweep":
                assert reached[each["run"]].state == RunState.DONE, each
            case "queued":
                assert each["run"] in reached, each
            case "top up":
                assert any(key.endswith(f":{each['number']}") for key in keys), each
    report = await check_ledger(new_uow)
    assert report.sound, report


async def demand_equal(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, calm: Shop, struck: Shop
) -> None:
    """AssertionError where the shop of the killed does not stand where the other one does."""

    def clock() -> datetime:
        return EVENING

    await release_holds(new_uow, clock)
    await fund_commissions(new_uow, clock)
    undisturbed, disturbed = [await outcome(engine, new_uow, each) for each in (calm, struck)]
    for name in undisturbed:
        assert undisturbed[name] == disturbed[name], (name, undisturbed[name], disturbed[name])
    assert disturbed["unfinished"] == 0
    assert disturbed["payouts"].count(("paid", 500_000)) == PAYOUTS == len(disturbed["payouts"])
    assert disturbed["top ups"] == sorted(map(str, range(TOP_UPS)))
    wanted = [
        click_id(struck, batch, number).partition("-")[2]
        for batch in range(CLICK_BATCHES)
        for number in range(CLICKS)
    ]
    assert disturbed["clicks"] == wanted
    report = await check_ledger(new_uow)
    assert report.sound, report
    if engine.dialect.name == "sqlite":
        async with engine.connect() as connection:
            whole = await connection.exec_driver_sql("PRAGMA integrity_check")
            assert whole.scalars().all() == ["ok"]


def main() -> None:
    """Kill, and print what was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    around, started = circumstances(), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="ul") as folder,
        empty_database(given.database, Path(folder)) as url,
    ):
        found = asyncio.run(crash(url, Path(folder), kills=given.kills, seed=given.seed))
    publish(
        {
            **around,
            "database": given.database,
            "seed": given.seed,
            "kills": found.kills,
            "killed": dict(found.moments),
            "shops": found.rounds,
            "acknowledged": dict(found.acknowledged),
            "lost": 0,  # anything else has ended the program with an AssertionError
            "double": 0,
            "seconds": round(time.monotonic() - started),
        },
        given.json,
    )


if __name__ == "__main__":
    main()
