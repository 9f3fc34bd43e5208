"""Who acts: the person is loaded once per update and handed to handlers with their language."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware, Bot
from aiogram.dispatcher.middlewares.user_context import EVENT_CONTEXT_KEY, EventContext
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.types import ChatMemberUpdated, TelegramObject, Update, User

from bot.commands import CommandMenus
from bot.i18n import client_locale, translator
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.people import meet, recognise, set_blocked

log: Final = logging.getLogger(__name__)


class ActorMiddleware(BaseMiddleware):
    """Puts `meeting`, `actor` and `t` into the handler's arguments.

    Only private chats are served: in a group nobody should see another person's money. News that
    somebody has blocked the bot, or taken it back, is kept and goes no further. News of the bot's
    part in a channel goes on as it is: whoever made it need not have talked to the bot.
    """

    def __init__(
        self,
        new_uow: UnitOfWorkFactory,
        clock: Clock,
        *,
        admin_ids: frozenset[int],
        menus: CommandMenus,
    ) -> None:
        self._new_uow = new_uow
        self._clock = clock
        self._admin_ids = admin_ids
        self._menus = menus

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        context: EventContext = data[EVENT_CONTEXT_KEY]
        user, chat = context.user, context.chat
        if user is None or user.is_bot:
            return None
        if chat is not None and chat.type != ChatType.PRIVATE:
            news = isinstance(event, Update) and event.my_chat_member is not None
            return await handler(event, data) if news and chat.type == ChatType.CHANNEL else None
        if isinstance(event, Update) and event.my_chat_member is not None:
            await self._membership(event.my_chat_member)
            return None
        if isinstance(event, Update) and event.inline_query is not None:
            return await self._inline(handler, event, user, data)
        meeting = await meet(
            self._new_uow,
            self._clock,
            telegram_id=user.id,
            name=user.full_name,
            username=user.username,
            admin_ids=self._admin_ids,
        )
        data["meeting"] = meeting
        data["actor"] = meeting.actor
        data["t"] = translator(meeting.actor.locale)
        try:
            return await handler(event, data)
        finally:
            bot: Bot = data["bot"]
            if meeting.chosen_locale is not None:
                self._menus.refresh(bot, meeting.actor, client_language=user.language_code or "")

    async def _inline(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: Update,
        user: User,
        data: dict[str, Any],
    ) -> Any:
        """Whoever types the bot's name in another chat has not met it by that: nothing is kept.

        There is no `actor` of somebody who has not chosen a language in the bot yet.
        """
        meeting = await recognise(self._new_uow, telegram_id=user.id)
        if meeting is None or meeting.chosen_locale is None:
            data["t"] = translator(client_locale(user.language_code))
        else:
            data |= {
                "meeting": meeting,
                "actor": meeting.actor,
                "t": translator(meeting.actor.locale),
            }
        return await handler(event, data)

    async def _membership(self, change: ChatMemberUpdated) -> None:
        blocked = change.new_chat_member.status == ChatMemberStatus.KICKED
        await set_blocked(self._new_uow, telegram_id=change.from_user.id, blocked=blocked)
