"""Rejected lines: kept encrypted, because they may name buyers, shown with care, forgotten."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.ids import RunId
from core.people import Actor, Permission
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.runs import REJECTED_MAX, KeptLine, Run
from core.sources.base import RejectedLine

KEPT: Final = timedelta(days=90)  # long enough to correct them and to settle a dispute
AT_ONCE: Final = 500  # lines deleted in one transaction

# A phone, however it is cut up, or any other long number of a person (IIN, card).
_PERSONAL: Final = re.compile(r"(?<![\d.,])\+?\d(?:[\s()\u00a0-]{0,2}\d){9,18}(?![\d.,])")


async def keep_rejected(
    uow: UnitOfWork, box: SecretBox, run: Run, rejected: Sequence[RejectedLine]
) -> int:
    """Keep lines that are no orders, as long as there are not too many; returns how many."""
    kept = rejected[: max(0, REJECTED_MAX - run.lines)]
    if kept:
        await uow.runs.reject(run.id, await asyncio.to_thread(_sealed, box, kept))
    return len(kept)


def _sealed(box: SecretBox, lines: Sequence[RejectedLine]) -> list[KeptLine]:
    return [
        KeptLine(line=each.line, reason=each.reason, cipher=box.encrypt(each.text))
        for each in lines
    ]


async def rejected_lines(
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
    *,
    actor: Actor,
    run: RunId,
    after: int = 0,
    limit: int | None = None,
) -> list[RejectedLine]:
    """The lines of a run that were no orders, each with its reason, from behind line `after` on.

    The brand's managers see what they have sent; for staff long numbers, such as buyers' phones,
    are covered.
    """
    async with new_uow(read_only=True) as uow:
        brand = (await uow.runs.get(run)).brand
    if not actor.manages(brand):
        actor.demand(Permission.MODERATION)
    lines = await opened_lines(new_uow, box, run=run, after=after, limit=limit)
    return lines if actor.manages(brand) else [covered(line) for line in lines]


async def opened_lines(
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
    *,
    run: RunId,
    after: int = 0,
    limit: int | None = None,
) -> list[RejectedLine]:
    """The same for whoever has the command line, and with it everything."""
    async with new_uow(read_only=True) as uow:
        lines = await uow.runs.rejected(run, after=after, limit=limit)
    return await asyncio.to_thread(_opened, box, lines)


def _opened(box: SecretBox, lines: Sequence[KeptLine]) -> list[RejectedLine]:
    opened = []
    for each in lines:
        text = each.text
        if each.cipher is not None:
            try:
                text = box.decrypt(each.cipher)
            except ValueError:  # under a key that was thrown away
                text = ""
        opened.append(RejectedLine(line=each.line, reason=each.reason, text=text))
    return opened


def covered(line: RejectedLine) -> RejectedLine:
    """The line without phones: of a long number only the last two digits are left."""
    return replace(line, text=_PERSONAL.sub(lambda found: "•••" + found[0][-2:], line.text))


async def forget_rejected(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Delete rejected lines of runs that ended long ago; returns how many."""
    forgotten, gone = 0, 1
    while gone:
        async with new_uow(background=True) as uow:
            gone = await uow.runs.forget_rejected(clock() - KEPT, limit=AT_ONCE)
            await uow.commit()
        forgotten += gone
    return forgotten
