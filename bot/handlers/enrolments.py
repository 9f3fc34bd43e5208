"""A creator's codes: the list, one code, its QR picture."""

from __future__ import annotations

import asyncio

from aiogram import Bot, Router
from aiogram.enums import ChatAction
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.enrolments import EnrolmentCard, Enrolments, QrPicture
from bot.i18n import Translator
from bot.qr import qr_card
from bot.screens import enrolments as screens
from bot.settings import Settings
from core.ids import EnrolmentId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.enrolments import enrolment_card, my_enrolments
from core.usecases.readings import own_reading


async def listing(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    callback_data: Enrolments | None = None,
) -> None:
    """The creator's codes."""
    after = callback_data.after if callback_data else 0
    cards, next_after = await my_enrolments(new_uow, actor=actor, after=after or None)
    await reply.show(event, screens.listing(t, cards, first=not after, next_after=next_after))


async def card(
    query: CallbackQuery,
    callback_data: EnrolmentCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
) -> None:
    """One code."""
    reading = await own_reading(
        new_uow, clock, actor=actor, enrolment=EnrolmentId(callback_data.enrolment)
    )
    shown = reading.card
    link = f"{settings.public_url}/r/{shown.enrolment.slug}"
    await reply.show(query, screens.card(t, shown, link=link, reading=reading))


async def qr_picture(
    query: CallbackQuery,
    callback_data: QrPicture,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    settings: Settings,
    bot: Bot,
) -> None:
    """The QR picture, as a message of its own."""
    shown = await enrolment_card(
        new_uow, actor=actor, enrolment=EnrolmentId(callback_data.enrolment)
    )
    link = f"{settings.public_url}/r/{shown.enrolment.slug}"
    async with reply.busy(query, ChatAction.UPLOAD_PHOTO):
        png = await asyncio.to_thread(qr_card, screens.qr_texts(t, shown, link=link))
        picture = screens.qr_picture(t, shown, link=link, png=png)
        await reply.send(bot, query.from_user.id, picture, keep=True)


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(listing, Command("codes"))
    router.callback_query.register(listing, Enrolments.filter())
    router.callback_query.register(card, EnrolmentCard.filter())
    router.callback_query.register(qr_picture, QrPicture.filter())
    return router
