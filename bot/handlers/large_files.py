"""The button that gives a link to the upload page."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot import reply
from bot.callbacks.brand_import import LargeFile
from bot.i18n import Translator
from bot.large_files import large_file
from bot.settings import Settings
from core.ids import BrandId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands


async def asked(
    query: CallbackQuery,
    callback_data: LargeFile,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
) -> None:
    """Give a new link; earlier ones are worth nothing from now on."""
    wanted = BrandId(callback_data.brand)
    actor.demand_brand(wanted)
    own = await own_brands(new_uow, actor=actor)
    brand = next(brand for brand in own if brand.id == wanted)
    screen = await large_file(
        new_uow, clock, settings, actor=actor, brand=brand, t=t, anew=callback_data.anew
    )
    await reply.show(query, screen)


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(asked, LargeFile.filter())
    return router
