"""The audit log as the staff search and take it away."""

from __future__ import annotations

from collections.abc import AsyncIterator

from core.audit import AuditEntry, AuditFilter, actions, topics
from core.errors import NotAllowed, NotFound
from core.ids import PersonId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory

EXPORT_PAGE = 1_000  # entries read at a time for a file


async def search_audit(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    wanted: AuditFilter,
    after: int | None,
    limit: int,
) -> tuple[list[AuditEntry], int | None]:
    """Entries that the actor may read, newest first, and the id to page from."""
    demand_reader(actor)
    async with new_uow(read_only=True) as uow:
        found = await uow.audit.search(
            wanted, actions=actions(actor, wanted.topic), after=after, limit=limit + 1
        )
    shown = list(found[:limit])
    return shown, shown[-1].id if len(found) > limit else None


async def audit_entry(new_uow: UnitOfWorkFactory, *, actor: Actor, entry: int) -> AuditEntry:
    """One entry; NotFound("entry") also where the actor may not read it."""
    demand_reader(actor)
    async with new_uow(read_only=True) as uow:
        found = await uow.audit.entry(entry)
    allowed = actions(actor, None)
    if allowed is not None and found.action not in allowed:
        raise NotFound("entry")
    return found


async def record_export(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, wanted: AuditFilter
) -> None:
    """Note that the actor takes entries away, before they do."""
    demand_reader(actor)
    async with new_uow() as uow:
        await uow.audit.write(
            actor.id,
            "audit_exported",
            "person",
            actor.id,
            now=clock(),
            facts={"topic": wanted.topic, "by": wanted.by, "object": wanted.object},
        )
        await uow.commit()


async def export_audit(
    new_uow: UnitOfWorkFactory, *, actor: Actor, wanted: AuditFilter
) -> AsyncIterator[list[AuditEntry]]:
    """Everything that the search finds, in pages, newest first."""
    after: int | None = None
    while True:
        page, after = await search_audit(
            new_uow, actor=actor, wanted=wanted, after=after, limit=EXPORT_PAGE
        )
        if page:
            yield page
        if after is None:
            return


async def name_of(new_uow: UnitOfWorkFactory, *, actor: Actor, person: PersonId) -> str:
    """What somebody of the log is called; empty for a stranger."""
    demand_reader(actor)
    async with new_uow(read_only=True) as uow:
        found = await uow.people.many([person])
    return found[person].name if person in found else ""


def demand_reader(actor: Actor) -> None:
    """Raise NotAllowed unless there is something that the actor may read."""
    if not topics(actor):
        raise NotAllowed
