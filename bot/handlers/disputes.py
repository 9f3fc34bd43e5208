"""A creator's disputes: what is missing or wrong is gathered, sent, taken back, objected to."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.disputes import (
    DisputeAct,
    DisputeStep,
    DropNumber,
    FollowerText,
    Gather,
    GatherStep,
    MissingOrders,
    MyDisputes,
    WrongOrder,
)
from bot.i18n import Translator
from bot.reply import show
from bot.screens import dispute_call as call_screens
from bot.screens import disputes as screens
from bot.screens.errors import refusal
from bot.screens.orders import disputable
from bot.settings import Settings
from bot.states import DisputeOrder, GatherNumbers, ObjectToAnswer
from core import typed
from core.disputes import DisputeKind, Side
from core.errors import BadInput, OutOfDate, TooManyNumbers
from core.ids import DisputedOrderId, DisputeId, EnrolmentId, OrderId
from core.people import Actor, Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases import disputes as usecases
from core.usecases.enrolments import my_enrolments
from core.usecases.orders import order_card

PAGE: Final = 8
ENROLMENT, ORDER, DISPUTE = "missing_in", "wrong_order", "objecting_to"  # keys of the data


async def mine(
    query: CallbackQuery,
    callback_data: MyDisputes,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """One's own cases."""
    await state.set_state(None)
    after = DisputeId(callback_data.after) if callback_data.after else None
    lines = await usecases.my_disputes(new_uow, actor=actor, after=after, limit=PAGE + 1)
    await show(query, screens.mine(t, lines[:PAGE], first=after is None, more=len(lines) > PAGE))


