"""One offer: its card, saving and taking it."""

from __future__ import annotations

import asyncio

from aiogram import Bot, Router
from aiogram.types import CallbackQuery

from bot import reply
from bot.callbacks.offers import OfferCard, TakeOffer
from bot.i18n import Translator
from bot.qr import qr_card
from bot.screens import enrolments as enrolment_screens
from bot.screens import offers as screens
from bot.settings import Settings
from core.errors import AlreadyEnrolled
from core.ids import EnrolmentId, OfferId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.catalogue import save_offer
from core.usecases.enrolments import enrolment_card, take_offer
from core.usecases.offers import offer_card


async def card(
    query: CallbackQuery,
    callback_data: OfferCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
) -> None:
    """One offer, saved or let go before where the button says so."""
    offer = OfferId(callback_data.offer)
    if callback_data.keep is not None:
        await save_offer(new_uow, clock, actor=actor, offer=offer, keep=callback_data.keep)
    shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
    me = await bot.me()
    screen = screens.offer_card(
        t,
        shown,
        share=screens.address(me.username, offer),
        opened=callback_data,
        inline=bool(me.supports_inline_queries),
    )
    await reply.show(query, screen)


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
    router.callback_query.register(card, OfferCard.filter())
    router.callback_query.register(take, TakeOffer.filter())
    return router
