"""/settings: the profile, its channels and the consent."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.people import Settings
from bot.callbacks.profile import Channels, DropChannel, PersonalData
from bot.i18n import Translator
from bot.reply import show
from bot.screens import settings as screens
from core.errors import NotFound, OutOfDate
from core.ids import ChannelId
from core.people import Actor, Creator
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.creators import own_profile, remove_channel
from core.usecases.people import my_consent, withdraw_consent


async def open_settings(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The settings."""
    await state.set_state(None)
    creator = await own_profile(new_uow, actor=actor)
    brands = await own_brands(new_uow, actor=actor) if actor.brands else []
    await show(event, screens.settings(t, actor, creator, brands))


async def channels(
    query: CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The channels."""
    await state.set_state(None)
    await show(query, screens.channels(t, await _profile(new_uow, actor)))


async def drop_channel(
    query: CallbackQuery,
    callback_data: DropChannel,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Forget a channel, after a question."""
    channel = ChannelId(callback_data.channel)
    if callback_data.sure:
        creator = await remove_channel(new_uow, clock, actor=actor, channel=channel)
        await show(query, screens.channels(t, creator))
        return
    creator = await _profile(new_uow, actor)
    found = next((own for own in creator.channels if own.id == channel), None)
    if found is None:
        raise NotFound("channel")
    await show(query, screens.confirm_drop(t, found))


async def personal_data(
    query: CallbackQuery,
    callback_data: PersonalData,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The consent, and its end after a question."""
    await state.set_state(None)
    if callback_data.withdraw and callback_data.sure:
        await withdraw_consent(new_uow, clock, actor=actor)
        await show(query, screens.withdrawn(t))
    elif callback_data.withdraw:
        await show(query, screens.confirm_withdrawal(t))
    else:
        await show(query, screens.personal_data(t, await my_consent(new_uow, actor=actor)))


async def _profile(new_uow: UnitOfWorkFactory, actor: Actor) -> Creator:
    creator = await own_profile(new_uow, actor=actor)
    if creator is None:
        raise OutOfDate("creator")
    return creator


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(open_settings, Command("settings"))
    router.callback_query.register(open_settings, Settings.filter())
    router.callback_query.register(channels, Channels.filter())
    router.callback_query.register(drop_channel, DropChannel.filter())
    router.callback_query.register(personal_data, PersonalData.filter())
    return router
