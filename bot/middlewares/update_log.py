"""One line per update: its id, kind and duration, and nothing of what people write."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update
from aiogram.types.update import UpdateTypeLookupError

log: Final = logging.getLogger("bot.updates")


class UpdateLog(BaseMiddleware):
    """Logs each update when it has been handled, with how it ended."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        started = time.monotonic()
        outcome = "ok"
        try:
            return await handler(event, data)
        except Exception as error:
            outcome = type(error).__name__  # a refusal or a bug; the error router sees it next
            raise
        finally:
            if isinstance(event, Update):
                log.info(
                    "update=%d kind=%s ms=%d outcome=%s",
                    event.update_id,
                    _kind(event),
                    (time.monotonic() - started) * 1000,
                    outcome,
                )


def _kind(update: Update) -> str:
    """The kind of the update; of a tap also the noun of its button, which is no personal data."""
    if update.callback_query is not None:
        return f"callback_query/{(update.callback_query.data or '').partition(':')[0][:8]}"
    try:
        return str(update.event_type)
    except UpdateTypeLookupError:
        return "unknown"  # newer than this version of aiogram
