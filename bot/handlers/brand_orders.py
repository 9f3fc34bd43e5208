"""Orders of a brand."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_orders import BrandOrders, NearMisses
from bot.filters import manages_a_brand
from bot.i18n import Translator
from bot.screens import brand_orders as screens
from bot.screens.orders import page_start
from core.errors import NotAllowed
from core.ids import BrandId
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.orders import brand_orders, near_misses

PAGE = 8


async def listing(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
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
    after = page_start(wanted.at, wanted.after)
    rows = await brand_orders(
        new_uow, actor=actor, brand=BrandId(brand), after=after, limit=PAGE + 1
    )
    await reply.show(
        event,
        screens.listing(t, BrandId(brand), rows[:PAGE], first=after is None, more=len(rows) > PAGE),
    )


async def misses(
    query: CallbackQuery,
    callback_data: NearMisses,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """Codes that almost fit."""
    rows = await near_misses(
        new_uow,
        actor=actor,
        brand=BrandId(callback_data.brand),
        after=callback_data.after or None,
        limit=PAGE + 1,
    )
    await reply.show(
        query,
        screens.near_misses(
            t,
            BrandId(callback_data.brand),
            rows[:PAGE],
            first=not callback_data.after,
            following=rows[PAGE - 1].id if len(rows) > PAGE else None,
        ),
    )


def setup() -> Router:
    """Routes of a brand's orders."""
    router = Router(name=__name__)
    router.message.register(listing, Command("orders"), manages_a_brand)
    router.callback_query.register(listing, BrandOrders.filter())
    router.callback_query.register(misses, NearMisses.filter())
    return router
