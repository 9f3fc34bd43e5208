"""Disputes in the hands of a brand or of the staff, and a case as each side looks at it."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.disputes import (
    BrandDisputes,
    DisputeAnswer,
    DisputedLook,
    DisputeHistory,
    DisputeLook,
    StaffDisputes,
)
from bot.i18n import Translator
from bot.reply import show
from bot.screens import dispute_answers as screens
from bot.screens import disputes as creator_screens
from bot.screens.base import Screen
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import AnswerDispute
from core import typed
from core.disputes import DisputedOrder, Side, Verdict
from core.errors import BadInput, NotFound, OutOfDate
from core.ids import DisputedOrderId, DisputeId
from core.money import Money
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases import disputes as usecases
from core.usecases.dispute_answers import answer_dispute
from core.usecases.disputes import DisputeCard

PAGE: Final = 8
ANSWER, NET = "dispute_answer", "dispute_net"  # keys of the data: the button, tiyn


async def of_brands(
    query: CallbackQuery,
    callback_data: BrandDisputes,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Cases that were sent to the actor's brands."""
    await state.set_state(None)
    after = DisputeId(callback_data.after) if callback_data.after else None
    lines, waiting = await usecases.brand_disputes(
        new_uow, actor=actor, shelf=callback_data.shelf, after=after, limit=PAGE + 1
    )
    await show(
        query,
        screens.listing(
            t,
            lines[:PAGE],
            side=Side.BRAND,
            shelf=callback_data.shelf,
            waiting=waiting,
            first=after is None,
            more=len(lines) > PAGE,
        ),
    )


async def of_everybody(
    query: CallbackQuery,
    callback_data: StaffDisputes,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Cases for the staff."""
    await state.set_state(None)
    after = DisputeId(callback_data.after) if callback_data.after else None
    lines = await usecases.staff_disputes(
        new_uow, actor=actor, shelf=callback_data.shelf, after=after, limit=PAGE + 1
    )
    await show(
        query,
        screens.listing(
            t,
            lines[:PAGE],
            side=Side.STAFF,
            shelf=callback_data.shelf,
            waiting=None,
            first=after is None,
            more=len(lines) > PAGE,
        ),
    )


async def look(
    query: CallbackQuery,
    callback_data: DisputeLook,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """A case."""
    await state.set_state(None)
    card = await usecases.dispute_card(
        new_uow,
        actor=actor,
        dispute=DisputeId(callback_data.dispute),
        side=callback_data.side,
    )
    await show(query, _shown(t, card, page=callback_data.page))


async def history(
    query: CallbackQuery,
    callback_data: DisputeHistory,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """What was done about a case."""
    card = await usecases.dispute_card(
        new_uow,
        actor=actor,
        dispute=DisputeId(callback_data.dispute),
        side=callback_data.side,
    )
    await show(query, creator_screens.history(t, card))


async def one(
    query: CallbackQuery,
    callback_data: DisputedLook,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """One order of a case, with the answers that fit it."""
    await state.set_state(None)
    if callback_data.side is Side.CREATOR:
        raise OutOfDate("dispute")
    card = await usecases.dispute_card(
        new_uow,
        actor=actor,
        dispute=DisputeId(callback_data.dispute),
        side=callback_data.side,
    )
    await show(query, screens.one(t, card, _order(card, callback_data.order)))


async def answer(
    query: CallbackQuery,
    callback_data: DisputeAnswer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Answer: what is lacking is asked for, then it is confirmed, then it is done."""
    wanted = callback_data
    if wanted.side not in (Side.BRAND, Side.STAFF):
        raise OutOfDate("dispute")
    card = await usecases.dispute_card(
        new_uow, actor=actor, dispute=DisputeId(wanted.dispute), side=wanted.side
    )
    fitting = [
        each
        for each in card.waiting
        if wanted.order in (0, each.id) and wanted.verdict in card.answers(each)
    ]
    if not fitting:
        raise OutOfDate("dispute")
    if wanted.verdict is Verdict.DECLINED and wanted.reason is None:
        await show(query, screens.ask_reason(t, card, wanted))
        return
    if wanted.verdict is Verdict.ADJUSTED and not wanted.sure:
        await state.set_state(AnswerDispute.net)
        await state.update_data({ANSWER: wanted.pack()})
        await show(query, screens.ask_net(t, card))
        return
    if not wanted.sure:
        await show(query, screens.confirm(t, card, wanted))
        return
    net = await _net(state) if wanted.verdict is Verdict.ADJUSTED else None
    await state.set_state(None)
    done = await answer_dispute(
        new_uow,
        clock,
        actor=actor,
        dispute=DisputeId(wanted.dispute),
        side=wanted.side,
        verdict=wanted.verdict,
        times=settings.dispute_times,
        order=DisputedOrderId(wanted.order) if wanted.order else None,
        reason=wanted.reason,
        net=net,
    )
    await show(query, screens.card(t, done, page=0))


async def net_typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The right amount of an order; it is confirmed before it counts."""
    try:
        wanted = DisputeAnswer.unpack((await state.get_data())[ANSWER])
    except (KeyError, TypeError, ValueError):
        raise OutOfDate("dispute") from None
    card = await usecases.dispute_card(
        new_uow, actor=actor, dispute=DisputeId(wanted.dispute), side=wanted.side
    )
    try:
        net = typed.tenge_amount(message.text or "")
        _demand_more(card, net)
    except BadInput as error:
        await show(message, screens.ask_net(t, card, problem=refusal(t, error)))
        return
    await state.update_data({NET: net.minor})
    await show(message, screens.confirm(t, card, wanted, net=net))


def _demand_more(card: DisputeCard, net: Money) -> None:
    found = card.found.get(card.orders[0].number)
    if found is not None and card.dispute.claimed is not None and net <= found.net:
        raise BadInput("net")


def _order(card: DisputeCard, order: int) -> DisputedOrder:
    found = next((each for each in card.orders if each.id == order), None)
    if found is None:
        raise NotFound("dispute")
    return found


def _shown(t: Translator, card: DisputeCard, *, page: int) -> Screen:
    if card.side is Side.CREATOR:
        return creator_screens.creator_card(t, card, page=page)
    return screens.card(t, card, page=page)


async def _net(state: FSMContext) -> Money:
    try:
        return Money(int((await state.get_data())[NET]))
    except (KeyError, TypeError, ValueError):
        raise OutOfDate("dispute") from None


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(of_brands, BrandDisputes.filter())
    router.callback_query.register(of_everybody, StaffDisputes.filter())
    router.callback_query.register(look, DisputeLook.filter())
    router.callback_query.register(history, DisputeHistory.filter())
    router.callback_query.register(one, DisputedLook.filter())
    router.callback_query.register(answer, DisputeAnswer.filter())
    router.message.register(net_typed, StateFilter(AnswerDispute.net), ~F.text.startswith("/"))
    return router
