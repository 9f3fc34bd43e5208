"""The market's figures for the staff."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.market import Market
from bot.filters import is_staff
from bot.i18n import Translator
from bot.screens import market as screens
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.market import market_figures


async def show(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    callback_data: Market | None = None,
) -> None:
    """Twelve weeks."""
    weeks = await market_figures(new_uow, clock, actor=actor)
    await reply.show(event, screens.market(t, weeks, (callback_data or Market()).view))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(show, Command("market"), is_staff)
    router.callback_query.register(show, Market.filter())
    return router
