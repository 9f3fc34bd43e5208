"""Top-ups: staff book what a brand has transferred."""

from __future__ import annotations

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.admin_funds import TopUp, TopUpAction
from bot.i18n import Translator
from bot.screens import admin_funds as screens
from bot.states import BookTopUp
from core import typed
from core.errors import BadInput, OutOfDate
from core.ids import BrandId
from core.money import Money
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.funds import brand_funds, top_up

REFERENCE_MAX = 60  # characters


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
        await state.set_state(BookTopUp.amount)
        await state.set_data({"brand": int(brand)})
        view = await brand_funds(new_uow, actor=actor, brand=brand)
        await reply.show(query, screens.ask_amount(t, view))
        return
    data = await state.get_data()
    if data.get("brand") != brand or "reference" not in data:
        raise OutOfDate("brand")
    view = await top_up(
        new_uow,
        clock,
        actor=actor,
        brand=brand,
        amount=Money(data["amount_minor"]),
        key=data["reference"],
    )
    await state.clear()
    await reply.show(query, screens.booked(t, view))


async def amount(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """The typed sum."""
    data = await state.get_data()
    view = await brand_funds(new_uow, actor=actor, brand=BrandId(data["brand"]))
    try:
        given = typed.tenge_amount(message.text or "")
    except BadInput:
        await reply.show(message, screens.ask_amount(t, view, wrong=True))
        return
    await state.update_data(amount_minor=given.minor)
    await state.set_state(BookTopUp.reference)
    await reply.show(message, screens.ask_reference(t, view))


async def reference(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """The typed reference of the transfer."""
    data = await state.get_data()
    view = await brand_funds(new_uow, actor=actor, brand=BrandId(data["brand"]))
    text = " ".join((message.text or "").split())[:REFERENCE_MAX]
    if not text:
        await reply.show(message, screens.ask_reference(t, view))
        return
    await state.update_data(reference=text)
    await state.set_state(BookTopUp.confirm)
    await reply.show(message, screens.confirm(t, view, Money(data["amount_minor"]), text))


def setup() -> Router:
    """Routes of top-ups."""
    router = Router(name=__name__)
    router.callback_query.register(press, TopUp.filter())
    router.message.register(amount, BookTopUp.amount)
    router.message.register(reference, BookTopUp.reference)
    return router
