"""/settings: the profile, its channels and the consent."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.people import Settings
from bot.callbacks.profile import PersonalData
from bot.i18n import Translator
from bot.reply import show
from bot.screens import settings as screens
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.creators import own_profile
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


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(open_settings, Command("settings"))
    router.callback_query.register(open_settings, Settings.filter())
    router.callback_query.register(personal_data, PersonalData.filter())
    return router
