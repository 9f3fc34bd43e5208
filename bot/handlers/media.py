"""Material for posts: the files of an offer's media kit, sent to whoever asks on its card."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.enums import ChatAction
from aiogram.types import CallbackQuery

from bot import reply
from bot.callbacks.media import MediaKit
from bot.i18n import Translator
from bot.screens import media as screens
from core.ids import OfferId
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.offers import media_kit


async def send(
    query: CallbackQuery,
    callback_data: MediaKit,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    bot: Bot,
) -> None:
    """Each file as a message of its own, to be kept and forwarded."""
    async with reply.busy(query, ChatAction.UPLOAD_DOCUMENT):
        files = await media_kit(new_uow, actor=actor, offer=OfferId(callback_data.offer))
        for name, data in files:
            await reply.send(bot, query.from_user.id, screens.file(t, name, data), keep=True)


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(send, MediaKit.filter())
    return router
