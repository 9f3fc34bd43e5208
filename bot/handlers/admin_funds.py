"""Top-ups: staff book what a brand has transferred."""

from __future__ import annotations

from typing import Any

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.admin_funds import TopUp, TopUpAction
from bot.i18n import Translator
from bot.screens import admin_funds as screens
from bot.screens.errors import refusal
from bot.states import BookTopUp
from core import typed
from core.errors import BadInput, OutOfDate
from core.ids import BrandId
from core.money import Money
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.funds import REFERENCE_MAX, FundsView, brand_funds, top_up

BOOKING = "top_up"  # key of the data: brand, and when typed: amount_minor, reference, form


async def press(
    query: CallbackQuery,
    callback_data: TopUp,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Begin, or book what was typed."""
    actor.demand(Permission.FINANCE)
    brand = BrandId(callback_data.brand)
    if callback_data.action is TopUpAction.BEGIN:
        view = await brand_funds(new_uow, clock, actor=actor, brand=brand)
        await state.set_state(BookTopUp.amount)
        await state.update_data({BOOKING: {"brand": int(brand)}})
        await reply.show(query, screens.ask_amount(t, view))
        return
    booking = await _booking(state)
    if (booking.get("brand"), booking.get("form")) != (brand, callback_data.form):
        raise OutOfDate("brand")
    made = await top_up(
        new_uow,
        clock,
        actor=actor,
        brand=brand,
        amount=Money(booking["amount_minor"]),
        key=booking["reference"],
    )
    await state.set_state(None)
    await state.update_data({BOOKING: {}})
    await reply.show(query, screens.booked(t, made, reference=booking["reference"]))


async def amount(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The typed sum."""
    booking, view = await _shown(actor, new_uow, clock, state)
    try:
        given = typed.tenge_amount(message.text or "")
    except BadInput as error:
        await reply.show(message, screens.ask_amount(t, view, problem=refusal(t, error)))
        return
    await state.set_state(BookTopUp.reference)
    await state.update_data({BOOKING: {**booking, "amount_minor": given.minor}})
    await reply.show(message, screens.ask_reference(t, view, given))


async def reference(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The typed reference of the transfer: show what will happen."""
    booking, view = await _shown(actor, new_uow, clock, state)
    given = Money(booking["amount_minor"])
    text = " ".join((message.text or "").split())
    if not 0 < len(text) <= REFERENCE_MAX:
        await reply.show(message, screens.ask_reference(t, view, given))
        return
    form = message.message_id
    await state.update_data({BOOKING: {**booking, "reference": text, "form": form}})
    await reply.show(message, screens.confirm(t, view, given, text, form=form))


async def _shown(
    actor: Actor, new_uow: UnitOfWorkFactory, clock: Clock, state: FSMContext
) -> tuple[dict[str, Any], FundsView]:
    actor.demand(Permission.FINANCE)
    booking = await _booking(state)
    if "brand" not in booking:
        raise OutOfDate("brand")
    return booking, await brand_funds(new_uow, clock, actor=actor, brand=BrandId(booking["brand"]))


async def _booking(state: FSMContext) -> dict[str, Any]:
    return dict((await state.get_data()).get(BOOKING) or {})


def setup() -> Router:
    """Routes of top-ups."""
    router = Router(name=__name__)
    router.callback_query.register(press, TopUp.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(amount, BookTopUp.amount, no_command)
    router.message.register(reference, BookTopUp.reference, no_command)
    return router
