"""What Telegram shows of channels: administrators, members, and whether a post is there."""

from __future__ import annotations

import logging
from typing import Final

from aiogram import Bot
from aiogram.enums import ChatMemberStatus, ChatType
from aiogram.exceptions import (
    AiogramError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
)
from aiogram.types import ChatFullInfo

from core.channels import TelegramChannel
from core.errors import ChannelNotProved, TelegramAway
from core.presence import Look

log: Final = logging.getLogger(__name__)

ADMINISTERS: Final = (ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR)
REFUSED: Final = (TelegramBadRequest, TelegramForbiddenError, TelegramNotFound)

# How Telegram says that there is no such message, in the words of the server and of the Bot API.
ABSENT: Final = ("message to forward not found", "message_id_invalid", "message not found")
# Where a channel protects its content, or holds what cannot be forwarded, a post cannot be seen.
CLOSED: Final = ("can't be forwarded", "forwards_restricted", "chat not found", "not a member")


class Eyes:
    """Implements `core.ports.telegram.TelegramEyes` on the Bot API.

    `copies_to` is a chat of the operator's in which posts may appear for a moment while they are
    looked at; 0 takes the chat that a look names.
    """

    def __init__(self, bot: Bot, *, copies_to: int = 0) -> None:
        self._bot = bot
        self._copies_to = copies_to

    async def proved(self, chat: int | str, telegram_id: int) -> TelegramChannel:
        """The channel if the bot and this person both administer it."""
        try:
            found = await self._channel(chat)
            if not await self._administers(found.id, self._bot.id):
                raise ChannelNotProved("no_bot")
            if not await self._administers(found.id, telegram_id):
                raise ChannelNotProved("not_yours")
            return await self._counted(found)
        except AiogramError as error:
            raise TelegramAway from error

    async def administered(self, chat_id: int) -> TelegramChannel | None:
        """The channel with its members; None where the bot does not administer it any more."""
        try:
            found = await self._channel(chat_id)
            if not await self._administers(found.id, self._bot.id):
                return None
            return await self._counted(found)
        except ChannelNotProved:
            return None
        except AiogramError as error:
            raise TelegramAway from error

    async def look(self, chat_id: int, message_id: int, *, by_way_of: int) -> Look:
        """Forward the post without a sound and take the copy away again at once."""
        place = self._copies_to or by_way_of
        try:
            copy = await self._bot.forward_message(
                place, chat_id, message_id, disable_notification=True
            )
        except REFUSED as error:
            words = error.message.lower()
            if any(sign in words for sign in ABSENT):
                return Look.ABSENT
            return Look.CLOSED if any(sign in words for sign in CLOSED) else Look.UNCLEAR
        except AiogramError as error:
            log.info("a post could not be looked at: %s", type(error).__name__)
            return Look.UNCLEAR
        try:
            await self._bot.delete_message(place, copy.message_id)
        except AiogramError as error:
            log.warning("a forwarded copy stayed behind: %s", type(error).__name__)
        return Look.THERE

    async def _channel(self, chat: int | str) -> ChatFullInfo:
        try:
            found = await self._bot.get_chat(chat)
        except REFUSED as error:
            # A private channel is not there for those who are not in it.
            raise ChannelNotProved("not_found" if isinstance(chat, str) else "no_bot") from error
        if found.type != ChatType.CHANNEL:
            raise ChannelNotProved("not_channel")
        return found

    async def _administers(self, chat_id: int, user_id: int) -> bool:
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except REFUSED:
            return False  # nobody there, or none of the bot's business: it is no administrator
        return member.status in ADMINISTERS

    async def _counted(self, found: ChatFullInfo) -> TelegramChannel:
        members = await self._bot.get_chat_member_count(found.id)
        return TelegramChannel(chat_id=found.id, username=found.username or "", members=members)