async def missing(
    query: CallbackQuery,
    callback_data: MissingOrders,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Orders are missing: of which offer, then how they are found, or the case that gathers."""
    await state.set_state(None)
    if not callback_data.enrolment:
        cards, following = await my_enrolments(
            new_uow, actor=actor, after=callback_data.after or None
        )
        first = not callback_data.after
        await show(query, screens.choose_offer(t, cards, first=first, next_after=following))
        return
    enrolment = EnrolmentId(callback_data.enrolment)
    brand, dispute = await usecases.gathering(new_uow, actor=actor, enrolment=enrolment)
    if dispute is None:
        days = settings.dispute_times.answer
        await show(query, screens.missing(t, enrolment, brand=brand, days=days))
        return
    card = await usecases.dispute_card(new_uow, actor=actor, dispute=dispute, side=Side.CREATOR)
    await show(query, screens.creator_card(t, card, page=0))


async def gather(
    query: CallbackQuery,
    callback_data: Gather,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
    bot_username: str,
) -> None:
    """Type numbers, or begin a case for those that followers send."""
    enrolment = EnrolmentId(callback_data.enrolment)
    if callback_data.step is GatherStep.TYPE:
        brand, _ = await usecases.gathering(new_uow, actor=actor, enrolment=enrolment)
        await state.set_state(GatherNumbers.numbers)
        await state.update_data({ENROLMENT: int(enrolment)})
        await show(query, screens.ask_numbers(t, enrolment, brand=brand))
        return
    card = await usecases.open_missing(
        new_uow, clock, actor=actor, enrolment=enrolment, times=settings.dispute_times
    )
    link = call_screens.address(bot_username, card.dispute.slug)
    await show(query, screens.follower_text(t, card, Locale.KK, link=link))


async def numbers_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Order numbers, one or many; what is typed next is added as well."""
    try:
        enrolment = EnrolmentId(int((await state.get_data())[ENROLMENT]))
    except (KeyError, TypeError, ValueError):
        raise OutOfDate("dispute") from None
    try:
        card, read, elsewhere = await usecases.add_numbers(
            new_uow,
            clock,
            actor=actor,
            enrolment=enrolment,
            text=message.text or "",
            times=settings.dispute_times,
        )
    except (BadInput, TooManyNumbers) as error:
        brand, _ = await usecases.gathering(new_uow, actor=actor, enrolment=enrolment)
        problem = refusal(t, error)
        await show(message, screens.ask_numbers(t, enrolment, brand=brand, problem=problem))
        return
    await show(message, screens.added(t, card, read, elsewhere))


async def follower_text(
    query: CallbackQuery,
    callback_data: FollowerText,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    bot_username: str,
) -> None:
    """The text with the link that followers are sent."""
    await state.set_state(None)
    card = await usecases.dispute_card(
        new_uow, actor=actor, dispute=DisputeId(callback_data.dispute), side=Side.CREATOR
    )
    if not card.dispute.slug:
        raise OutOfDate("dispute")
    link = call_screens.address(bot_username, card.dispute.slug)
    await show(query, screens.follower_text(t, card, callback_data.lang, link=link))


async def act(
    query: CallbackQuery,
    callback_data: DisputeAct,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Send a case, withdraw it, object to its answers, take a number out."""
    await state.set_state(None)
    dispute, step = DisputeId(callback_data.dispute), callback_data.step
    if not callback_data.sure:
        card = await usecases.dispute_card(new_uow, actor=actor, dispute=dispute, side=Side.CREATOR)
        if step is DisputeStep.REMOVE:
            await show(query, screens.remove(t, card, page=callback_data.page))
        elif step is DisputeStep.APPEAL:
            await state.set_state(ObjectToAnswer.words)
            await state.update_data({DISPUTE: int(dispute)})
            await show(query, screens.ask_objection(t, card))
        else:
            await show(query, screens.confirm(t, card, step))
        return
    match step:
        case DisputeStep.SEND:
            card = await usecases.submit_dispute(
                new_uow, clock, actor=actor, dispute=dispute, times=settings.dispute_times
            )
        case DisputeStep.WITHDRAW:
            card = await usecases.withdraw_dispute(new_uow, clock, actor=actor, dispute=dispute)
        case DisputeStep.APPEAL:
            card = await usecases.appeal(new_uow, clock, actor=actor, dispute=dispute)
        case DisputeStep.REMOVE:
            raise OutOfDate("dispute")
    await show(query, screens.creator_card(t, card, page=0))


async def drop(
    query: CallbackQuery,
    callback_data: DropNumber,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """Take a number out."""
    card = await usecases.drop_number(
        new_uow, actor=actor, order=DisputedOrderId(callback_data.order)
    )
    await show(query, screens.creator_card(t, card, page=0))


async def objected(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Why the creator objects."""
    try:
        dispute = DisputeId(int((await state.get_data())[DISPUTE]))
    except (KeyError, TypeError, ValueError):
        raise OutOfDate("dispute") from None
    words = (message.text or "").strip()
    try:
        card = await usecases.appeal(
            new_uow, clock, actor=actor, dispute=dispute, note=_words(words)
        )
    except BadInput as error:
        known = await usecases.dispute_card(
            new_uow, actor=actor, dispute=dispute, side=Side.CREATOR
        )
        await show(message, screens.ask_objection(t, known, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await show(message, screens.creator_card(t, card, page=0))


async def wrong(
    query: CallbackQuery,
    callback_data: WrongOrder,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """An own order has a wrong amount, or was wrongly cancelled."""
    order, kind = OrderId(callback_data.order), callback_data.kind
    await state.set_state(None)
    if callback_data.sure:
        card = await usecases.dispute_order(
            new_uow,
            clock,
            actor=actor,
            order=order,
            kind=kind,
            times=settings.dispute_times,
        )
        await show(query, screens.creator_card(t, card, page=0))
        return
    row = await order_card(new_uow, actor=actor, order=order)
    if row.creator != actor.id or kind not in disputable(row):
        raise OutOfDate("order")
    await state.update_data({ORDER: int(order)})
    if kind is DisputeKind.AMOUNT:
        await state.set_state(DisputeOrder.amount)
        await show(query, screens.ask_amount(t, row))
    else:
        await state.set_state(DisputeOrder.words)
        await show(query, screens.ask_words(t, row))


async def amount_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """What the order came to, as the creator says."""
    order = await _order(state)
    try:
        card = await usecases.dispute_order(
            new_uow,
            clock,
            actor=actor,
            order=order,
            kind=DisputeKind.AMOUNT,
            times=settings.dispute_times,
            claimed=typed.tenge_amount(message.text or ""),
        )
    except BadInput as error:
        row = await order_card(new_uow, actor=actor, order=order)
        await show(message, screens.ask_amount(t, row, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await show(message, screens.creator_card(t, card, page=0))


async def words_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Why the order was wrongly cancelled, as the creator says."""
    order = await _order(state)
    try:
        card = await usecases.dispute_order(
            new_uow,
            clock,
            actor=actor,
            order=order,
            kind=DisputeKind.DECLINED,
            times=settings.dispute_times,
            note=_words((message.text or "").strip()),
        )
    except BadInput as error:
        row = await order_card(new_uow, actor=actor, order=order)
        await show(message, screens.ask_words(t, row, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await show(message, screens.creator_card(t, card, page=0))


def _words(text: str) -> str:
    if not text:  # a picture, a sticker
        raise BadInput("note")
    return text


async def _order(state: FSMContext) -> OrderId:
    try:
        return OrderId(int((await state.get_data())[ORDER]))
    except (KeyError, TypeError, ValueError):
        raise OutOfDate("order") from None


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(mine, MyDisputes.filter())
    router.callback_query.register(missing, MissingOrders.filter())
    router.callback_query.register(gather, Gather.filter())
    router.callback_query.register(follower_text, FollowerText.filter())
    router.callback_query.register(act, DisputeAct.filter())
    router.callback_query.register(drop, DropNumber.filter())
    router.callback_query.register(wrong, WrongOrder.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(numbers_typed, StateFilter(GatherNumbers.numbers), no_command)
    router.message.register(objected, StateFilter(ObjectToAnswer.words), no_command)
    router.message.register(amount_typed, StateFilter(DisputeOrder.amount), no_command)
    router.message.register(words_typed, StateFilter(DisputeOrder.words), no_command)
    return router
