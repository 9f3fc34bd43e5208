"""/brands: staff make brands, set their conditions, suspend and restore them."""

from __future__ import annotations

from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.admin_brands import (
    AdminBrand,
    AdminBrands,
    BrandAction,
    NewBrand,
    NewBrandAction,
)
from bot.i18n import Translator
from bot.reply import show
from bot.screens import admin_brands as screens
from bot.screens.errors import refusal
from bot.states import ChangeBrand, MakeBrand, SuspendBrand
from core import typed
from core.errors import AlreadyUsed, BadInput, OutOfDate
from core.identifiers import parse_bin
from core.ids import BrandId
from core.money import Money
from core.people import Actor, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brand_requests import reason
from core.usecases.brands import (
    BrandCard,
    all_brands,
    brand_card,
    brand_name,
    change_conditions,
    create_brand,
    legal_name,
    restore_brand,
    suspend_brand,
    suspension_of_brand,
)

Event = Message | CallbackQuery

PAGE = 8
ANSWERS, BRAND, REASON = "new_brand", "changed_brand", "suspension"  # keys of the data
STATES = {
    "name": MakeBrand.name,
    "legal_name": MakeBrand.legal_name,
    "bin": MakeBrand.bin,
    "fee": MakeBrand.fee,
}
STEPS = {state.state: step for step, state in STATES.items()}


async def listing(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
    callback_data: AdminBrands | None = None,
) -> None:
    """Every brand."""
    await state.set_state(None)
    after = callback_data.after if callback_data else 0
    brands, following = await all_brands(new_uow, actor=actor, after=after or None, limit=PAGE)
    await show(event, screens.listing(t, actor, brands, first=not after, following=following))


