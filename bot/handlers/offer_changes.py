"""Announced changes of offers: a manager looks and withdraws, a moderator reviews new contents."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.offer_changes import ChangesMove, OfferChanges, ReviewChange, ReviewMove
from bot.i18n import Translator
from bot.screens import offer_changes as screens
from bot.states import DeclineChange
from core.errors import OutOfDate
from core.ids import OfferId
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.changes import (
    changes_in_review,
    review_change,
    standing_changes,
    withdraw_change,
)


async def announced(
    query: CallbackQuery,
    callback_data: OfferChanges,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """What is announced or in review of an offer, and its withdrawal."""
    offer = OfferId(callback_data.offer)
    if callback_data.move is ChangesMove.WITHDRAW_YES:
        await withdraw_change(new_uow, clock, actor=actor, change=callback_data.change)
    known, changes = await standing_changes(new_uow, actor=actor, offer=offer)
    if callback_data.move is ChangesMove.WITHDRAW:
        change = next((one for one in changes if one.id == callback_data.change), None)
        if change is None:
            raise OutOfDate("change")
        await reply.show(query, screens.confirm_withdrawal(t, known, change))
        return
    await reply.show(query, screens.announced(t, known, changes))


async def review(
    query: CallbackQuery,
    callback_data: ReviewChange,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """New contents one by one, with the verdict on each."""
    actor.demand(Permission.MODERATION)
    if await state.get_state() == DeclineChange.reason.state:
        await state.clear()
    change = callback_data.change
    match callback_data.move:
        case ReviewMove.APPROVE_YES:
            await review_change(new_uow, clock, actor=actor, change=change, approve=True)
            await reply.show(query, screens.decided(t, approved=True))
            return
        case ReviewMove.DECLINE:
            await state.set_state(DeclineChange.reason)
            await state.set_data({"declined_change": change})
            await reply.show(query, screens.ask_reason(t))
            return
        case ReviewMove.APPROVE:
            await reply.show(query, screens.confirm_approval(t, change))
            return
        case ReviewMove.NEXT:
            found = await changes_in_review(new_uow, actor=actor, after=callback_data.after or None)
    if found is None:
        await reply.show(query, screens.nothing(t))
        return
    await reply.show(query, screens.review(t, *found))


async def reason(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The typed reason declines the change; anything else asks for it again."""
    actor.demand(Permission.MODERATION)
    change = (await state.get_data()).get("declined_change")
    note = (message.text or "").strip()
    if change is None:
        await state.clear()
        raise OutOfDate("change")
    if not note or len(note) > screens.NOTE_MAX:
        await reply.show(message, screens.ask_reason(t, problem=True))
        return
    await state.clear()
    await review_change(new_uow, clock, actor=actor, change=int(change), approve=False, note=note)
    await reply.show(message, screens.decided(t, approved=False))


def setup() -> Router:
    """The routes of changes of offers."""
    router = Router(name=__name__)
    router.message.register(reason, DeclineChange.reason, ~F.text.startswith("/"))
    router.callback_query.register(announced, OfferChanges.filter())
    router.callback_query.register(review, ReviewChange.filter())
    return router
