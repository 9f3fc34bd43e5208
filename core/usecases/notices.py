"""How a person wants to be told."""

from __future__ import annotations

from dataclasses import replace

from core.errors import NotAllowed
from core.notices import Group, Mode, NoticeSettings, groups_for
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory


async def my_notices(new_uow: UnitOfWorkFactory, *, actor: Actor) -> NoticeSettings:
    """What the actor has chosen, or the default."""
    async with new_uow(read_only=True) as uow:
        return await uow.notices.get(actor.id)


async def set_mode(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, group: Group, mode: Mode
) -> NoticeSettings:
    """Tell the actor what belongs to a group at once, daily or never.

    NotAllowed for a group of another role; BadInput("mode") where silence is not to be had.
    """
    if group not in groups_for(actor):
        raise NotAllowed
    async with new_uow(brief=True) as uow:
        known = await uow.notices.get(actor.id)
        chosen = replace(known, modes={**known.modes, group: mode})
        await uow.notices.save(actor.id, chosen)
        await uow.outbox.wake(actor.id, now=clock())
        await uow.commit()
    return chosen


async def set_hours(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    quiet_from: int | None = None,
    quiet_until: int | None = None,
    daily_at: int | None = None,
) -> NoticeSettings:
    """Change the hours that are given (of Almaty); what is held is decided on anew.

    Equal hours mean that there are no quiet ones. BadInput("hour") beyond 0 to 23.
    """
    async with new_uow(brief=True) as uow:
        known = await uow.notices.get(actor.id)
        chosen = replace(
            known,
            quiet_from=known.quiet_from if quiet_from is None else quiet_from,
            quiet_until=known.quiet_until if quiet_until is None else quiet_until,
            daily_at=known.daily_at if daily_at is None else daily_at,
        )
        await uow.notices.save(actor.id, chosen)
        await uow.outbox.wake(actor.id, now=clock())
        await uow.commit()
    return chosen