async def press(
    query: CallbackQuery,
    callback_data: AdminBrand,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A brand's card, or what is done from it."""
    await state.set_state(None)
    brand = BrandId(callback_data.brand)
    action = callback_data.action
    if action is BrandAction.SUSPEND_YES:
        data = await state.get_data()
        if data.get(BRAND) != brand or not data.get(REASON):
            raise OutOfDate("brand")
        await suspend_brand(new_uow, clock, actor=actor, brand=brand, reason=data[REASON])
        await state.update_data({REASON: ""})
    elif action is BrandAction.RESTORE_YES:
        await restore_brand(new_uow, clock, actor=actor, brand=brand)
    card = await _card(brand, actor, new_uow)
    match action:
        case BrandAction.FEE | BrandAction.CREDIT:
            actor.demand(Permission.FINANCE)
            fee = action is BrandAction.FEE
            await state.set_state(ChangeBrand.fee if fee else ChangeBrand.credit)
            await state.update_data({BRAND: brand})
            await show(query, screens.ask_condition(t, card.brand, action))
        case BrandAction.SUSPEND:
            follows = await suspension_of_brand(new_uow, actor=actor, brand=brand)
            await state.set_state(SuspendBrand.reason)
            await state.update_data({BRAND: brand, REASON: ""})
            await show(query, screens.ask_suspension(t, card.brand, follows))
        case BrandAction.RESTORE:
            actor.demand(Permission.MODERATION)
            await show(query, screens.confirm_restore(t, card.brand))
        case _:
            await show(query, screens.card(t, actor, card))


async def typed_condition(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The new fee or credit limit."""
    brand = BrandId((await state.get_data()).get(BRAND, 0))
    text = message.text or ""
    fee = await state.get_state() == ChangeBrand.fee.state
    try:
        if fee:
            bps = typed.percent(text, "fee")
            await change_conditions(new_uow, clock, actor=actor, brand=brand, fee_bps=bps)
        else:
            limit = _limit(text)
            await change_conditions(new_uow, clock, actor=actor, brand=brand, credit_limit=limit)
    except BadInput as error:
        card = await _card(brand, actor, new_uow)
        action = BrandAction.FEE if fee else BrandAction.CREDIT
        problem = refusal(t, error)
        await show(message, screens.ask_condition(t, card.brand, action, problem=problem))
        return
    await state.set_state(None)
    await show(message, screens.card(t, actor, await _card(brand, actor, new_uow)))


async def typed_reason(
    message: Message, actor: Actor, t: Translator, new_uow: UnitOfWorkFactory, state: FSMContext
) -> None:
    """Why a brand is suspended; then what follows is shown before it is confirmed."""
    brand = BrandId((await state.get_data()).get(BRAND, 0))
    card = await _card(brand, actor, new_uow)
    follows = await suspension_of_brand(new_uow, actor=actor, brand=brand)
    try:
        given = reason(message.text or "")
    except BadInput as error:
        problem = refusal(t, error)
        await show(message, screens.ask_suspension(t, card.brand, follows, problem=problem))
        return
    await state.update_data({REASON: given})
    await show(message, screens.confirm_suspension(t, card.brand, follows, given))


def _limit(text: str) -> Money:
    return Money(0) if text.strip() == "0" else typed.tenge_amount(text, "credit_limit")


async def _card(brand: BrandId, actor: Actor, new_uow: UnitOfWorkFactory) -> BrandCard:
    return await brand_card(new_uow, actor=actor, brand=brand)


async def form(
    query: CallbackQuery,
    callback_data: NewBrand,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A button of the form of a new brand; a half-filled one is taken up where it was left."""
    actor.demand(Permission.MODERATION)
    answers = await _kept(state)
    match callback_data.action:
        case NewBrandAction.BEGIN:
            await _advance(query, answers, t, state)
        case NewBrandAction.BACK if answers:
            answers.popitem()  # the latest answer is asked for again
            await state.update_data({ANSWERS: answers})
            await _advance(query, answers, t, state)
        case NewBrandAction.BACK:
            await listing(query, actor, t, new_uow, state)
        case NewBrandAction.CREATE:
            await _create(query, answers, actor, t, new_uow, clock, state)


async def typed_answer(message: Message, actor: Actor, t: Translator, state: FSMContext) -> None:
    """An answer of the form."""
    actor.demand(Permission.MODERATION)
    answers = await _kept(state)
    step = STEPS.get(await state.get_state(), "")
    if step:
        try:
            answers[step] = _read(step, message.text or "")
        except BadInput as error:
            problem = refusal(t, error)
            await show(message, screens.ask_field(t, step, answers, problem=problem))
            return
        await state.update_data({ANSWERS: answers})
    await _advance(message, answers, t, state)


def _read(step: str, text: str) -> str:
    match step:
        case "name":
            return brand_name(text)
        case "legal_name":
            return legal_name(text)
        case "bin":
            return parse_bin(text)
        case _:
            return str(typed.percent(text, "fee"))


async def _create(
    query: CallbackQuery,
    answers: dict[str, str],
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    if any(step not in answers for step in screens.STEPS):
        raise OutOfDate("brand")
    try:
        brand = await create_brand(
            new_uow,
            clock,
            actor=actor,
            name=answers["name"],
            legal_name=answers["legal_name"],
            bin=answers["bin"],
            fee_bps=int(answers["fee"]),
        )
    except (AlreadyUsed, BadInput) as error:
        step = error.field if error.field in STATES else "fee"
        for later in screens.STEPS[screens.STEPS.index(step) :]:
            answers.pop(later, None)
        await state.update_data({ANSWERS: answers})
        await state.set_state(STATES[step])
        await show(query, screens.ask_field(t, step, answers, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await state.update_data({ANSWERS: {}})
    await show(query, screens.card(t, actor, await _card(brand.id, actor, new_uow)))


async def _advance(event: Event, answers: dict[str, str], t: Translator, state: FSMContext) -> None:
    """The first question without an answer; with all answered, what will be made."""
    for step in screens.STEPS:
        if step not in answers:
            await state.set_state(STATES[step])
            await show(event, screens.ask_field(t, step, answers))
            return
    await state.set_state(MakeBrand.confirm)
    await show(event, screens.confirm_brand(t, answers))


async def _kept(state: FSMContext) -> dict[str, str]:
    """Answers so far, in the order of the questions."""
    data: dict[str, Any] = (await state.get_data()).get(ANSWERS) or {}
    return {step: data[step] for step in screens.STEPS if step in data}


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(listing, Command("brands"))
    router.callback_query.register(listing, AdminBrands.filter())
    router.callback_query.register(press, AdminBrand.filter())
    router.callback_query.register(form, NewBrand.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(typed_condition, StateFilter(ChangeBrand), no_command)
    router.message.register(typed_answer, StateFilter(MakeBrand), no_command)
    router.message.register(typed_reason, StateFilter(SuspendBrand.reason), no_command)
    return router
