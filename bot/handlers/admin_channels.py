"""/channels: staff look for creators' codes, one channel at a time."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.admin_channels import (
    ChannelHistory,
    ChannelQueue,
    ChannelReview,
    ChannelVerdict,
)
from bot.filters import is_staff
from bot.i18n import Translator
from bot.reply import alert, show
from bot.screens import admin_channels as screens
from bot.screens.errors import refusal
from bot.states import CheckChannel
from core import profiles
from core.channels import CheckReason
from core.errors import BadInput, OutOfDate
from core.ids import CheckId, PersonId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.channels import (
    accept_check,
    check_card,
    checks_to_review,
    creator_checks,
    refuse_check,
)
from core.usecases.creators import creator_profile

Event = Message | CallbackQuery

CHECK = "check"  # key of the data


async def queue(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: ChannelQueue | None = None,
) -> None:
    """The next channel that waits."""
    await state.set_state(None)
    after = callback_data.after if callback_data else 0
    view, _ = await checks_to_review(new_uow, actor=actor, after=after or None)
    await show(event, screens.review(t, view) if view else screens.nothing(t, skipped=after > 0))


async def pressed(
    query: CallbackQuery,
    callback_data: ChannelReview,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A verdict, or the question that it needs."""
    await state.set_state(None)
    check = CheckId(callback_data.check)
    ground = callback_data.ground
    try:
        match callback_data.verdict:
            case ChannelVerdict.ACCEPT:
                view = await accept_check(
                    new_uow, clock, actor=actor, check=check, followers=callback_data.followers
                )
            case ChannelVerdict.REFUSE if ground is not None:
                reason = CheckReason[ground.name]
                view = await refuse_check(new_uow, clock, actor=actor, check=check, reason=reason)
            case verdict:
                view = await check_card(new_uow, actor=actor, check=check)
                if verdict is ChannelVerdict.REFUSE:
                    await show(query, screens.ask_reason(t, view))
                    return
                if verdict is ChannelVerdict.NUMBER:
                    await state.set_state(CheckChannel.followers)
                    await state.update_data({CHECK: check})
                    await show(query, screens.ask_followers(t, view))
                    return
    except OutOfDate as error:  # somebody was quicker, or the creator withdrew
        view = await check_card(new_uow, actor=actor, check=check)
        await alert(query, refusal(t, error))
    await show(query, screens.review(t, view))


async def typed_followers(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The number that the profile shows; with it the channel is verified."""
    check = CheckId((await state.get_data()).get(CHECK, 0))
    try:
        followers = profiles.followers(message.text or "")
    except BadInput as error:
        view = await check_card(new_uow, actor=actor, check=check)
        await show(message, screens.ask_followers(t, view, problem=refusal(t, error)))
        return
    await state.set_state(None)
    view = await accept_check(new_uow, clock, actor=actor, check=check, followers=followers)
    await show(message, screens.review(t, view))


async def history(
    query: CallbackQuery,
    callback_data: ChannelHistory,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """A creator's attempts to prove channels."""
    creator = PersonId(callback_data.creator)
    profile = await creator_profile(new_uow, actor=actor, creator=creator)
    checks = await creator_checks(new_uow, actor=actor, creator=creator)
    name = profile.creator.display_name or profile.person.name
    await show(query, screens.history(t, creator, name, checks))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(queue, Command("channels"), is_staff)
    router.callback_query.register(queue, ChannelQueue.filter())
    router.callback_query.register(pressed, ChannelReview.filter())
    router.callback_query.register(history, ChannelHistory.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(typed_followers, StateFilter(CheckChannel), no_command)
    return router
