"""A creator's orders."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.orders import OrderCard, OrderFilter, Orders
from bot.i18n import Translator
from bot.screens import orders as screens
from core.commissions import CommissionState
from core.ids import OrderId
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.orders import creator_orders, order_card

PAGE = 8

_STATES = {
    OrderFilter.ALL: (),
    OrderFilter.PENDING: (CommissionState.PENDING,),
    OrderFilter.IN_HOLD: (CommissionState.IN_HOLD,),
    OrderFilter.AVAILABLE: (CommissionState.AVAILABLE,),
    OrderFilter.LOST: (CommissionState.VOID, CommissionState.CLAWED_BACK),
}


async def listing(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    callback_data: Orders | None = None,
) -> None:
    """Orders, newest first, all or of one state."""
    wanted = callback_data or Orders()
    after = screens.page_start(wanted.at, wanted.after)
    rows = await creator_orders(
        new_uow, actor=actor, states=_STATES[wanted.only], after=after, limit=PAGE + 1
    )
    await reply.show(
        event,
        screens.listing(
            t, rows[:PAGE], only=wanted.only, first=after is None, more=len(rows) > PAGE
        ),
    )


async def card(
    query: CallbackQuery,
    callback_data: OrderCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """One order, as its creator or as its brand sees it."""
    row = await order_card(new_uow, actor=actor, order=OrderId(callback_data.order))
    for_brand = bool(callback_data.brand) and row.creator != actor.id
    await reply.show(query, screens.card(t, row, for_brand=for_brand))


def setup() -> Router:
    """Routes of a creator's orders."""
    router = Router(name=__name__)
    router.message.register(listing, Command("stats", "orders"))
    router.callback_query.register(listing, Orders.filter())
    router.callback_query.register(card, OrderCard.filter())
    return router
