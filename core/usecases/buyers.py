"""A buyer comes by a creator's link: what they find there, and the visit that is kept of it."""

from __future__ import annotations

from datetime import datetime

from core.buyers import Visit
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.links import link_target


async def visit_link(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    slug: str,
    at: datetime | None = None,
) -> Visit:
    """What is behind a link now; `at` is Telegram's time of a visit, which is kept as a touch.

    The same visit again is kept once. None is kept of whoever only looks again (no `at`), of the
    creator whose link it is, and where the offer has ended. A link that is switched off leads on,
    and its visits are the main link's, as its clicks are.
    """
    target = await link_target(new_uow, clock, slug)
    if target is None or not target.active:
        return Visit(target=target)
    async with new_uow(read_only=True) as uow:
        enrolment = await uow.enrolments.get(target.enrolment_id)
        shared = await uow.buyers.shared_at(actor.id) is not None
    own = enrolment.creator == actor.id
    if at is not None and not own:
        async with new_uow(brief=True) as uow:
            await uow.buyers.touch(
                actor.id,
                link=target.link_id,
                enrolment=target.enrolment_id,
                brand=enrolment.brand,
                at=at,
            )
            await uow.commit()
    return Visit(target=target, own=own, shared=shared)
