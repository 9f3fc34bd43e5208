"""Rejected lines: kept encrypted, because they may name buyers, shown with care, forgotten."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from core.ids import RunId
from core.people import Actor, Permission
from core.ports import Clock, FileCipher, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.runs import REJECTED_MAX, KeptLine, Run
from core.sources.base import RejectedLine

KEPT: Final = timedelta(days=90)  # long enough to correct them and to settle a dispute
AT_ONCE: Final = 500  # lines deleted in one transaction

# A phone, however it is cut up, or any other long number of a person (IIN, card).
_PERSONAL: Final = re.compile(r"(?<![\d.,])\+?\d(?:[ ()\u00a0-]{0,2}\d){9,18}(?![\d.,])")


async def keep_rejected(
    uow: UnitOfWork, box: SecretBox, run: Run, rejected: Sequence[RejectedLine]
) -> int:
    """Keep lines that are no orders, as long as there are not too many; returns how many."""
    kept = rejected[: max(0, REJECTED_MAX - run.lines)]
    if kept:
        key = run.lines_key
        if key is None:
            key = box.new_file_key()
            await uow.runs.set_lines_key(run.id, key)
        await uow.runs.reject(run.id, await asyncio.to_thread(_sealed, box.of_file(key), kept))
    return len(kept)


def _sealed(cipher: FileCipher, lines: Sequence[RejectedLine]) -> list[KeptLine]:
    return [
        KeptLine(
            line=each.line,
            reason=each.reason,
            cipher=cipher.seal(each.line, each.text.encode("utf-8", "replace")),
        )
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
        key = (await uow.runs.get(run)).lines_key
        lines = await uow.runs.rejected(run, after=after, limit=limit)
    return await asyncio.to_thread(_opened, box, key, lines)


def _opened(box: SecretBox, key: bytes | None, lines: Sequence[KeptLine]) -> list[RejectedLine]:
    try:
        cipher = None if key is None else box.of_file(key)
    except ValueError:  # its secret key was thrown away: numbers and reasons are left
        cipher = None
    return [
        RejectedLine(line=each.line, reason=each.reason, text=_text(cipher, each)) for each in lines
    ]


def _text(cipher: FileCipher | None, line: KeptLine) -> str:
    if line.cipher is None or cipher is None:
        return line.text
    return cipher.open(line.line, line.cipher).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPage:
    """A page of lines that were not taken, phones covered; `reasons` count those of all pages.

    `following` is the line behind which the next page begins.
    """

    run: Run
    reasons: Sequence[tuple[str, int]]
    lines: Sequence[RejectedLine]
    following: int | None


async def rejected_page(
    new_uow: UnitOfWorkFactory,
    box: SecretBox,
    *,
    actor: Actor,
    run: RunId,
    after: int = 0,
    limit: int = 5,
) -> RejectedPage:
    """Lines of a run that were no orders, for the brand's managers and the staff."""
    lines = await rejected_lines(new_uow, box, actor=actor, run=run, after=after, limit=limit + 1)
    async with new_uow(read_only=True) as uow:
        return RejectedPage(
            run=await uow.runs.get(run),
            reasons=await uow.runs.reasons(run),
            lines=[covered(line) for line in lines[:limit]],
            following=lines[limit - 1].line if len(lines) > limit else None,
        )


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
