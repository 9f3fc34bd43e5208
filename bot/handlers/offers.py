"""Browsing offers and taking one."""

from __future__ import annotations

import asyncio

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.offers import Catalogue, NarrowCatalogue, OfferCard, TakeOffer
from bot.i18n import Translator
from bot.qr import qr_card
from bot.screens import enrolments as enrolment_screens
from bot.screens import offers as screens
from bot.settings import Settings
from core.catalogue import Page
from core.errors import AlreadyEnrolled
from core.ids import EnrolmentId, OfferId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.enrolments import enrolment_card, take_offer
from core.usecases.offers import catalogue, offer_card


async def browse(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    callback_data: Catalogue | None = None,
) -> None:
    """A page of the catalogue."""
    asked = callback_data or Catalogue()
    page = await _page(asked, actor, new_uow, clock)
    if not page.listings and asked.start:  # its offers have closed since the page was linked
        asked = Catalogue(category=asked.category, place=asked.place)
        page = await _page(asked, actor, new_uow, clock)
    await reply.show(event, screens.catalogue(t, page, asked))


async def _page(asked: Catalogue, actor: Actor, new_uow: UnitOfWorkFactory, clock: Clock) -> Page:
    return await catalogue(
        new_uow,
        clock,
        actor=actor,
        category=asked.category,
        place=asked.place,
        after=asked.start if asked.start > 0 else None,
        before=-asked.start if asked.start < 0 else None,
    )


async def narrow(
    query: CallbackQuery,
    callback_data: NarrowCatalogue,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """The choice of a category or a place."""
    category, place = callback_data.category, callback_data.place
    page = await catalogue(new_uow, clock, actor=actor, category=category, place=place, limit=1)
    await reply.show(
        query,
        screens.narrow(t, page.facets, callback_data.by, category=category, place=place),
    )


async def card(
    query: CallbackQuery,
    callback_data: OfferCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
) -> None:
    """One offer."""
    shown = await offer_card(new_uow, clock, actor=actor, offer=OfferId(callback_data.offer))
    back_to = Catalogue(
        category=callback_data.category,
        place=callback_data.place,
        start=callback_data.start,
    )
    share = f"https://t.me/{(await bot.me()).username}?start=o_{callback_data.offer}"
    await reply.show(query, screens.offer_card(t, shown, share=share, back_to=back_to))


async def take(
    query: CallbackQuery,
    callback_data: TakeOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    bot: Bot,
) -> None:
    """Enrol: the code takes the offer's place, its QR picture comes as a message to keep.

    A second tap shows the code that the first one gave.
    """
    try:
        shown = await take_offer(new_uow, clock, actor=actor, offer=OfferId(callback_data.offer))
    except AlreadyEnrolled as known:
        shown = await enrolment_card(new_uow, actor=actor, enrolment=EnrolmentId(known.enrolment))
        link = f"{settings.public_url}/r/{shown.enrolment.slug}"
        await reply.show(query, enrolment_screens.card(t, shown, link=link))
        return
    link = f"{settings.public_url}/r/{shown.enrolment.slug}"
    await reply.show(query, enrolment_screens.card(t, shown, link=link, taken=True))
    png = await asyncio.to_thread(qr_card, enrolment_screens.qr_texts(t, shown, link=link))
    picture = enrolment_screens.qr_picture(t, shown, link=link, png=png)
    await reply.send(bot, query.from_user.id, picture, keep=True)


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(browse, Command("offers"))
    router.callback_query.register(browse, Catalogue.filter())
    router.callback_query.register(narrow, NarrowCatalogue.filter())
    router.callback_query.register(card, OfferCard.filter())
    router.callback_query.register(take, TakeOffer.filter())
    return router
