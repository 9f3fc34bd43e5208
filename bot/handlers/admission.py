"""A creator applies for an offer, takes the application back, or leaves."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.admission import Apply, LeaveOffer, WithdrawApplication
from bot.i18n import Translator
from bot.screens import admission as screens
from bot.screens.errors import refusal
from bot.states import ApplyToOffer
from core.errors import BadInput
from core.ids import EnrolmentId, OfferId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.admissions import (
    apply_to_offer,
    begin_application,
    leave_offer,
    withdraw_application,
)
from core.usecases.enrolments import enrolment_card
from core.usecases.offers import offer_card


async def apply(
    query: CallbackQuery,
    callback_data: Apply,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Ask for a note, or send the application without one."""
    offer = OfferId(callback_data.offer)
    if callback_data.send:
        card = await apply_to_offer(new_uow, clock, actor=actor, offer=offer)
        await state.clear()
        await reply.show(query, screens.applied(t, card))
        return
    await begin_application(new_uow, clock, actor=actor, offer=offer)
    shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
    await state.set_state(ApplyToOffer.note)
    await state.set_data({"offer": offer})
    await reply.show(query, screens.ask_note(t, shown))


async def note(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Send the application with what was typed."""
    offer = OfferId(int((await state.get_data()).get("offer", 0)))
    try:
        if not (message.text or "").strip():
            raise BadInput("note")
        card = await apply_to_offer(
            new_uow, clock, actor=actor, offer=offer, note=message.text or ""
        )
    except BadInput as error:
        shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
        await reply.show(message, screens.ask_note(t, shown, trouble=refusal(t, error)))
        return
    await state.clear()
    await reply.show(message, screens.applied(t, card))


async def withdraw(
    query: CallbackQuery,
    callback_data: WithdrawApplication,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Ask, then take the application back."""
    enrolment = EnrolmentId(callback_data.enrolment)
    if callback_data.sure:
        await withdraw_application(new_uow, clock, actor=actor, enrolment=enrolment)
        await reply.show(query, screens.withdrawn(t))
        return
    card = await enrolment_card(new_uow, actor=actor, enrolment=enrolment)
    await reply.show(query, screens.confirm_withdrawal(t, card))


async def leave(
    query: CallbackQuery,
    callback_data: LeaveOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Say what leaving does, then leave."""
    enrolment = EnrolmentId(callback_data.enrolment)
    if callback_data.sure:
        await leave_offer(new_uow, clock, actor=actor, enrolment=enrolment)
        card = await enrolment_card(new_uow, actor=actor, enrolment=enrolment)
        await reply.show(query, screens.left(t, card))
        return
    card = await enrolment_card(new_uow, actor=actor, enrolment=enrolment)
    await reply.show(query, screens.confirm_leaving(t, card, now=clock()))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(apply, Apply.filter())
    router.callback_query.register(withdraw, WithdrawApplication.filter())
    router.callback_query.register(leave, LeaveOffer.filter())
    router.message.register(
        note, StateFilter(ApplyToOffer.note), F.chat.type == "private", ~F.text.startswith("/")
    )
    return router
