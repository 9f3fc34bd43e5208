"""Telegram's webhook: only with the secret, never too big, and our own faults are told as such."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import Bot
from aiogram.types import Update
from aiohttp import web
from pydantic import ValidationError

PATH: Final = "/telegram/webhook"
BODY_MAX: Final = 1024 * 1024  # bytes; Telegram's updates are a few kilobytes
TRIES_MAX: Final = 5  # after so many failures an update is let go: it would hold up the others
HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"

logger: Final = logging.getLogger(__name__)


def mount_webhook(
    app: web.Application,
    bot: Bot,
    feed: Callable[[Update], Awaitable[Any]],
    *,
    secret: str,
    failures: Callable[[int], int],
) -> None:
    """Take updates at PATH; `failures` tells how often an update id has failed so far.

    The answer comes after the update has been handled. Where that fails it is 500: Telegram
    delivers the update again, and keys make the repetition harmless.
    """
    expected = secret.encode()

    async def receive(request: web.Request) -> web.Response:
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, expected):
            return web.Response(status=403)
        if (request.content_length or 0) > BODY_MAX:
            return web.Response(status=413)
        try:
            update = Update.model_validate_json(await request.read(), context={"bot": bot})
        except ValidationError:
            logger.warning("the webhook got something that is no update")
            return web.Response(status=400)
        try:
            await feed(update)
        except Exception:
            logger.exception("update=%d failed", update.update_id)
            let_go = failures(update.update_id) >= TRIES_MAX
            return web.Response(status=200 if let_go else 500)
        return web.Response(status=200)

    app.router.add_post(PATH, receive)
