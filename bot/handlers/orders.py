"""A creator's orders."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.orders import OrderCard, OrderFilter, OrderOffers, Orders
from bot.i18n import Translator
from bot.screens import orders as screens
from core.commissions import CommissionState
from core.ids import EnrolmentId, OrderId
from core.people import Actor
from core.periods import span
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.orders import creator_offers, creator_orders, order_card

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
    clock: Clock,
    callback_data: Orders | None = None,
) -> None:
    """Orders, newest first: all or of one state, of one offer, of a period."""
    wanted = callback_data or Orders()
    after = screens.page_start(wanted.at, wanted.after)
    enrolment = EnrolmentId(wanted.offer) if wanted.offer else None
    page = await creator_orders(
        new_uow,
        actor=actor,
        states=_STATES[wanted.only],
        enrolment=enrolment,
        covered=span(wanted.period, clock()),
        after=after,
        limit=PAGE + 1,
    )
    title = ""
    if enrolment is not None:
        offers = await creator_offers(new_uow, actor=actor)
        title = next((each.title(t.locale) for each in offers if each.enrolment == enrolment), "")
    await reply.show(
        event,
        screens.listing(
            t,
            page.rows[:PAGE],
            wanted=wanted,
            sums=page.sums,
            offer=title,
            first=after is None,
            more=len(page.rows) > PAGE,
        ),
    )


async def offers(
    query: CallbackQuery,
    callback_data: OrderOffers,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """Choose the offer whose orders are listed."""
    found = await creator_offers(new_uow, actor=actor)
    start = callback_data.page * PAGE
    await reply.show(
        query,
        screens.offers(
            t, found[start : start + PAGE], wanted=callback_data, more=len(found) > start + PAGE
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
    router.message.register(listing, Command("orders"))
    router.callback_query.register(listing, Orders.filter())
    router.callback_query.register(offers, OrderOffers.filter())
    router.callback_query.register(card, OrderCard.filter())
    return router
