"""/company: a brand's profile; owners ask for other legal data, anybody may leave."""

from __future__ import annotations

from dataclasses import replace

from aiogram import F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.brand_requests import ChangeLegal, Company, LegalField
from bot.callbacks.brand_team import LeaveBrand
from bot.i18n import Translator
from bot.reply import show
from bot.screens import brand_company as screens
from bot.screens.errors import refusal
from bot.states import ChangeCompany
from core.errors import AlreadyUsed, BadInput, NotAllowed
from core.identifiers import parse_bin
from core.ids import BrandId
from core.people import Actor, Brand
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brand_requests import (
    demand_owner,
    licence,
    of_brand,
    request_change,
    waiting_change,
)
from core.usecases.brands import (
    brand_card,
    brand_name,
    leave_brand,
    legal_name,
    own_brands,
)

Event = Message | CallbackQuery

BRAND, FIELD, VALUE = "company", "company_field", "company_value"  # keys of the data


async def profile(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: Company | None = None,
) -> None:
    """The profile; of the only brand, or after a choice."""
    await state.set_state(None)
    brand = callback_data.brand if callback_data else 0
    if not brand:
        own = await own_brands(new_uow, actor=actor)
        if not own:
            raise NotAllowed
        if len(own) != 1:
            await show(event, screens.choose_brand(t, own))
            return
        brand = own[0].id
    await _show(event, BrandId(brand), actor, t, new_uow)


async def _show(
    event: Event, brand: BrandId, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory
) -> None:
    role = dict(actor.brands).get(brand)
    if role is None:
        raise NotAllowed
    card = await brand_card(new_uow, actor=actor, brand=brand)
    waiting = await waiting_change(new_uow, actor=actor, brand=brand)
    await show(event, screens.company(t, card.brand, role, waiting))


async def change(
    query: CallbackQuery,
    callback_data: ChangeLegal,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Ask for a new value, or send the one that was typed."""
    brand, field = BrandId(callback_data.brand), callback_data.field
    demand_owner(actor, brand)
    card = await brand_card(new_uow, actor=actor, brand=brand)
    if callback_data.sure:
        data = await state.get_data()
        value = "" if callback_data.empty else str(data.get(VALUE, ""))
        await _send(query, card.brand, field, value, actor, t, new_uow, clock, state)
    elif callback_data.empty:
        await show(query, screens.confirm(t, card.brand, field, ""))
    else:
        await state.set_state(ChangeCompany.value)
        await state.update_data({BRAND: brand, FIELD: str(field), VALUE: ""})
        await show(query, screens.ask(t, card.brand, field))


async def typed_value(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The new value; what does not fit is asked again."""
    data = await state.get_data()
    brand, field = BrandId(data.get(BRAND, 0)), LegalField(data.get(FIELD, LegalField.NAME))
    demand_owner(actor, brand)
    card = await brand_card(new_uow, actor=actor, brand=brand)
    try:
        value = _checked(field, message.text or "")
    except BadInput as error:
        await show(message, screens.ask(t, card.brand, field, problem=refusal(t, error)))
        return
    await state.update_data({VALUE: value})
    await show(message, screens.confirm(t, card.brand, field, value))


def _checked(field: LegalField, text: str) -> str:
    match field:
        case LegalField.NAME:
            return brand_name(text)
        case LegalField.LEGAL_NAME:
            return legal_name(text)
        case LegalField.BIN:
            return parse_bin(text)
        case LegalField.LICENCE:
            return licence(text)


async def _send(
    query: CallbackQuery,
    brand: Brand,
    field: LegalField,
    value: str,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    # Several changes in a row add up: what waits already is the base of the next one.
    waiting = await waiting_change(new_uow, actor=actor, brand=brand.id)
    base = waiting.data if waiting else of_brand(brand)
    wanted = replace(base, **{screens.FIELD[field]: value})
    try:
        await request_change(new_uow, clock, actor=actor, brand=brand.id, data=wanted)
    except (AlreadyUsed, BadInput) as error:
        await state.set_state(ChangeCompany.value)
        await show(query, screens.ask(t, brand, field, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await _show(query, brand.id, actor, t, new_uow)


async def leave(
    query: CallbackQuery,
    callback_data: LeaveBrand,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Act for the brand no longer, after a question."""
    brand = BrandId(callback_data.brand)
    card = await brand_card(new_uow, actor=actor, brand=brand)
    if not callback_data.sure:
        actor.demand_brand(brand)
        await show(query, screens.confirm_leave(t, card.brand))
        return
    await leave_brand(new_uow, clock, actor=actor, brand=brand)
    await show(query, screens.left(t, card.brand))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(profile, Command("company"))
    router.callback_query.register(profile, Company.filter())
    router.callback_query.register(change, ChangeLegal.filter())
    router.callback_query.register(leave, LeaveBrand.filter())
    router.message.register(typed_value, StateFilter(ChangeCompany.value), ~F.text.startswith("/"))
    return router
