"""Somebody who represents a brand signs it up; the staff decide on that and on changed data."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.brand_requests import (
    BrandRequests,
    RequestReview,
    RequestVerdict,
    SignUp,
    SignUpAction,
)
from bot.i18n import Translator
from bot.reply import show
from bot.screens import brand_requests as screens
from bot.screens.errors import refusal
from bot.screens.onboarding import for_brands
from bot.settings import Settings
from bot.states import DeclineRequest, SignBrandUp
from core.brand_requests import LegalData, RequestState
from core.errors import AlreadyUsed, BadInput, OutOfDate
from core.identifiers import parse_bin
from core.ids import RequestId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brand_requests import (
    approve_request,
    decline_request,
    licence,
    next_request,
    own_sign_up,
    request_card,
    sign_up,
)
from core.usecases.brands import brand_name, legal_name

Event = Message | CallbackQuery

FEE_BPS: Final = 2_000  # of a new brand, until finance changes it
ANSWERS, DECLINED = "sign_up", "declined_request"  # keys of the data
STATES = {
    "name": SignBrandUp.name,
    "legal_name": SignBrandUp.legal_name,
    "bin": SignBrandUp.bin,
    "licence": SignBrandUp.licence,
}
NAMES = {state.state: step for step, state in STATES.items()}
FIELDS = {"brand_name": "name"}  # of refusals, where they differ from the steps


async def form(
    query: CallbackQuery,
    callback_data: SignUp,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """A button of the sign-up; a half-filled one is taken up where it was left."""
    answers = await _kept(state)
    match callback_data.action:
        case SignUpAction.BACK if answers:
            answers.popitem()  # the latest answer is asked for again
        case SignUpAction.BACK:
            await state.set_state(None)
            await show(query, for_brands(t, settings.operator_name))
            return
        case SignUpAction.NO_LICENCE if len(answers) == len(STATES) - 1:
            answers["licence"] = ""
        case SignUpAction.SEND:
            await _send(query, answers, actor, t, new_uow, clock, state)
            return
        case _:
            pass
    await _advance(query, answers, t, state)


async def typed_answer(message: Message, t: Translator, state: FSMContext) -> None:
    """An answer of the sign-up."""
    answers = await _kept(state)
    step = NAMES.get(await state.get_state(), "")
    if step:
        try:
            answers[step] = _read(step, message.text or "")
        except BadInput as error:
            await show(message, screens.ask_step(t, step, answers, problem=refusal(t, error)))
            return
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
            return licence(text)


async def _advance(event: Event, answers: dict[str, str], t: Translator, state: FSMContext) -> None:
    await state.update_data({ANSWERS: answers})
    for step in screens.STEPS:
        if step not in answers:
            await state.set_state(STATES[step])
            await show(event, screens.ask_step(t, step, answers))
            return
    await state.set_state(SignBrandUp.confirm)
    await show(event, screens.confirm(t, answers))


async def _send(
    query: CallbackQuery,
    answers: dict[str, str],
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    if any(step not in answers for step in screens.STEPS):
        sent = await own_sign_up(new_uow, actor=actor)
        if sent is None:
            raise OutOfDate("brand")
        await show(query, screens.sign_up_state(t, sent))  # the second tap
        return
    data = LegalData(**answers)
    try:
        request = await sign_up(new_uow, clock, actor=actor, data=data)
    except (AlreadyUsed, BadInput) as error:
        step = FIELDS.get(error.field, error.field)
        for later in screens.STEPS[screens.STEPS.index(step) :]:
            answers.pop(later, None)
        await state.update_data({ANSWERS: answers})
        await state.set_state(STATES[step])
        await show(query, screens.ask_step(t, step, answers, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await state.update_data({ANSWERS: {}})
    await show(query, screens.sign_up_state(t, request))


async def _kept(state: FSMContext) -> dict[str, str]:
    """Answers so far, in the order of the questions."""
    data = (await state.get_data()).get(ANSWERS) or {}
    return {step: data[step] for step in screens.STEPS if step in data}


async def queue(
    query: CallbackQuery,
    callback_data: BrandRequests,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """The next request that waits."""
    await state.set_state(None)
    after = callback_data.after
    shown, following = await next_request(new_uow, actor=actor, after=after or None)
    if shown is None:
        left = after and (await next_request(new_uow, actor=actor, after=None))[0]
        await show(query, screens.nothing(t, skipped=bool(left)))
        return
    await show(query, screens.review(t, shown, following=following))


async def press(
    query: CallbackQuery,
    callback_data: RequestReview,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A verdict on a request."""
    await state.set_state(None)
    request = RequestId(callback_data.request)
    shown = await request_card(new_uow, actor=actor, request=request)
    waits = shown.request.state is RequestState.WAITING
    match callback_data.verdict:
        case RequestVerdict.APPROVE if waits:
            await show(query, screens.confirm_approval(t, shown, fee_bps=FEE_BPS))
        case RequestVerdict.APPROVE_YES if waits:
            brand = await approve_request(
                new_uow, clock, actor=actor, request=request, fee_bps=FEE_BPS
            )
            await show(query, screens.approved(t, brand))
        case RequestVerdict.DECLINE if waits:
            await state.set_state(DeclineRequest.reason)
            await state.update_data({DECLINED: request})
            await show(query, screens.ask_decline(t, shown))
        case _:
            await show(query, screens.review(t, shown, following=None))


async def typed_reason(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The reason declines the request; what does not fit is asked again."""
    request = RequestId((await state.get_data()).get(DECLINED, 0))
    shown = await request_card(new_uow, actor=actor, request=request)
    try:
        declined = await decline_request(
            new_uow, clock, actor=actor, request=request, note=message.text or ""
        )
    except BadInput as error:
        await show(message, screens.ask_decline(t, shown, problem=refusal(t, error)))
        return
    await state.set_state(None)
    await show(message, screens.declined(t, declined))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(form, SignUp.filter())
    router.callback_query.register(queue, BrandRequests.filter())
    router.callback_query.register(press, RequestReview.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(typed_answer, StateFilter(SignBrandUp), no_command)
    router.message.register(typed_reason, StateFilter(DeclineRequest.reason), no_command)
    return router
