"""Taps on messages that are to stay: the screen they lead to opens below as a new message."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, InaccessibleMessage, Message, TelegramObject

from bot.reply import KEPT


class KeptMessages(BaseMiddleware):
    """Takes the mark off the callback data, and the message out of reach of `reply.show`."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if isinstance(event, CallbackQuery) and (event.data or "").startswith(KEPT):
            message = event.message
            if isinstance(message, Message):
                message = InaccessibleMessage(
                    chat=message.chat, message_id=message.message_id, date=0
                ).as_(event.bot)
            event = event.model_copy(
                update={"data": (event.data or "")[len(KEPT) :], "message": message}
            )
        return await handler(event, data)
