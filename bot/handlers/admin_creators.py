"""/creators: staff look at new creators, suspend and restore them."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.admin_creators import (
    CreatorQueue,
    CreatorReview,
    CreatorVerdict,
    SuspendedCreators,
)
from bot.filters import is_staff
from bot.i18n import Translator
from bot.reply import show
from bot.screens import admin_creators as screens
from bot.screens.errors import refusal
from bot.states import SuspendCreator
from core.errors import BadInput, OutOfDate
from core.ids import PersonId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brand_requests import reason
from core.usecases.creators import (
    creator_profile,
    creators_to_review,
    restore_creator,
    review_creator,
    suspend_creator,
    suspended_creators,
    suspension_of_creator,
)

Event = Message | CallbackQuery

PAGE = 8
CREATOR, REASON = "suspended", "suspension_reason"  # keys of the data


async def queue(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: CreatorQueue | None = None,
) -> None:
    """The next creator to look at."""
    await state.set_state(None)
    after = callback_data.after if callback_data else 0
    await _show_next(event, after, actor, t, new_uow)


async def _show_next(
    event: Event, after: int, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory
) -> None:
    found, following = await creators_to_review(new_uow, actor=actor, after=after or None, limit=1)
    await show(event, screens.queue(t, found[0] if found else None, following=following))


async def suspended(
    query: CallbackQuery,
    callback_data: SuspendedCreators,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """Who is suspended."""
    after = callback_data.after
    found, following = await suspended_creators(
        new_uow, actor=actor, after=after or None, limit=PAGE
    )
    await show(query, screens.suspended(t, found, first=not after, following=following))


async def review(
    query: CallbackQuery,
    callback_data: CreatorReview,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A verdict on a creator."""
    await state.set_state(None)
    creator = PersonId(callback_data.creator)
    match callback_data.verdict:
        case CreatorVerdict.OK:
            await review_creator(new_uow, clock, actor=actor, creator=creator)
            await _show_next(query, creator, actor, t, new_uow)
        case CreatorVerdict.SUSPEND:
            profile = await creator_profile(new_uow, actor=actor, creator=creator)
            await state.set_state(SuspendCreator.reason)
            await state.update_data({CREATOR: creator, REASON: ""})
            kept = await suspension_of_creator(new_uow, actor=actor, creator=creator)
            await show(query, screens.ask_reason(t, profile, kept))
        case CreatorVerdict.SUSPEND_YES:
            data = await state.get_data()
            if data.get(CREATOR) != creator or not data.get(REASON):
                raise OutOfDate("creator")
            profile = await suspend_creator(
                new_uow, clock, actor=actor, creator=creator, reason=data[REASON]
            )
            await state.update_data({REASON: ""})
            await show(query, screens.card(t, profile))
        case CreatorVerdict.RESTORE:
            profile = await creator_profile(new_uow, actor=actor, creator=creator)
            await show(query, screens.confirm_restore(t, profile))
        case CreatorVerdict.RESTORE_YES:
            profile = await restore_creator(new_uow, clock, actor=actor, creator=creator)
            await show(query, screens.card(t, profile))
        case CreatorVerdict.SHOW:
            profile = await creator_profile(new_uow, actor=actor, creator=creator)
            await show(query, screens.card(t, profile))


async def typed_reason(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """The reason of a suspension; then what follows is shown before it is confirmed."""
    creator = PersonId((await state.get_data()).get(CREATOR, 0))
    profile = await creator_profile(new_uow, actor=actor, creator=creator)
    kept = await suspension_of_creator(new_uow, actor=actor, creator=creator)
    try:
        given = reason(message.text or "")
    except BadInput as error:
        await show(message, screens.ask_reason(t, profile, kept, problem=refusal(t, error)))
        return
    await state.update_data({REASON: given})
    await show(message, screens.confirm_suspension(t, profile, kept, given))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(queue, Command("creators"), is_staff)
    router.callback_query.register(queue, CreatorQueue.filter())
    router.callback_query.register(suspended, SuspendedCreators.filter())
    router.callback_query.register(review, CreatorReview.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(typed_reason, StateFilter(SuspendCreator), no_command)
    return router
