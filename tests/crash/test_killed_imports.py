"""A process that is killed in the middle of an import: the next one ends it as if nothing was."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from datetime import datetime

import pytest

from core.ports import UnitOfWorkFactory
from core.runs import Run, RunState
from core.usecases import imports
from core.usecases.books import check_ledger
from core.usecases.imports import resume_runs, run_card
from core.usecases.leases import LEASE
from core.usecases.rejects import rejected_lines
from tests.conftest import FrozenClock
from tests.crash.import_run import BATCH_ROWS
from tests.sources.spreadsheets import table
from tests.usecases.order_builders import BOX, Shop, a_shop, books, known_orders
from tests.usecases.test_imports import HEADER, queued, sent, taken_in

ORDERS = 900
ROUNDS = 4
STATUSES = ("Выполнен", "Новый", "Возврат", "Отменен")


def a_file() -> bytes:
    """Orders in every state, some of them with several rows, some of the lines broken."""
    lines = [
        f"{1000 + n};21.11.2026 12:{n % 60:02};{9_000 + n};{STATUSES[n % 4]};"
        f"{'' if n % 3 else 'AIGERIM10'}"
        for n in range(ORDERS)
    ]
    lines[50:50] = ["1;вчера;1;Новый;", lines[7]]
    lines[400:400] = ["2;21.11.2026;много;Новый;", *lines[10:14]]
    return table(HEADER, *lines)


async def run_and_kill(url: str, run: Run, now: datetime) -> int:
    """Let the file be taken in for a few batches; returns how far it is said to have come."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.import_run",
        url,
        str(run.id),
        now.isoformat(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(random.randint(1, 5))]
    await asyncio.sleep(random.uniform(0, 0.02))
    process.send_signal(signal.SIGKILL)
    said += (await process.stdout.read()).splitlines()
    assert await process.wait() == -signal.SIGKILL
    return int(said[-1])


async def test_killed_at_any_moment_an_import_ends_like_an_undisturbed_one(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calm, struck = await a_shop(new_uow, clock), await a_shop(new_uow, clock)
    undisturbed = await taken_in(new_uow, clock, calm, a_file())
    run = await queued(new_uow, clock, struck, await sent(new_uow, clock, struck, a_file()))
    positions = []

    for _ in range(ROUNDS):
        said = await run_and_kill(database_url, run, clock())
        run = (await run_card(new_uow, actor=struck.manager, run=run.id)).run
        assert run.position >= said, "what was told was not kept"
        assert (await check_ledger(new_uow)).sound
        positions.append(run.position)
        clock.now += LEASE
    monkeypatch.setattr(imports, "BATCH_ROWS", BATCH_ROWS)
    assert await resume_runs(new_uow, clock, BOX) == 1

    assert 0 < positions[0] < positions[-1] < ORDERS
    done = (await run_card(new_uow, actor=struck.manager, run=run.id)).run
    assert (done.state, done.counts) == (RunState.DONE, undisturbed.counts)
    assert await outcome(new_uow, struck, done) == await outcome(new_uow, calm, undisturbed)


async def outcome(new_uow: UnitOfWorkFactory, shop: Shop, run: Run) -> object:
    """What a shop's import has left, whatever the ids."""
    orders = [
        (number, row.status, row.net, row.commission, row.commission_state, row.hold_until)
        for number, row in sorted((await known_orders(new_uow, shop)).items())
    ]
    money = await books(new_uow, shop)
    return (
        orders,
        (money.funds, money.pending, money.available),
        await rejected_lines(new_uow, BOX, actor=shop.manager, run=run.id),
    )
