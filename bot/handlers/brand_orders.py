"""Orders of a brand."""

from __future__ import annotations

from dataclasses import replace

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_orders import (
    BrandOrderFilter,
    BrandOrderPick,
    BrandOrders,
    Pick,
)
from bot.filters import manages_a_brand
from bot.i18n import Translator
from bot.screens import brand_orders as screens
from bot.screens.orders import page_start
from core.commissions import CommissionState
from core.errors import NotAllowed
from core.ids import BrandId, OfferId, PersonId
from core.people import Actor
from core.periods import span
from core.ports import Clock, UnitOfWorkFactory
from core.reports import Breakdown
from core.usecases.brands import own_brands
from core.usecases.orders import brand_order_choice, brand_orders

PAGE = 8

_STATES = {
    BrandOrderFilter.PENDING: (CommissionState.PENDING,),
    BrandOrderFilter.APPROVED: (CommissionState.IN_HOLD, CommissionState.AVAILABLE),
    BrandOrderFilter.LOST: (CommissionState.VOID, CommissionState.CLAWED_BACK),
}


async def listing(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    callback_data: BrandOrders | None = None,
) -> None:
    """Orders, newest first; of the only brand, or after a choice."""
    wanted = callback_data or BrandOrders()
    brand = wanted.brand
    if not brand:
        own = await own_brands(new_uow, actor=actor)
        if not own:
            raise NotAllowed
        if len(own) != 1:
            await reply.show(event, screens.choose_brand(t, own))
            return
        brand = own[0].id
    wanted = wanted.model_copy(update={"brand": int(brand)})
    after = page_start(wanted.at, wanted.after)
    page = await brand_orders(
        new_uow,
        actor=actor,
        brand=BrandId(brand),
        states=_STATES.get(wanted.only, ()),
        nobodys=wanted.only is BrandOrderFilter.NOBODYS,
        offer=OfferId(wanted.id) if wanted.pick is Pick.OFFER else None,
        creator=PersonId(wanted.id) if wanted.pick is Pick.CREATOR else None,
        covered=span(wanted.period, clock()),
        after=after,
        limit=PAGE + 1,
    )
    more = len(page.rows) > PAGE
    shown = replace(page, rows=page.rows[:PAGE])
    await reply.show(event, screens.listing(t, wanted, shown, first=after is None, more=more))


async def choose(
    query: CallbackQuery,
    callback_data: BrandOrderPick,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Choose the offer or creator whose orders are listed."""
    lines = await brand_order_choice(
        new_uow,
        actor=actor,
        brand=BrandId(callback_data.brand),
        by=Breakdown.OFFER if callback_data.pick is Pick.OFFER else Breakdown.CREATOR,
        covered=span(callback_data.period, clock()),
        offset=callback_data.page * PAGE,
        limit=PAGE + 1,
    )
    await reply.show(query, screens.choice(t, callback_data, lines[:PAGE], more=len(lines) > PAGE))


def setup() -> Router:
    """Routes of a brand's orders."""
    router = Router(name=__name__)
    router.message.register(listing, Command("orders"), manages_a_brand)
    router.callback_query.register(listing, BrandOrders.filter())
    router.callback_query.register(choose, BrandOrderPick.filter())
    return router
