"""What creators look for: the catalogue in its orders, its filters, and the offers they saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core.catalogue import (
    Candidate,
    Cursor,
    Facets,
    Filters,
    Listing,
    Order,
    Page,
    SavedPage,
    suits,
)
from core.deadlines import late_days
from core.errors import NotFound
from core.ids import OfferId
from core.offers import PUBLIC
from core.people import Actor, Creator
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.results import day_of

EVERYTHING: Final = Filters()
START: Final = Cursor()
SAVED_MAX: Final = 200  # offers that one person keeps
FIRST_LOOK: Final = 24  # offers looked at together for whom they are; then more and more
LOOKED_AT_MAX: Final = 2_000  # offers for others in a row before a page is given up


async def catalogue(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    order: Order | None = None,
    filters: Filters = EVERYTHING,
    cursor: Cursor = START,
    limit: int = 6,
) -> Page:
    """A page of the open offers. Without an order: for the creator, and new ones for anybody else.

    Somebody for whom there is nothing at all is shown what is new instead.
    """
    async with new_uow(read_only=True) as uow:
        if order is None:
            order = Order.FOR_ME if suits(actor) else Order.NEW
            page = await _page(uow, clock, actor, order, filters, cursor, limit)
            if page.listings or page.next or order is Order.NEW:
                return page
            order = Order.NEW
        elif order is Order.FOR_ME and not suits(actor):
            order = Order.NEW
        return await _page(uow, clock, actor, order, filters, cursor, limit)


async def _page(
    uow: UnitOfWork,
    clock: Clock,
    actor: Actor,
    order: Order,
    filters: Filters,
    cursor: Cursor,
    limit: int,
) -> Page:
    if order is Order.FOR_ME:
        creator = await uow.creators.get(actor.id)
        filters = replace(filters, categories=creator.categories)
        found, last = await _for(creator, uow, clock, filters, cursor, limit + 1)
    else:
        listed = await uow.catalogue.page(order, filters, cursor, now=clock(), limit=limit + 1)
        found, last = [one.id for one in listed], None
    more = len(found) > limit
    found = found[:limit]
    beyond = found[-1] if more else last
    if cursor.before is None:
        backwards, onwards = (found[0] if found and cursor.after else None), beyond
    else:
        found.reverse()
        backwards, onwards = beyond, found[-1] if found else None
    return Page(
        listings=tuple(await dated(uow, await uow.catalogue.listings(found), clock())),
        order=order,
        previous=backwards,
        next=onwards,
    )


async def dated(uow: UnitOfWork, listings: Sequence[Listing], now: datetime) -> Sequence[Listing]:
    """Lines of a list with the days for which their brands owe a reading of orders."""
    due = await uow.deadlines.due({one.offer.brand for one in listings})
    today = day_of(now)
    return [
        replace(one, late=late_days(due.get((one.offer.brand, one.offer.place)), today))
        for one in listings
    ]


async def _for(
    creator: Creator,
    uow: UnitOfWork,
    clock: Clock,
    filters: Filters,
    cursor: Cursor,
    limit: int,
) -> tuple[list[OfferId], OfferId | None]:
    """Offers for which the creator is eligible, and where to go on if the search was given up.

    For whom an offer is is decided by the one rule in core.offers, not by a second one in SQL: so
    offers are looked at in growing batches until there are enough. Most offers are for most
    creators, and one batch does.
    """
    found: list[OfferId] = []
    looked_at, batch = 0, FIRST_LOOK
    while looked_at < LOOKED_AT_MAX:
        seen = await uow.catalogue.page(
            Order.FOR_ME, filters, cursor, now=clock(), limit=min(batch, LOOKED_AT_MAX - looked_at)
        )
        found += [one.id for one in seen if not one.eligibility.missing(creator)]
        if len(found) >= limit or len(seen) < min(batch, LOOKED_AT_MAX - looked_at):
            return found[:limit], None
        looked_at += len(seen)
        batch *= 2
        cursor = _beyond(seen, cursor)
    return found, seen[-1].id


def _beyond(seen: Sequence[Candidate], cursor: Cursor) -> Cursor:
    last = seen[-1].id
    return Cursor(after=last) if cursor.before is None else Cursor(before=last)


async def facets(
    new_uow: UnitOfWorkFactory, clock: Clock, *, filters: Filters = EVERYTHING
) -> Facets:
    """How many open offers each category and each place would show."""
    async with new_uow(read_only=True) as uow:
        return await uow.catalogue.facets(filters, now=clock())


async def save_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId, keep: bool
) -> None:
    """Keep an offer for later, or keep it no longer; a second tap changes nothing.

    Raises NotFound("offer") for one that is not public.
    """
    async with new_uow() as uow:
        if keep:
            if (await uow.offers.get(offer)).state not in PUBLIC:
                raise NotFound("offer")
            await uow.saved.put(actor.id, offer, now=clock(), limit=SAVED_MAX)
        else:
            await uow.saved.drop(actor.id, offer)
        await uow.commit()


async def saved_offers(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    after: int | None = None,
    limit: int = 6,
) -> SavedPage:
    """The offers that the actor has saved, the last saved first, open or not."""
    now = clock()
    async with new_uow(read_only=True) as uow:
        found = await uow.saved.page(actor.id, after=after, limit=limit + 1)
        listings = await dated(
            uow, await uow.catalogue.listings([offer for _, offer in found[:limit]]), now
        )
    return SavedPage(
        listings=tuple(replace(one, open=one.open and one.offer.open_at(now)) for one in listings),
        next=found[limit - 1][0] if len(found) > limit else None,
    )
