"""Funds of a brand."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_funds import Funds, FundsMovements
from bot.i18n import Translator
from bot.screens import brand_funds as screens
from bot.settings import Settings
from core.errors import NotAllowed
from core.ids import BrandId
from core.people import Actor, BrandRole
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.funds import brand_funds, funds_statement

PAGE = 10


async def show(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    callback_data: Funds | None = None,
) -> None:
    """Balance and commitments; of the only brand, or after a choice."""
    brand = callback_data.brand if callback_data else 0
    if not brand:
        known = await own_brands(new_uow, actor=actor)
        own = [one for one in known if (one.id, BrandRole.OWNER) in actor.brands]
        if not own:
            raise NotAllowed
        if len(own) != 1:
            await reply.show(event, screens.choose_brand(t, own))
            return
        brand = own[0].id
    view = await brand_funds(new_uow, clock, actor=actor, brand=BrandId(brand))
    await reply.show(
        event,
        screens.funds(
            t,
            view,
            operator=settings.operator_name,
            operator_bin=settings.operator_bin,
            for_staff=not actor.manages(view.brand.id),
        ),
    )


async def movements(
    query: CallbackQuery,
    callback_data: FundsMovements,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """What moved on the funds."""
    brand, after = BrandId(callback_data.brand), callback_data.after
    items = await funds_statement(
        new_uow, actor=actor, brand=brand, after=after or None, limit=PAGE + 1
    )
    following = items[PAGE - 1].id if len(items) > PAGE else None
    await reply.show(
        query,
        screens.movements(t, brand, items[:PAGE], first=not after, following=following),
    )


def setup() -> Router:
    """Routes of a brand's funds."""
    router = Router(name=__name__)
    router.message.register(show, Command("funds"))
    router.callback_query.register(show, Funds.filter())
    router.callback_query.register(movements, FundsMovements.filter())
    return router
