"""The state of reconciliation, for brands and for creators."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks.reconciliation import BrandReconciliation, MyReconciliation
from bot.i18n import Translator
from bot.reply import show
from bot.screens import reconciliation as screens
from core.errors import NotAllowed
from core.ids import BrandId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.readings import brand_readings, own_readings


async def of_brand(
    query: CallbackQuery,
    callback_data: BrandReconciliation,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Place by place, of the only brand or after a choice."""
    brand = BrandId(callback_data.brand)
    if not brand:
        own = await own_brands(new_uow, actor=actor)
        if not own:
            raise NotAllowed
        if len(own) > 1:
            await show(query, screens.choose_brand(t, own))
            return
        brand = own[0].id
    shown = await brand_readings(new_uow, clock, actor=actor, brand=brand)
    await show(query, screens.of_brand(t, actor, shown))


async def mine(
    query: CallbackQuery,
    callback_data: MyReconciliation,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Offer by offer of a creator."""
    after = callback_data.after
    shown, next_after = await own_readings(new_uow, clock, actor=actor, after=after or None)
    await show(query, screens.mine(t, shown, first=not after, next_after=next_after))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(of_brand, BrandReconciliation.filter())
    router.callback_query.register(mine, MyReconciliation.filter())
    return router
