"""Sources: staff connect merchants' systems, pause them and see how they are read."""

from __future__ import annotations

import logging
from typing import Final

from aiogram import F, Router
from aiogram.exceptions import TelegramBadRequest
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.admin_sources import AdminSource, AdminSources, ConnectKaspi, SourceAction
from bot.filters import is_staff
from bot.i18n import Translator
from bot.screens import admin_sources as screens
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import ConnectSource
from core.errors import SourceUnavailable
from core.fetch import Fetch
from core.ids import BrandId, SourceId
from core.people import Actor, Permission
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.runs import SourceState
from core.usecases.brands import all_brands
from core.usecases.syncs import (
    all_sources,
    connect_kaspi,
    set_source_state,
    shop_to_connect,
    source_card,
)

log: Final = logging.getLogger(__name__)

PAGE = 8
BRAND = "source_brand"  # the key of the data


async def listing(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    callback_data: AdminSources | None = None,
) -> None:
    """Sources of every brand."""
    await state.set_state(None)
    here = callback_data or AdminSources()
    page = await all_sources(
        new_uow,
        actor=actor,
        after=SourceId(here.after) if here.after else None,
        limit=PAGE,
        troubled=here.troubled,
    )
    await reply.show(event, screens.listing(t, page, clock(), here))


async def press(
    query: CallbackQuery,
    callback_data: AdminSource,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """A source's card, or what is done from it."""
    source = SourceId(callback_data.source)
    match callback_data.action:
        case SourceAction.PAUSE:
            actor.demand(Permission.MODERATION)
            view = await source_card(new_uow, actor=actor, source=source)
            await reply.show(query, screens.confirm_pause(t, view))
            return
        case SourceAction.PAUSE_YES:
            paused = SourceState.PAUSED
            await set_source_state(new_uow, clock, actor=actor, source=source, state=paused)
        case SourceAction.RESUME:
            active = SourceState.ACTIVE
            await set_source_state(new_uow, clock, actor=actor, source=source, state=active)
        case SourceAction.SHOW:
            pass
    view = await source_card(new_uow, actor=actor, source=source)
    await reply.show(query, screens.card(t, actor, view, clock()))


async def connect(
    query: CallbackQuery,
    callback_data: ConnectKaspi,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Ask for a token, of the brand that is named or after a choice, which only staff have."""
    if not callback_data.brand:
        actor.demand(Permission.MODERATION)
        after = callback_data.after
        brands, following = await all_brands(new_uow, actor=actor, after=after or None, limit=PAGE)
        screen = screens.choose_brand(t, brands, first=not after, following=following)
        await reply.show(query, screen)
        return
    brand, source = await shop_to_connect(new_uow, actor=actor, brand=BrandId(callback_data.brand))
    await state.update_data({BRAND: int(brand.id)})
    await state.set_state(ConnectSource.token)
    await reply.show(query, screens.ask_token(t, actor, brand, source))


async def token(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    fetch: Fetch,
    settings: Settings,
    state: FSMContext,
) -> None:
    """The token: its message goes at once, then it is tried and kept."""
    try:
        await message.delete()
    except TelegramBadRequest as error:
        log.warning("a message with a token could not be deleted: %s", error.message)
    number = BrandId((await state.get_data()).get(BRAND, 0))
    brand, known = await shop_to_connect(new_uow, actor=actor, brand=number)
    try:
        async with reply.busy(message):
            source = await connect_kaspi(
                new_uow,
                clock,
                box,
                fetch,
                actor=actor,
                brand=number,
                token=(message.text or "").strip(),
                base_url=settings.kaspi_api_url,
            )
    except SourceUnavailable as error:
        problem = refusal(t, error)
        await reply.show(message, screens.ask_token(t, actor, brand, known, problem=problem))
        return
    await state.set_state(None)
    view = await source_card(new_uow, actor=actor, source=source.id)
    await reply.show(message, screens.card(t, actor, view, clock()))


def setup() -> Router:
    """The routes of sources."""
    router = Router(name=__name__)
    router.message.register(listing, Command("sources"), is_staff)
    router.message.register(token, ConnectSource.token, ~F.text.startswith("/"))
    router.callback_query.register(listing, AdminSources.filter())
    router.callback_query.register(press, AdminSource.filter())
    router.callback_query.register(connect, ConnectKaspi.filter())
    return router
