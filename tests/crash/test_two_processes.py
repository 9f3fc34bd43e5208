"""Two processes on PostgreSQL at once: they end where one after the other ends."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from core.commissions import CommissionState
from core.money import tenge
from core.orders import OrderStatus
from core.ports import UnitOfWorkFactory
from core.usecases.books import check_ledger
from core.usecases.commissions import fund_commissions, release_holds
from core.usecases.funds import top_up
from db.engine import create_engine
from db.uow import unit_of_work_factory
from scripts.bench.crash_shop import EVENING, Shop, furnish, outcome
from tests.conftest import FrozenClock, PostgresServer
from tests.usecases.money_builders import an_accountant, at_once
from tests.usecases.order_builders import TEN_PERCENT, a_shop, an_order, known_orders, report

Worker = asyncio.subprocess.Process
Jobs = list[tuple[Shop, int]]


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as address:
        yield address


@asynccontextmanager
async def worker(url: str) -> AsyncIterator[Worker]:
    """A process that takes files in."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.file_worker",
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        assert await process.wait() == 0


async def work(process: Worker, jobs: Jobs) -> None:
    """Let it take these days of these shops in."""
    assert process.stdin is not None
    assert process.stdout is not None
    told = json.dumps([(shop.to_json(), day) for shop, day in jobs])
    process.stdin.write(told.encode() + b"\n")
    assert await process.stdout.readline() == b"done\n"


async def left(url: str, shops: tuple[Shop, Shop]) -> list[dict[str, Any]]:
    """What came of both shops, whichever file came first."""
    engine = create_engine(url)
    new_uow = unit_of_work_factory(engine)
    await release_holds(new_uow, lambda: EVENING)
    found = [await outcome(engine, new_uow, shop) for shop in shops]
    for each in found:
        # Which of two files brought an order is a matter of turns; that none is lost is not.
        each["files"] = sorted((name, lines) for name, _, lines in each["files"])
        assert each["unfinished"] == 0
    report = await check_ledger(new_uow)
    assert report.sound, report
    await engine.dispose()
    return found


@pytest.mark.timeout(240)
async def test_overlapping_files_of_two_processes_end_as_one_after_the_other(url: str) -> None:
    """Two brands with the same creators; each brand's orders are in files of both processes."""
    engine = create_engine(url)
    new_uow = unit_of_work_factory(engine)
    pairs = []
    for number in (1, 3):
        first = await furnish(new_uow, number=number, seed=7, merchant="", token="t")
        second = await furnish(
            new_uow, number=number + 1, seed=8, merchant="", token="t", beside=first
        )
        pairs.append((first, second))
    await engine.dispose()
    (one, other), (brand, neighbour) = pairs

    async with AsyncExitStack() as both:
        left_hand, right_hand = [await both.enter_async_context(worker(url)) for _ in range(2)]
        await work(left_hand, [(shop, day) for shop in (one, other) for day in range(4)])
        await asyncio.gather(
            work(left_hand, [(brand, 0), (neighbour, 1), (brand, 3), (neighbour, 2)]),
            work(right_hand, [(brand, 1), (neighbour, 0), (neighbour, 3), (brand, 2)]),
        )

    in_turn, at_once = await left(url, (one, other)), await left(url, (brand, neighbour))
    assert at_once == in_turn


async def test_sums_that_come_to_nothing_and_come_back_at_once_stay_right(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    """A row of sums is deleted by whoever empties it, while others add to the same row."""
    shop = await a_shop(new_uow, clock, TEN_PERCENT, funds=tenge(10_000))
    staff = await an_accountant(new_uow, clock)
    numbers = [str(number) for number in range(12)]
    for turn in range(4):
        clock.advance(days=15)
        since = clock() - timedelta(hours=1)
        batches = [numbers[start::3] for start in range(3)]
        sold = [
            report(
                new_uow,
                clock,
                shop,
                *(
                    an_order(f"{turn}-{n}", OrderStatus.APPROVED, shop.code, changed=clock())
                    for n in batch
                ),
            )
            for batch in batches
        ]
        lost = [
            report(
                new_uow,
                clock,
                shop,
                *(
                    an_order(f"{turn - 1}-{n}", OrderStatus.RETURNED, shop.code, changed=since)
                    for n in batch[::2]
                ),
            )
            for batch in batches
            if turn
        ]
        paid_in = top_up(
            new_uow,
            clock,
            actor=staff,
            brand=shop.brand.id,
            amount=tenge(9_000),
            key=f"turn {turn}",
        )
        sweeps = [sweep(new_uow, clock) for sweep in (release_holds, fund_commissions) * 2]
        done = await at_once(new_uow, *sold, *lost, paid_in, *sweeps)
        assert [each for each in done if isinstance(each, BaseException)] == []

        found = await check_ledger(new_uow)
        assert found.sound, found

    rows = (await known_orders(new_uow, shop)).values()
    gone = {CommissionState.VOID, CommissionState.CLAWED_BACK}
    assert sum(row.commission_state in gone for row in rows) == 3 * 6
