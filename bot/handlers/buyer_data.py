"""/mydata: what is kept of a buyer, and how it ends."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.buyers import DataStep, MyData
from bot.i18n import Translator, client_locale, spoken
from bot.reply import show
from bot.screens import buyer_data as screens
from bot.settings import Settings
from core.consents import BUYER_CONSENT, consent_text
from core.people import Actor, Meeting
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.buyers import erase_visits, kept_of_buyer
from core.usecases.oblivion import duties_of, forget_me


async def opened(
    message: Message,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """What is kept."""
    await state.set_state(None)
    user = message.from_user
    client = client_locale(user.language_code if user else None)
    t = spoken(t, meeting.chosen_locale, client)
    kept = await kept_of_buyer(new_uow, actor=actor)
    await show(message, screens.kept(t, kept, slug=""))


async def step(
    query: CallbackQuery,
    callback_data: MyData,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """What is kept, the consent, and the end of it after a question."""
    await state.set_state(None)
    t = spoken(t, meeting.chosen_locale, callback_data.lang)
    slug = callback_data.slug
    match callback_data.step:
        case DataStep.CONSENT:
            text = consent_text(
                t.locale, settings.operator_name, settings.operator_bin, version=BUYER_CONSENT
            )
            await show(query, screens.consent(t, text, slug=slug))
        case DataStep.WITHDRAW:
            await show(query, screens.confirm_withdrawal(t, slug=slug))
        case DataStep.WITHDRAW_YES:
            erased = await erase_visits(new_uow, clock, actor=actor)
            await show(query, screens.withdrawn(t, erased, slug=slug))
        case DataStep.FORGET:
            duties = await duties_of(new_uow, actor=actor)
            await show(query, screens.forget(t, duties, slug=slug))
        case DataStep.FORGET_YES:
            await state.clear()
            forgotten = await forget_me(new_uow, clock, actor=actor)
            if forgotten.duties:
                await show(query, screens.forget(t, forgotten.duties, slug=slug))
            else:
                await show(query, screens.forgotten(t))
        case DataStep.SHOW:
            kept = await kept_of_buyer(new_uow, actor=actor)
            await show(query, screens.kept(t, kept, slug=slug))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(opened, Command("mydata"))
    router.callback_query.register(step, MyData.filter())
    return router
