"""How often managers are reminded of files of orders."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.callbacks.reminders import FileRhythm, FileRhythms
from bot.i18n import Translator
from bot.reply import show
from bot.screens import file_rhythms as screens
from core.errors import NotAllowed
from core.ids import BrandId, SourceId
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.reminders import file_source, file_sources, set_rhythm


async def listing(
    query: CallbackQuery,
    callback_data: FileRhythms,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """Sources that are fed by files; of the only brand, or after a choice."""
    brand = BrandId(callback_data.brand)
    if not brand:
        own = await own_brands(new_uow, actor=actor)
        if not own:
            raise NotAllowed
        if len(own) > 1:
            await show(query, screens.choose_brand(t, own))
            return
        brand = own[0].id
    fed = await file_sources(new_uow, actor=actor, brand=brand)
    await show(query, screens.listing(t, brand, fed))


async def rhythm(
    query: CallbackQuery,
    callback_data: FileRhythm,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """The rhythm of one source, or a new one."""
    source = SourceId(callback_data.source)
    if callback_data.usual or callback_data.rhythm is not None:
        wanted = None if callback_data.usual else callback_data.rhythm
        fed = await set_rhythm(new_uow, actor=actor, source=source, rhythm=wanted)
    else:
        fed = await file_source(new_uow, actor=actor, source=source)
    await show(query, screens.card(t, fed))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(listing, FileRhythms.filter())
    router.callback_query.register(rhythm, FileRhythm.filter())
    return router
