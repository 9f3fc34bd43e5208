"""Asks for payouts and settles them as fast as it can, saying what it was told, until it is killed.

python -m tests.crash.payout_loop DATABASE_URL CREATOR STAFF IBAN_TAIL
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime

from core.ids import PersonId
from core.money import tenge
from core.payouts import Payout, PayoutState
from core.people import Actor, Locale, Permission
from core.usecases.payouts import approve_payout, request_payout, settle_payout, wallet
from db.engine import create_engine
from db.uow import unit_of_work_factory

AMOUNT = tenge(5_000)
NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)


async def main(url: str, creator_id: int, staff_id: int, tail: str) -> None:
    new_uow = unit_of_work_factory(create_engine(url))
    creator = Actor(id=PersonId(creator_id), telegram_id=1, locale=Locale.KK)
    staff = Actor(
        id=PersonId(staff_id),
        telegram_id=2,
        locale=Locale.KK,
        permissions=frozenset({Permission.FINANCE}),
    )

    def clock() -> datetime:
        return NOON

    payout = (await wallet(new_uow, actor=creator)).open_payout  # left by whoever was killed
    while True:
        if payout is None:
            payout = said(
                await request_payout(new_uow, clock, actor=creator, amount=AMOUNT, iban_tail=tail)
            )
        assert payout.id is not None
        if payout.state is PayoutState.REQUESTED:
            said(await approve_payout(new_uow, clock, actor=staff, payout=payout.id))
        said(await settle_payout(new_uow, clock, actor=staff, payout=payout.id))
        payout = None


def said(payout: Payout) -> Payout:
    """Acknowledge: from here on the payout is known to the outside."""
    os.write(1, f"{payout.id} {payout.state}\n".encode())
    return payout


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
