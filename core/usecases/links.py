"""Where a creator's link leads, and the clicks that the web application has gathered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.links import Click, LinkTarget
from core.ports import Clock, UnitOfWorkFactory

BATCH: Final = 2_000  # clicks stored in one transaction: people's taps wait no longer than that


async def link_target(new_uow: UnitOfWorkFactory, clock: Clock, slug: str) -> LinkTarget | None:
    """Where the slug leads now, active or not; None for a slug that was never given out."""
    async with new_uow(read_only=True) as uow:
        return (await uow.links.targets([slug], now=clock())).get(slug)


async def link_targets(
    new_uow: UnitOfWorkFactory, clock: Clock, slugs: Sequence[str]
) -> dict[str, LinkTarget]:
    """Where many slugs lead now; unknown ones are left out.

    Code and texts are there for links that have a page: the others lead on at once.
    """
    async with new_uow(read_only=True) as uow:
        return await uow.links.targets(slugs, now=clock(), pages_only=True)


async def store_clicks(new_uow: UnitOfWorkFactory, clicks: Sequence[Click]) -> int:
    """Store a gathered batch, each click once; returns how many were not stored before."""
    stored = 0
    for start in range(0, len(clicks), BATCH):
        async with new_uow(background=True) as uow:
            stored += await uow.links.store_clicks(clicks[start : start + BATCH])
            await uow.commit()
    return stored
