"""A process that is killed in the middle of payouts loses none it told of and pays none twice."""

from __future__ import annotations

import asyncio
import random
import signal
import sys

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.money import Money, tenge
from core.payouts import PayoutState
from core.ports import UnitOfWorkFactory
from core.usecases.books import check_ledger
from core.usecases.payouts import wallet
from db.models import payouts, transfers
from tests.conftest import FrozenClock
from tests.crash.payout_loop import AMOUNT
from tests.usecases.money_builders import TAIL, a_rich_creator, an_accountant
from tests.usecases.order_builders import a_shop

ROUNDS = 4
LONGEST = 0.4  # seconds that a process lives after it has begun to pay
FORTUNE = tenge(50_000_000)
STEPS = [PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.PAID]


async def run_and_kill(url: str, creator: int, staff: int) -> dict[int, PayoutState]:
    """Let payouts be made for a moment; returns the last state that was told of each."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.crash.payout_loop",
        url,
        str(creator),
        str(staff),
        TAIL,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline()]
    assert lines[0], "it ended before it began"
    await asyncio.sleep(random.uniform(0, LONGEST))
    process.send_signal(signal.SIGKILL)
    lines += (await process.stdout.read()).splitlines()
    assert await process.wait() == -signal.SIGKILL
    told: dict[int, PayoutState] = {}
    for line in lines:
        payout, state = line.decode().split()
        told[int(payout)] = PayoutState(state)
    return told


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_paid_twice(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine, database_url: str
) -> None:
    shop = await a_shop(new_uow, clock, funds=FORTUNE + FORTUNE)
    creator = await a_rich_creator(new_uow, clock, shop, FORTUNE)
    staff = await an_accountant(new_uow, clock)
    told: dict[int, PayoutState] = {}

    for _ in range(ROUNDS):
        told |= await run_and_kill(database_url, creator.id, staff.id)

        found = await check_ledger(new_uow)
        assert found.sound, found
        async with engine.connect() as connection:
            kept = {
                row.id: PayoutState(row.state)
                for row in await connection.execute(sa.select(payouts.c.id, payouts.c.state))
            }
        for payout, state in told.items():
            assert STEPS.index(kept[payout]) >= STEPS.index(state)

    async with engine.connect() as connection:
        paid = await connection.scalar(
            sa.select(sa.func.count()).where(transfers.c.kind == "payout_paid")
        )
    states = list(kept.values())
    assert paid == states.count(PayoutState.PAID) >= ROUNDS
    assert len(states) - states.count(PayoutState.PAID) <= 1  # at most one is under way
    view = await wallet(new_uow, actor=creator)
    assert view.paid == Money(AMOUNT.minor * paid)
    assert view.available + view.reserved + view.paid == FORTUNE
