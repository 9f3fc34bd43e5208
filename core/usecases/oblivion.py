"""Somebody asks to be forgotten."""

from __future__ import annotations

from core.buyers import Duty, Forgotten
from core.people import Actor, CreatorState
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.buyers import erase


async def duties_of(new_uow: UnitOfWorkFactory, *, actor: Actor) -> frozenset[Duty]:
    """Why the actor cannot be forgotten whole; empty for somebody who is only a buyer."""
    async with new_uow(read_only=True) as uow:
        return await _duties(uow, actor)


async def forget_me(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor) -> Forgotten:
    """Erase everything personal of somebody who is only a buyer.

    Name, Telegram id and language go, visits and phone, what they wrote to support and what was
    written to them. Orders that were credited, and that there was a consent, stay under a number
    that is nobody's. Whoever has duties loses nothing: the answer says which. A newcomer with the
    same Telegram id is somebody new.
    """
    async with new_uow(read_only=True, background=True) as uow:
        notes, last = await uow.oblivion.notes_about(actor.id)
    async with new_uow() as uow:
        now = clock()
        duties = await _duties(uow, actor)
        if duties:
            return Forgotten(duties=duties)
        newer, _ = await uow.oblivion.notes_about(actor.id, after=last)
        erased = await erase(uow, actor, now=now)
        if actor.creator is not None:
            await uow.oblivion.drop_profile(actor.id)
        await uow.oblivion.forget(actor.id, [*notes, *newer], now=now)
        await uow.audit.write(
            actor.id,
            "person_forgotten",
            "person",
            actor.id,
            now=now,
            facts={"visits": erased.visits, "phone": erased.phone, "claims": erased.claims},
        )
        await uow.commit()
    return Forgotten(erased=erased)


async def _duties(uow: UnitOfWork, actor: Actor) -> frozenset[Duty]:
    found = set()
    if actor.creator is not None:
        began = actor.creator is CreatorState.NEW
        if not began or await uow.oblivion.has_a_past(actor.id):
            found.add(Duty.CREATOR)
    if actor.brands:
        found.add(Duty.MANAGER)
    if actor.permissions:
        found.add(Duty.STAFF)
    return frozenset(found)
