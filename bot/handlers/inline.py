"""Inline mode: `@bot words` in any chat."""

from __future__ import annotations

import logging
import re
from typing import Final

from aiogram import Bot, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineQuery

from bot.i18n import Translator
from bot.screens import inline as screens
from bot.settings import Settings
from core.ids import EnrolmentId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.inline import Shelf, inline_shelf

log: Final = logging.getLogger(__name__)

PLACE: Final = re.compile(r"[0-9]{1,18}")  # an id, which is what our offsets are
CACHE_SECONDS: Final = 5  # a code that is withdrawn must not be offered for long


async def look(
    query: InlineQuery,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    bot: Bot,
    actor: Actor | None = None,
) -> None:
    """Show what the person can put into the chat; a stranger gets a way into the bot only."""
    shelf = Shelf()
    if actor is not None:
        after = EnrolmentId(int(query.offset)) if PLACE.fullmatch(query.offset) else None
        shelf = await inline_shelf(new_uow, clock, actor=actor, question=query.query, after=after)
    found = screens.results(
        t, shelf, bot=(await bot.me()).username or "", public_url=settings.public_url
    )
    try:
        await query.answer(
            found,
            cache_time=CACHE_SECONDS,
            is_personal=True,  # what is kept for one person is never shown to another
            next_offset=str(shelf.next or ""),
            button=screens.way_in(t, known=actor is not None, empty=not found),
        )
    except TelegramBadRequest as error:
        # The person has typed on, or the bot was down: nobody waits for this answer any more.
        log.info("an inline query could not be answered: %s", error.message)


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.inline_query.register(look)
    return router
