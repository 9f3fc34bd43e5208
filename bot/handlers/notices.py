"""/notifications: how a person wants to be told."""

from __future__ import annotations

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.notices import Hours, NoticeGroup, NoticeHour, Notices
from bot.i18n import Translator
from bot.reply import show
from bot.screens import notices as screens
from core.errors import NotAllowed
from core.notices import groups_for
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.notices import my_notices, set_hours, set_mode


async def overview(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Everything that can be set."""
    await state.set_state(None)
    await show(event, screens.notices(t, actor, await my_notices(new_uow, actor=actor)))


async def group(
    query: CallbackQuery,
    callback_data: NoticeGroup,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """One group of notifications, or its new mode."""
    one, mode = callback_data.group, callback_data.mode
    if one not in groups_for(actor):
        raise NotAllowed
    if mode is None:
        await show(query, screens.group(t, await my_notices(new_uow, actor=actor), one))
        return
    chosen = await set_mode(new_uow, clock, actor=actor, group=one, mode=mode)
    await show(query, screens.notices(t, actor, chosen))


async def hour(
    query: CallbackQuery,
    callback_data: NoticeHour,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """An hour is asked for or chosen; the end of the quiet hours is asked after their beginning."""
    which, at = callback_data.which, callback_data.hour
    known = await my_notices(new_uow, actor=actor)
    match which:
        case Hours.NO_QUIET:
            until = known.quiet_until
            chosen = await set_hours(new_uow, clock, actor=actor, quiet_from=until)
        case _ if at < 0:
            await show(query, screens.ask_hour(t, known, which))
            return
        case Hours.QUIET_FROM:
            chosen = await set_hours(new_uow, clock, actor=actor, quiet_from=at)
            await show(query, screens.ask_hour(t, chosen, Hours.QUIET_UNTIL))
            return
        case Hours.QUIET_UNTIL:
            chosen = await set_hours(new_uow, clock, actor=actor, quiet_until=at)
        case Hours.DAILY:
            chosen = await set_hours(new_uow, clock, actor=actor, daily_at=at)
    await show(query, screens.notices(t, actor, chosen))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(overview, Command("notifications"))
    router.callback_query.register(overview, Notices.filter())
    router.callback_query.register(group, NoticeGroup.filter())
    router.callback_query.register(hour, NoticeHour.filter())
    return router
