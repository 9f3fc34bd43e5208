"""A manager fills the pool of an offer, answers wishes, announces changes of codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_codes import (
    Answer,
    ChangeCode,
    NoticeStep,
    Pool,
    PoolAction,
    PoolSource,
    WishCard,
    Wishes,
)
from bot.i18n import Translator
from bot.screens import brand_codes as screens
from bot.screens import brand_creators
from bot.screens.base import Screen
from bot.screens.errors import refusal
from bot.states import AnnounceCode, FillPool
from core import typed
from core.code_changes import NoticeReason, RefusalReason, demand_notice
from core.enrolments import CreatorInOffer
from core.errors import AlreadyUsed, BadInput, FileRefused, OutOfDate
from core.ids import BrandId, CodeRequestId, EnrolmentId, OfferId
from core.orders import ALMATY
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.sources.code_list import SIZE_MAX
from core.usecases.admissions import membership
from core.usecases.codes import (
    accept_wish,
    add_pool_codes,
    announce_change,
    cancel_change,
    check_change,
    choose_code_source,
    clear_pool,
    pool_of,
    refuse_wish,
    wish,
    wishes,
)
from core.usecases.enrolments import creator_in_offer

# --- the pool


async def pool(
    query: CallbackQuery,
    callback_data: Pool,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The pool of an offer: looked at, filled, emptied."""
    offer = OfferId(callback_data.offer)
    if callback_data.action is PoolAction.CLEAR_YES:
        view = await clear_pool(new_uow, clock, actor=actor, offer=offer)
    else:
        view = await pool_of(new_uow, actor=actor, offer=offer)
    if callback_data.action is PoolAction.UPLOAD:
        await state.set_state(FillPool.file)
        await state.set_data({"offer": offer})
        await reply.show(query, screens.ask_file(t, view.offer))
        return
    if await state.get_state() == FillPool.file.state:
        await state.clear()
    if callback_data.action is PoolAction.CLEAR and view.count.free:
        await reply.show(query, screens.confirm_clearing(t, view))
        return
    await reply.show(query, screens.pool(t, view))


