"""Taps on buttons under broadcasts: counted once per person, then led on to their target."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, TelegramObject

from bot.callbacks.broadcasts import TAPPED
from core.ids import BroadcastId
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.broadcasts import count_tap

log: Final = logging.getLogger(__name__)
DIGITS_MAX: Final = 15  # of a number of ours


class BroadcastTaps(BaseMiddleware):
    """Takes the broadcast's number off the callback data; the rest is any other button."""

    def __init__(self, new_uow: UnitOfWorkFactory, clock: Clock) -> None:
        self._new_uow = new_uow
        self._clock = clock

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, CallbackQuery):
            return await handler(event, data)
        first, _, rest = (event.data or "").partition(":")
        if first != TAPPED:
            return await handler(event, data)
        number, _, target = rest.partition(":")
        result = await handler(event.model_copy(update={"data": target}), data)
        # After the reader has got the screen; a forged number finds no delivery of theirs.
        if number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX:
            broadcast = BroadcastId(int(number))
            await count_tap(self._new_uow, self._clock, actor=data["actor"], broadcast=broadcast)
        return result
