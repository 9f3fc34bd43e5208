"""What becomes of an exception: a refusal in words, or an apology and an alert to the operators."""

from __future__ import annotations

import logging
from typing import Any, Final

from aiogram import Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import AiogramError, TelegramForbiddenError
from aiogram.filters import ExceptionTypeFilter
from aiogram.types import CallbackQuery, ErrorEvent, Message

from bot.i18n import Translator, client_locale, translator
from bot.incidents import Incidents
from bot.reply import alert, show
from bot.screens import errors as screens
from bot.screens.base import Screen
from core.errors import DomainError

log: Final = logging.getLogger(__name__)


async def refuse(event: ErrorEvent, t: Translator | None = None) -> None:
    """Tell the person why not, in a window for a tap and in a message otherwise."""
    refusal = event.exception
    assert isinstance(refusal, DomainError)
    t = t or _client_translator(event)
    log.info("update=%d refused: %s", event.update.update_id, type(refusal).__name__)
    query = event.update.callback_query
    text = screens.refusal(t, refusal)
    if query is not None and screens.way_on(t, refusal) is None and len(text) <= screens.ALERT_MAX:
        await alert(query, text)
        return
    await _say(event, screens.refused(t, refusal))


async def gone(event: ErrorEvent) -> None:
    """The person has blocked the bot while it was answering: nobody is there to be told."""
    log.info("update=%d: the bot is blocked", event.update.update_id)


async def break_down(event: ErrorEvent, incidents: Incidents, t: Translator | None = None) -> Any:
    """A bug, or a machine out of order: apologise once, tell the operators, let it be logged.

    The exception goes on to whoever received the update, which logs it and, for a webhook, answers
    with a failure, so that Telegram delivers the update again.
    """
    update = event.update.update_id
    if incidents.is_new(update):
        try:
            await _apologise(event, t or _client_translator(event))
        except AiogramError as error:
            log.warning("update=%d: no apology was possible: %s", update, type(error).__name__)
        await incidents.report(f"update {update}", event.exception)
    return UNHANDLED


async def _apologise(event: ErrorEvent, t: Translator) -> None:
    query = event.update.callback_query
    if query is not None:
        await alert(query, screens.apology(t))
    else:
        await _say(event, screens.apologised(t))


async def _say(event: ErrorEvent, screen: Screen) -> None:
    """A message of its own: what the person was looking at stays."""
    source: Message | CallbackQuery | None = event.update.callback_query or event.update.message
    if source is None:
        return
    if isinstance(source, CallbackQuery):
        source = source.model_copy(update={"message": None})
    await show(source, screen)


def _client_translator(event: ErrorEvent) -> Translator:
    """The language of the person's client, where the failure came before we knew the person."""
    source = event.update.callback_query or event.update.message
    user = source.from_user if source else None
    return translator(client_locale(user.language_code if user else None))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.error.register(refuse, ExceptionTypeFilter(DomainError))
    router.error.register(gone, ExceptionTypeFilter(TelegramForbiddenError))
    router.error.register(break_down)
    return router
