"""Managers are reminded of files of orders that are due, and say how often they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.ids import BrandId, SourceId
from core.notifications import NoteKind, Notification
from core.orders import ALMATY
from core.people import Actor
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.top import FedByFiles
from core.reminders import REMIND_FROM, Rhythm, derived, due_date, expected

PAGE = 100  # sources looked at in one transaction


async def file_sources(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId
) -> Sequence[FedByFiles]:
    """A brand's sources that are fed by files, for its managers."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return await uow.file_rhythms.of_brand(brand)


async def file_source(new_uow: UnitOfWorkFactory, *, actor: Actor, source: SourceId) -> FedByFiles:
    """One of them."""
    async with new_uow(read_only=True) as uow:
        found = await uow.file_rhythms.get(source)
    actor.demand_brand(found.source.brand)
    return found


async def set_rhythm(
    new_uow: UnitOfWorkFactory, *, actor: Actor, source: SourceId, rhythm: Rhythm | None
) -> FedByFiles:
    """Say how often a file is expected; None: as the last ones came."""
    async with new_uow() as uow:
        actor.demand_brand((await uow.file_rhythms.get(source)).source.brand)
        await uow.file_rhythms.set_rhythm(source, rhythm)
        found = await uow.file_rhythms.get(source)
        if found.days:
            due = expected(found.days[0], found.rhythm, found.days)
            await uow.deadlines.set_due(source, due)
        await uow.commit()
    return found


async def remind_of_files(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Tell managers of files that are due since this morning; returns of how many sources."""
    now = clock()
    if now.astimezone(ALMATY).hour < REMIND_FROM:
        return 0
    reminded = 0
    after: SourceId | None = None
    while True:
        async with new_uow(background=True) as uow:
            fed = await uow.file_rhythms.page(after=after, limit=PAGE)
            for one in fed:
                reminded += await _remind(uow, one, now)
            await uow.commit()
        if len(fed) < PAGE:
            return reminded
        after = fed[-1].source.id


async def _remind(uow: UnitOfWork, fed: FedByFiles, now: datetime) -> bool:
    if not fed.days:  # nothing has come yet: the manager who is about to try needs no reminder
        return False
    due = due_date(
        fed.days[0],
        fed.rhythm or derived(fed.days),
        now.astimezone(ALMATY).date(),
        reminded_for=fed.reminded_for,
    )
    if due is None:
        return False
    source = fed.source
    await uow.file_rhythms.reminded(source.id, due)
    await uow.outbox.add(
        [
            Notification(
                person=manager,
                kind=NoteKind.FILE_DUE,
                key=f"file_due:{source.id}:{due}:{manager}",
                facts={
                    "brand": source.brand,
                    "name": fed.brand_name,
                    "source": source.id,
                    "kind": source.kind,
                    "last": fed.days[0].isoformat(),
                },
            )
            for manager in await uow.brands.managers(source.brand)
        ],
        now=now,
    )
    return True
