"""A creator's channels: look at them, prove one by a code or by the bot, forget one."""

from __future__ import annotations

import logging
from typing import Any, Final

from aiogram import Bot, Router
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import AiogramError
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.base import StorageKey
from aiogram.types import CallbackQuery, ChatMemberUpdated

from bot import reply
from bot.callbacks.channels import (
    ChannelAct,
    ChannelCard,
    ChannelDo,
    Channels,
    CheckAct,
    CheckDo,
)
from bot.i18n import Translator, translator
from bot.reply import show
from bot.screens import channels as screens
from bot.screens import onboarding as onboarding_screens
from bot.screens.base import Screen
from bot.screens.errors import refusal, refused
from bot.states import FillProfile
from core.channels import ChannelView, CheckState, known_as
from core.errors import AlreadyUsed, ChannelNotProved, DomainError, OutOfDate, TelegramAway
from core.ids import ChannelId, CheckId, OfferId
from core.people import Actor, Platform
from core.ports import Clock, UnitOfWorkFactory
from core.ports.telegram import TelegramEyes
from core.usecases.channels import (
    begin_check,
    check_telegram,
    claim_check,
    keep_telegram,
    lose_telegram,
    my_channel,
    my_channels,
    withdraw_check,
)
from core.usecases.creators import remove_channel
from core.usecases.people import recognise

log: Final = logging.getLogger(__name__)

OFFER: Final = "shared_offer"  # key of the wanted offer in the data
CHANNEL: Final = "channel"  # key of the channel whose followers are typed
ADMINISTERS: Final = (ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.CREATOR)


async def listing(
    query: CallbackQuery,
    callback_data: Channels,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """All channels."""
    await state.set_state(None)
    if actor.creator is None:
        raise OutOfDate("creator")
    if callback_data.offer:
        await state.update_data({OFFER: callback_data.offer})
    await show(query, screens.listing(t, await my_channels(new_uow, actor=actor)))


async def card(
    query: CallbackQuery,
    callback_data: ChannelCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    bot_username: str,
) -> None:
    """One channel."""
    await state.set_state(None)
    channel = ChannelId(callback_data.channel)
    await show(query, await _card(channel, actor, t, new_uow, state, bot_username))


async def act(
    query: CallbackQuery,
    callback_data: ChannelAct,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    eyes: TelegramEyes,
    bot_username: str,
) -> None:
    """Something is done with a channel."""
    channel = ChannelId(callback_data.channel)
    view = await my_channel(new_uow, actor=actor, channel=channel)
    match callback_data.act:
        case ChannelDo.PROVE if view.channel.platform is Platform.TELEGRAM:
            await _ask_telegram(query, channel, actor, t, new_uow, clock, state, eyes, bot_username)
        case ChannelDo.PROVE:
            offer = (await state.get_data()).get(OFFER) or None
            wanted = OfferId(offer) if offer else None
            view = await begin_check(new_uow, clock, actor=actor, channel=channel, offer=wanted)
            await _show_check(query, view, actor, t, new_uow, state, bot_username)
        case ChannelDo.COUNT:
            await state.set_state(FillProfile.followers)
            await state.update_data({CHANNEL: view.channel.url})
            await show(query, onboarding_screens.ask_followers(t, view.channel.url))
        case ChannelDo.DROP:
            await show(query, screens.confirm_drop(t, view.channel))
        case ChannelDo.DROP_YES:
            await remove_channel(new_uow, clock, actor=actor, channel=channel)
            await show(query, screens.listing(t, await my_channels(new_uow, actor=actor)))


async def _ask_telegram(
    query: CallbackQuery,
    channel: ChannelId,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    eyes: TelegramEyes,
    bot_username: str,
) -> None:
    try:
        found = await check_telegram(new_uow, clock, eyes, actor=actor, channel=channel)
    except (ChannelNotProved, TelegramAway, AlreadyUsed) as error:
        problem = refusal(t, error)
        screen = await _card(channel, actor, t, new_uow, state, bot_username, problem=problem)
        await show(query, screen)
        return
    offer = (await state.get_data()).get(OFFER, 0)
    await show(query, screens.proved(t, found, offer=offer))


async def check(
    query: CallbackQuery,
    callback_data: CheckAct,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    bot_username: str,
) -> None:
    """The code is in the bio, or the creator does not want the check any more."""
    number = CheckId(callback_data.check)
    if callback_data.act is CheckDo.WITHDRAW:
        view = await withdraw_check(new_uow, clock, actor=actor, check=number)
    else:
        view = await claim_check(new_uow, clock, actor=actor, check=number)
        if view.check is not None and view.check.state is CheckState.EXPIRED:
            again = await begin_check(
                new_uow,
                clock,
                actor=actor,
                channel=known_as(view.channel),
                offer=view.check.offer,
            )
            await show(query, screens.code(t, again, problem=screens.expired(t)))
            return
    await show(query, await _card(known_as(view.channel), actor, t, new_uow, state, bot_username))


async def _show_check(
    query: CallbackQuery,
    view: ChannelView,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    bot_username: str,
) -> None:
    """The code to put into the bio; one that is said to be there is waited for."""
    if view.check is not None and view.check.state is CheckState.OPEN:
        await show(query, screens.code(t, view))
        return
    screen = await _card(known_as(view.channel), actor, t, new_uow, state, bot_username)
    await show(query, screen)


async def _card(
    channel: ChannelId,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    bot_username: str,
    *,
    problem: str | None = None,
) -> Screen:
    views = await my_channels(new_uow, actor=actor)
    view = next((one for one in views if one.channel.id == channel), None)
    if view is None:
        raise OutOfDate("channel")
    offer = (await state.get_data()).get(OFFER, 0)
    return screens.card(
        t,
        view,
        bot_username=bot_username,
        problem=problem,
        offer=offer,
        last=len(views) == 1,
    )


async def part_in_channel(
    event: ChatMemberUpdated,
    bot: Bot,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    eyes: TelegramEyes,
    state: FSMContext,
) -> None:
    """The bot has become an administrator of a channel, or is none any more.

    Whoever made it one may be a stranger: then nothing is kept and nobody is written to.
    """
    if event.new_chat_member.status not in ADMINISTERS:
        await lose_telegram(new_uow, clock, chat_id=event.chat.id)
        return
    user = event.from_user.id
    meeting = await recognise(new_uow, telegram_id=user)
    if meeting is None or meeting.actor.creator is None:
        log.info("a channel of nobody's: the bot was made an administrator by a stranger")
        return
    t = translator(meeting.actor.locale)
    try:
        found = await eyes.proved(event.chat.id, user)
        channel = await keep_telegram(new_uow, clock, actor=meeting.actor, found=found)
    except DomainError as error:
        await _write(bot, user, refused(t, error))
        return
    # The update came from the channel; what the person was about to do is kept with their own chat.
    data: dict[str, Any] = await state.storage.get_data(
        StorageKey(bot_id=bot.id, chat_id=user, user_id=user)
    )
    await _write(bot, user, screens.proved(t, channel, offer=data.get(OFFER, 0)))


async def _write(bot: Bot, user: int, screen: Screen) -> None:
    try:
        await reply.send(bot, user, screen)
    except AiogramError as error:  # the channel is kept all the same
        log.info("news of a channel could not be sent: %s", type(error).__name__)


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(listing, Channels.filter())
    router.callback_query.register(card, ChannelCard.filter())
    router.callback_query.register(act, ChannelAct.filter())
    router.callback_query.register(check, CheckAct.filter())
    router.my_chat_member.register(part_in_channel)
    return router
