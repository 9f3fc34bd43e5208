"""/invite and /top: what creators have with each other."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.callbacks.circle import Invite, TopConsent, TopList
from bot.i18n import Translator
from bot.reply import show
from bot.screens import circle as screens
from bot.screens.brand_team import deep_link
from bot.settings import Settings
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.referrals import my_referrals
from core.usecases.top import set_seen, top_list


async def invite(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    settings: Settings,
    bot_username: str,
) -> None:
    """The creator's link for other creators."""
    found = await my_referrals(new_uow, actor=actor)
    link = deep_link(bot_username, f"r_{found.code}")
    await show(event, screens.invite(t, found, settings.referral_program, link=link))


async def top(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    callback_data: TopList | None = None,
) -> None:
    """The top list of a category and month."""
    wanted = callback_data or TopList()
    shown = await top_list(new_uow, clock, actor=actor, category=wanted.category, back=wanted.back)
    await show(event, screens.top(t, shown, back_months=wanted.back))


async def consent(
    query: CallbackQuery,
    callback_data: TopConsent,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Be seen, after plain words, or at once no more."""
    if callback_data.seen and not callback_data.sure:
        actor.demand_creator()
        await show(query, screens.ask_consent(t))
        return
    await set_seen(new_uow, clock, actor=actor, seen=callback_data.seen)
    await show(query, screens.top(t, await top_list(new_uow, clock, actor=actor), back_months=0))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(invite, Command("invite"))
    router.message.register(top, Command("top"))
    router.callback_query.register(invite, Invite.filter())
    router.callback_query.register(top, TopList.filter())
    router.callback_query.register(consent, TopConsent.filter())
    return router
