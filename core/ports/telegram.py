"""What use cases need to see of Telegram itself: channels that the bot administers, their posts."""

from __future__ import annotations

from typing import Protocol

from core.channels import TelegramChannel
from core.presence import Look


class TelegramEyes(Protocol):
    """Reads Telegram and changes nothing in it. TelegramAway where it does not answer."""

    async def proved(self, chat: int | str, telegram_id: int) -> TelegramChannel:
        """The channel (id or @name) if the bot and this person both administer it.

        Raises ChannelNotProved.
        """

    async def administered(self, chat_id: int) -> TelegramChannel | None:
        """The channel with its members; None where the bot is not its administrator any more."""

    async def look(self, chat_id: int, message_id: int, *, by_way_of: int) -> Look:
        """Whether a post is there; `by_way_of` is a chat where a forward appears for a moment."""
