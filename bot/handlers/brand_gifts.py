"""A manager says what the buyers of an offer get: nothing, a text, or a gift code."""

from __future__ import annotations

from typing import Any, Final

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_gifts import ChooseReward, GiftAction, Reward
from bot.i18n import Translator
from bot.screens import brand_gifts as screens
from bot.screens.errors import refusal
from bot.states import RewardBuyers
from core.errors import BadInput, FileRefused, OutOfDate
from core.gifts import RewardKind, text_for_buyers
from core.ids import OfferId
from core.people import Actor, Locale
from core.ports import Clock, UnitOfWorkFactory
from core.sources.code_list import SIZE_MAX
from core.usecases.gifts import RewardView, add_gifts, choose_reward, clear_gifts, reward_of

OFFER, KIND, STEP, TEXTS = "offer", "kind", "step", "texts"  # keys of the data
STEPS: Final = (Locale.KK, Locale.RU, Locale.EN)


async def shown(
    query: CallbackQuery,
    callback_data: Reward,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The reward: looked at, its texts, its codes."""
    offer = OfferId(callback_data.offer)
    view = await reward_of(new_uow, actor=actor, offer=offer)
    match callback_data.action:
        case GiftAction.WRITE:
            kind = RewardKind.GIFT if view.reward.kind is RewardKind.GIFT else RewardKind.THANKS
            await _write(query, view, kind, t, state)
            return
        case GiftAction.SKIP:
            data = await _form(state, offer)
            await _after(query, view, data, "", actor, t, new_uow, clock, state)
            return
        case GiftAction.UPLOAD:
            await state.set_state(RewardBuyers.codes)
            await state.set_data({OFFER: offer})
            await reply.show(query, screens.ask_codes(t, view))
            return
        case GiftAction.CLEAR if view.count.free:
            await reply.show(query, screens.confirm_clearing(t, view))
            return
        case GiftAction.CLEAR_YES:
            view = await clear_gifts(new_uow, clock, actor=actor, offer=offer)
        case _:
            pass
    await state.set_state(None)
    await reply.show(query, screens.reward(t, view))


async def chosen(
    query: CallbackQuery,
    callback_data: ChooseReward,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """One of the three; what it lacks is asked for first."""
    offer, kind = OfferId(callback_data.offer), callback_data.kind
    view = await reward_of(new_uow, actor=actor, offer=offer)
    if kind is RewardKind.THANKS and not view.reward.texts:
        await _write(query, view, kind, t, state)
        return
    if kind is RewardKind.GIFT and not view.count.free:
        await state.set_state(RewardBuyers.codes)
        await state.set_data({OFFER: offer})
        await reply.show(query, screens.ask_codes(t, view))
        return
    if not callback_data.sure:
        await reply.show(query, screens.confirm(t, view, kind))
        return
    view = await choose_reward(new_uow, clock, actor=actor, offer=offer, kind=kind)
    await reply.show(query, screens.reward(t, view))


async def text(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A text for buyers in one language; then the next language."""
    data = await state.get_data()
    offer = OfferId(int(data.get(OFFER, 0)))
    data = await _form(state, offer)
    view = await reward_of(new_uow, actor=actor, offer=offer)
    try:
        words = text_for_buyers(message.text or "")
    except BadInput as error:
        locale = Locale(data[STEP])
        await reply.show(message, screens.ask_text(t, view, locale, trouble=refusal(t, error)))
        return
    await _after(message, view, data, words, actor, t, new_uow, clock, state)


async def codes(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    bot: Bot,
) -> None:
    """Take the codes of a file, or of the message itself."""
    offer = OfferId(int((await state.get_data()).get(OFFER, 0)))
    view = await reward_of(new_uow, actor=actor, offer=offer)
    try:
        async with reply.busy(message, ChatAction.TYPING):
            data = await _content(message, bot)
            report = await add_gifts(new_uow, clock, actor=actor, offer=offer, data=data)
    except FileRefused as error:
        await reply.show(message, screens.ask_codes(t, view, trouble=refusal(t, error)))
        return
    await state.clear()
    await reply.show(message, screens.uploaded(t, report))


async def _content(message: Message, bot: Bot) -> bytes:
    if message.document is None:
        return (message.text or "").encode()
    if (message.document.file_size or 0) > SIZE_MAX:
        raise FileRefused("too_big")
    content = await bot.download(message.document.file_id)
    return content.read() if content else b""


async def _write(
    query: CallbackQuery, view: RewardView, kind: RewardKind, t: Translator, state: FSMContext
) -> None:
    await state.set_state(RewardBuyers.text)
    await state.set_data({OFFER: view.offer.id, KIND: kind, STEP: STEPS[0], TEXTS: {}})
    await reply.show(query, screens.ask_text(t, view, STEPS[0]))


async def _after(
    event: Message | CallbackQuery,
    view: RewardView,
    data: dict[str, Any],
    words: str,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Keep what was written; ask for the next language, or promise it when all are through."""
    step = Locale(data[STEP])
    texts = {**data[TEXTS], str(step): words}
    following = STEPS[STEPS.index(step) + 1 :]
    if following:
        await state.update_data({STEP: following[0], TEXTS: texts})
        await reply.show(event, screens.ask_text(t, view, following[0]))
        return
    assert view.offer.id is not None
    view = await choose_reward(
        new_uow,
        clock,
        actor=actor,
        offer=view.offer.id,
        kind=RewardKind(data[KIND]),
        texts={Locale(locale): words for locale, words in texts.items()},
    )
    await state.clear()
    await reply.show(event, screens.reward(t, view))


async def _form(state: FSMContext, offer: OfferId) -> dict[str, Any]:
    """What has been written for this offer; a form for another one counts for nothing."""
    data = await state.get_data()
    if data.get(OFFER) != offer or STEP not in data:
        raise OutOfDate("reward")
    return data


def setup() -> Router:
    """The route table; it stands before what takes any file for orders."""
    router = Router(name=__name__)
    router.callback_query.register(shown, Reward.filter())
    router.callback_query.register(chosen, ChooseReward.filter())
    typing = (F.chat.type == "private", ~F.text.startswith("/"))
    router.message.register(text, StateFilter(RewardBuyers.text), *typing)
    router.message.register(codes, StateFilter(RewardBuyers.codes), *typing)
    return router
