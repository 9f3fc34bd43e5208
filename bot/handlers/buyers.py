"""A creator's link: a buyer finds the offer, its code and the way to the shop, unregistered."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from aiogram import F, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.buyers import Offered
from bot.callbacks.people import Language
from bot.i18n import Translator, client_locale, spoken, translator
from bot.reply import show
from bot.screens import buyers as screens
from bot.settings import Settings
from core.people import Actor, Locale, Meeting
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.buyers import visit_link
from core.usecases.people import choose_locale

Event = Message | CallbackQuery

LINK: Final = r"b_[A-Za-z0-9]{1,20}"  # b_x7k2m9qp


async def came(
    message: Message,
    command: CommandObject,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Somebody has followed a creator's link: the visit is kept, nothing is asked."""
    await state.set_state(None)
    user = message.from_user
    client = client_locale(user.language_code if user else None)
    t = spoken(t, meeting.chosen_locale, client)
    await _greet(message, _slug(command.args), actor, t, new_uow, clock, settings, at=message.date)


async def in_language(
    query: CallbackQuery,
    callback_data: Language,
    actor: Actor,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
) -> None:
    """The same in another language, which is kept; no visit is made of it."""
    locale = Locale(callback_data.locale)
    actor = await choose_locale(new_uow, clock, actor=actor, locale=locale)
    slug = _slug(callback_data.then)
    await _greet(query, slug, actor, translator(locale), new_uow, clock, settings)


async def again(
    query: CallbackQuery,
    callback_data: Offered,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Back to what the link leads to."""
    await state.set_state(None)
    t = spoken(t, meeting.chosen_locale, callback_data.lang)
    await _greet(query, callback_data.slug, actor, t, new_uow, clock, settings)


async def _greet(
    event: Event,
    slug: str,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    settings: Settings,
    *,
    at: datetime | None = None,
) -> None:
    """Show the offer with the way to the shop, through the link that counts the click."""
    visit = await visit_link(new_uow, clock, actor=actor, slug=slug, at=at)
    shop = f"{settings.public_url}/r/{slug}?lang={t.locale}"
    await show(event, screens.offered(t, visit, slug=slug, shop=shop))


def _slug(payload: str | None) -> str:
    return (payload or "").removeprefix("b_")


def setup() -> Router:
    """The route table; it stands before what every other link and language leads to."""
    router = Router(name=__name__)
    by_link = CommandStart(deep_link=True, magic=F.args.regexp(LINK, mode="fullmatch"))
    router.message.register(came, by_link)
    router.callback_query.register(
        in_language,
        Language.filter(F.locale.in_([*Locale]) & F.then.regexp(LINK, mode="fullmatch")),
    )
    router.callback_query.register(again, Offered.filter())
    return router