async def source(
    query: CallbackQuery,
    callback_data: PoolSource,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Say where codes of new creators come from."""
    view = await choose_code_source(
        new_uow,
        clock,
        actor=actor,
        offer=OfferId(callback_data.offer),
        source=callback_data.source,
    )
    await reply.show(query, screens.pool(t, view))


async def file(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    bot: Bot,
) -> None:
    """Take the codes of a file, or of the message itself."""
    offer = OfferId(int((await state.get_data()).get("offer", 0)))
    view = await pool_of(new_uow, actor=actor, offer=offer)
    try:
        async with reply.busy(message, ChatAction.TYPING):
            data = await _codes(message, bot)
            report = await add_pool_codes(new_uow, clock, actor=actor, offer=offer, data=data)
    except FileRefused as error:
        await reply.show(message, screens.ask_file(t, view.offer, trouble=refusal(t, error)))
        return
    await state.clear()
    await reply.show(message, screens.uploaded(t, view.offer, report))


async def _codes(message: Message, bot: Bot) -> bytes:
    if message.document is None:
        return (message.text or "").encode()
    if (message.document.file_size or 0) > SIZE_MAX:
        raise FileRefused("too_big")
    content = await bot.download(message.document.file_id)
    return content.read() if content else b""


# --- wishes


async def queue(
    query: CallbackQuery,
    callback_data: Wishes,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """The next wish that waits."""
    brand, after = BrandId(callback_data.brand), callback_data.after
    view = await wishes(new_uow, actor=actor, brand=brand, after=after or None)
    if view is None:
        await reply.show(query, screens.no_wish(t, brand=brand, skipped=bool(after)))
        return
    await reply.show(query, screens.wish(t, view))


async def answer(
    query: CallbackQuery,
    callback_data: WishCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """One wish: shown, accepted after a confirmation, or refused for a reason."""
    request, why = CodeRequestId(callback_data.request), callback_data.why
    match callback_data.answer:
        case Answer.ACCEPT_YES:
            view = await accept_wish(new_uow, clock, actor=actor, request=request)
        case Answer.REFUSE if why is not None:
            view = await refuse_wish(
                new_uow, clock, actor=actor, request=request, reason=RefusalReason[why.name]
            )
        case Answer.ACCEPT:
            view = await wish(new_uow, actor=actor, request=request)
            await reply.show(query, screens.confirm_wish(t, view))
            return
        case Answer.REFUSE:
            view = await wish(new_uow, actor=actor, request=request)
            await reply.show(query, screens.why_refused(t, view))
            return
        case Answer.SHOW:
            view = await wish(new_uow, actor=actor, request=request)
    await reply.show(query, screens.wish(t, view))


# --- announced changes


async def change(
    query: CallbackQuery,
    callback_data: ChangeCode,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A step towards the announcement of a change, or back from one."""
    enrolment = EnrolmentId(callback_data.enrolment)
    if callback_data.step is NoticeStep.CANCEL_YES:
        await cancel_change(new_uow, clock, actor=actor, enrolment=enrolment)
        shown = await membership(new_uow, actor=actor, enrolment=enrolment)
        await reply.show(query, brand_creators.card(t, shown))
        return
    _, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
    if callback_data.step is NoticeStep.CANCEL:
        await reply.show(query, screens.confirm_cancelling(t, one))
        return
    chosen = await _chosen(state, enrolment)
    match callback_data.step:
        case NoticeStep.NO_CODE:
            await check_change(new_uow, clock, actor=actor, enrolment=enrolment, text="")
            await _keep(state, AnnounceCode.code, {"enrolment": enrolment, "new": ""})
            await reply.show(query, screens.ask_why(t, one, new=""))
        case NoticeStep.WHY:
            if "new" not in chosen or not 0 <= callback_data.value < len(screens.REASONS):
                raise OutOfDate("code_notice")
            await _keep(state, AnnounceCode.due, {**chosen, "why": callback_data.value})
            await reply.show(query, screens.ask_when(t, one, new=chosen["new"]))
        case NoticeStep.WHEN:
            if "why" not in chosen or callback_data.value not in screens.DAYS:
                raise OutOfDate("code_notice")
            today = clock().astimezone(ALMATY).date()
            due_at = typed.day_end(today + timedelta(days=callback_data.value))
            chosen = {**chosen, "due": due_at.isoformat()}
            await _keep(state, AnnounceCode.due, chosen)
            await reply.show(query, _confirmation(t, one, chosen))
        case NoticeStep.ANNOUNCE:
            if "due" not in chosen:
                raise OutOfDate("code_notice")
            await announce_change(
                new_uow,
                clock,
                actor=actor,
                enrolment=enrolment,
                new=chosen["new"],
                reason=_reason(chosen),
                due_at=datetime.fromisoformat(chosen["due"]),
            )
            await state.clear()
            shown = await membership(new_uow, actor=actor, enrolment=enrolment)
            await reply.show(query, brand_creators.card(t, shown))
        case _:
            await check_change(new_uow, clock, actor=actor, enrolment=enrolment, text="")
            await _keep(state, AnnounceCode.code, {"enrolment": enrolment})
            await reply.show(query, screens.ask_code(t, one))


async def code(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The code that is to come."""
    enrolment = EnrolmentId(int((await state.get_data()).get("enrolment", 0)))
    _, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
    try:
        if not (message.text or "").strip():
            raise BadInput("code", "empty")
        new = await check_change(
            new_uow, clock, actor=actor, enrolment=enrolment, text=message.text or ""
        )
    except (AlreadyUsed, BadInput) as error:
        await reply.show(message, screens.ask_code(t, one, trouble=refusal(t, error)))
        return
    await _keep(state, AnnounceCode.code, {"enrolment": enrolment, "new": new})
    await reply.show(message, screens.ask_why(t, one, new=new))


async def due(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The day on which the code changes, typed."""
    chosen = await state.get_data()
    enrolment = EnrolmentId(int(chosen.get("enrolment", 0)))
    _, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
    try:
        day = typed.day(message.text or "", today=clock().astimezone(ALMATY).date())
        due_at = demand_notice(typed.day_end(day), now=clock())
    except BadInput:
        trouble = refusal(t, BadInput("notice"))
        screen = screens.ask_when(t, one, new=str(chosen.get("new", "")), trouble=trouble)
        await reply.show(message, screen)
        return
    chosen = {**chosen, "due": due_at.isoformat()}
    await _keep(state, AnnounceCode.due, chosen)
    await reply.show(message, _confirmation(t, one, chosen))


def _confirmation(t: Translator, one: CreatorInOffer, chosen: dict[str, Any]) -> Screen:
    return screens.confirm_change(
        t,
        one,
        new=chosen["new"],
        reason=_reason(chosen),
        due_at=datetime.fromisoformat(chosen["due"]),
    )


def _reason(chosen: dict[str, Any]) -> NoticeReason:
    return screens.REASONS[int(chosen["why"])]


async def _chosen(state: FSMContext, enrolment: EnrolmentId) -> dict[str, Any]:
    """What has been chosen for this enrolment; a form for another one counts for nothing."""
    data = await state.get_data()
    return data if data.get("enrolment") == enrolment else {}


async def _keep(state: FSMContext, step: State, data: dict[str, Any]) -> None:
    await state.set_state(step)
    await state.set_data(data)


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(pool, Pool.filter())
    router.callback_query.register(source, PoolSource.filter())
    router.callback_query.register(queue, Wishes.filter())
    router.callback_query.register(answer, WishCard.filter())
    router.callback_query.register(change, ChangeCode.filter())
    typing = (F.chat.type == "private", ~F.text.startswith("/"))
    router.message.register(file, StateFilter(FillPool.file), *typing)
    router.message.register(code, StateFilter(AnnounceCode.code), *typing)
    router.message.register(due, StateFilter(AnnounceCode.due), *typing)
    return router
