"""The top list: who agreed to be seen, who stands where, and the sweep that counts."""

from __future__ import annotations

from core.errors import BadInput
from core.people import Actor, Category
from core.ports import Clock, UnitOfWorkFactory
from core.top import MONTHS_BACK, SHOWN, Top, month_before
from core.usecases.referrals import demand_profile


async def top_list(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    category: Category | None = None,
    back: int = 0,
) -> Top:
    """The list of a category (the creator's first one unless told) and month, for creators.

    BadInput("month") beyond the months that are kept.
    """
    if not 0 <= back <= MONTHS_BACK:
        raise BadInput("month")
    month = month_before(clock(), back)
    async with new_uow(read_only=True) as uow:
        await demand_profile(uow, actor)
        if category is None:
            own = (await uow.creators.get(actor.id)).categories
            category = own[0] if own else next(iter(Category))
        place, orders = await uow.top.standing(month, category, actor.id)
        return Top(
            month=month,
            category=category,
            places=tuple(await uow.top.places(month, category, SHOWN)),
            own_place=place,
            own_orders=orders,
            seen=await uow.top.agreed(actor.id),
        )


async def set_seen(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, seen: bool) -> None:
    """Let the creator be seen in the list from now on, or at once no more."""
    async with new_uow() as uow:
        await demand_profile(uow, actor)
        now = clock()
        if await uow.top.agreed(actor.id) != seen:
            if seen:
                actor.demand_creator()
                await uow.top.agree(actor.id, now=now)
            else:
                await uow.top.withdraw(actor.id)
            action = "top_consent_given" if seen else "top_consent_withdrawn"
            await uow.audit.write(actor.id, action, "person", actor.id, now=now)
            await uow.commit()


async def count_top(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Count the places of the months that can be looked at; returns how many there are."""
    counted = 0
    for back in range(MONTHS_BACK + 1):
        async with new_uow(background=True) as uow:
            counted += await uow.top.count(month_before(clock(), back))
            await uow.commit()
    return counted
