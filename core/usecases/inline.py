"""What a person may put into any chat: their own codes, and offers that are found by words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from core import spelling
from core.catalogue import Cursor, Filters, Listing, Order
from core.enrolments import EnrolmentCard
from core.ids import EnrolmentId
from core.people import Actor, Locale
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory

CODES_AT_ONCE: Final = 12  # each is shown in up to three languages, and Telegram takes 50 results
OFFERS_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A person's codes, in the languages that they write in, and offers; `next` pages the codes."""

    codes: tuple[EnrolmentCard, ...] = ()
    languages: tuple[Locale, ...] = ()
    offers: tuple[Listing, ...] = ()
    next: EnrolmentId | None = None


async def inline_shelf(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    question: str,
    after: EnrolmentId | None = None,
) -> Shelf:
    """The actor's own active codes that fit the question, newest first, and the offers it finds.

    Nobody else's code is ever in it. Offers are looked up only for a question, on the first page.
    """
    async with new_uow(read_only=True) as uow:
        shelf = Shelf(languages=(actor.locale,))
        if actor.creator is not None:
            shelf = await _codes(uow, actor, question, after)
        needles = spelling.needles(question)
        if after is None and needles:
            found = await uow.catalogue.page(
                Order.NEW, Filters(needles=needles), Cursor(), now=clock(), limit=OFFERS_AT_ONCE
            )
            offers = await uow.catalogue.listings([one.id for one in found])
            shelf = replace(shelf, offers=tuple(offers))
    return shelf


async def _codes(uow: UnitOfWork, actor: Actor, question: str, after: EnrolmentId | None) -> Shelf:
    found = await uow.catalogue.own_codes(actor.id, question, after=after, limit=CODES_AT_ONCE + 1)
    ids = found[:CODES_AT_ONCE]
    known = await uow.enrolments.many(ids)
    offers = await uow.offers.many([known[one].offer for one in ids])
    brands = await uow.brands.many(sorted({known[one].brand for one in ids}))
    creator = await uow.creators.get(actor.id)
    cards = (
        EnrolmentCard(
            enrolment=known[one], offer=offers[known[one].offer], brand=brands[known[one].brand]
        )
        for one in ids
    )
    return Shelf(
        codes=tuple(cards),
        languages=tuple(dict.fromkeys((actor.locale, *creator.languages))),
        next=ids[-1] if len(found) > CODES_AT_ONCE else None,
    )
