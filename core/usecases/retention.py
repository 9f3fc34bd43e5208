"""Deleting what nobody asks for any more: at night, in small transactions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.retention import Retention, is_night

AT_ONCE: Final = 500  # rows that one transaction looks at
ROUNDS: Final = 200  # transactions of one sweep for each kind; the next sweep goes on


async def forget_old(new_uow: UnitOfWorkFactory, clock: Clock, *, keep: Retention) -> int:
    """Delete what is past its time, at night; returns how many rows.

    A sweep that is killed has deleted whole portions, and the next one goes on.
    """
    now = clock()
    if not is_night(now):
        return 0
    old, untouched = now - keep.messages, now - keep.drafts
    return (
        await _messages(new_uow, lambda uow, after: uow.outbox.forget(old, after, AT_ONCE))
        + await _portions(new_uow, lambda uow: uow.broadcasts.forget_deliveries(old, AT_ONCE))
        + await _portions(new_uow, lambda uow: uow.forms.forget(untouched, AT_ONCE))
        + await _portions(new_uow, lambda uow: uow.brands.forget_invitations(untouched, AT_ONCE))
    )


async def _messages(
    new_uow: UnitOfWorkFactory,
    forget: Callable[[UnitOfWork, int], Awaitable[tuple[int, int | None]]],
) -> int:
    """Walk from the oldest message on until they are too new to go."""
    gone = 0
    after: int | None = 0
    for _ in range(ROUNDS):
        if after is None:
            break
        async with new_uow(background=True) as uow:
            deleted, after = await forget(uow, after)
            await uow.commit()
        gone += deleted
    return gone


async def _portions(
    new_uow: UnitOfWorkFactory, forget: Callable[[UnitOfWork], Awaitable[int]]
) -> int:
    gone = 0
    for _ in range(ROUNDS):
        async with new_uow(background=True) as uow:
            deleted = await forget(uow)
            await uow.commit()
        gone += deleted
        if not deleted:
            break
    return gone
