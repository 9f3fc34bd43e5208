"""A manager sets slots up, lets handles go round, gives slots and ends turns."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import Any

from aiogram import Bot, F, Router
from aiogram.enums import ChatAction
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.slots import (
    KINDS,
    BoardPart,
    BoardStep,
    BookSlot,
    DropHandle,
    EndTurn,
    SlotBoard,
)
from bot.i18n import Translator
from bot.screens import brand_slots as screens
from bot.screens.errors import refusal
from bot.states import SetUpSlots
from core import typed
from core.errors import BadInput, FileRefused, NotFound, OutOfDate, SlotTaken
from core.handles import AT_ONCE, Term
from core.ids import BrandId, EnrolmentId, TurnId
from core.orders import ALMATY, Place
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.slots import turn_from
from core.sources.code_list import SIZE_MAX, column_of
from core.usecases.enrolments import creator_in_offer
from core.usecases.slots import (
    BoardView,
    add_slot_handles,
    board_of,
    book_slot,
    change_board,
    drop_slot_handle,
    end_turn,
)

_LEFT = (SetUpSlots.handles.state, SetUpSlots.term.state)


async def board(
    query: CallbackQuery,
    callback_data: SlotBoard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The schedule of a place."""
    view = await board_of(
        new_uow, clock, actor=actor, brand=BrandId(callback_data.brand), place=callback_data.place
    )
    if await state.get_state() in _LEFT:
        await state.clear()
    await reply.show(query, screens.board(t, view))


async def step(
    query: CallbackQuery,
    callback_data: BoardStep,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A part of the board is shown, or a number of it is set."""
    brand, place, part = BrandId(callback_data.brand), callback_data.place, callback_data.part
    value = callback_data.value
    if part is BoardPart.SET_UP or value is not None:
        numbers = {} if value is None else _number(part, value)
        view = await change_board(new_uow, clock, actor=actor, brand=brand, place=place, **numbers)
        screen = screens.settings if numbers else screens.board
        await reply.show(query, screen(t, view))
        return
    view = await board_of(new_uow, clock, actor=actor, brand=brand, place=place)
    if view.board is None:
        raise OutOfDate("board")
    match part:
        case BoardPart.SETTINGS:
            await reply.show(query, screens.settings(t, view))
        case BoardPart.HANDLES:
            if await state.get_state() in _LEFT:
                await state.clear()
            await reply.show(query, screens.handles(t, view))
        case BoardPart.ADD:
            await state.set_state(SetUpSlots.handles)
            await state.set_data({"brand": brand, "place": place})
            await reply.show(query, screens.ask_handles(t, view))
        case _:
            await reply.show(query, screens.choose(t, view, part))


def _number(part: BoardPart, value: int) -> dict[str, Any]:
    if part is BoardPart.KIND:
        if not 0 <= value < len(KINDS):
            raise OutOfDate("board")
        return {"kind": KINDS[value]}
    if part not in screens.FIELDS:
        raise OutOfDate("board")
    return {screens.FIELDS[part]: value}


async def handles(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    bot: Bot,
) -> None:
    """Handles that are to go round, typed or in a file."""
    form = await state.get_data()
    view = await board_of(
        new_uow,
        clock,
        actor=actor,
        brand=BrandId(int(form.get("brand", 0))),
        place=Place(str(form.get("place", Place.WILDBERRIES))),
    )
    if view.board is None:
        raise OutOfDate("board")
    try:
        texts = await _texts(message, bot)
        view, added, refused = await add_slot_handles(
            new_uow, clock, actor=actor, board=view.board.id, texts=texts
        )
    except (BadInput, FileRefused) as error:
        await reply.show(message, screens.ask_handles(t, view, trouble=refusal(t, error)))
        return
    await state.clear()
    await reply.show(message, screens.board(t, view, added=added, refused=refused))


async def _texts(message: Message, bot: Bot) -> list[str]:
    if message.document is None:
        found = re.split(r"[\n;,]", message.text or "")
    else:
        if (message.document.file_size or 0) > SIZE_MAX:
            raise FileRefused("too_big")
        async with reply.busy(message, ChatAction.TYPING):
            content = await bot.download(message.document.file_id)
            found = await asyncio.to_thread(column_of, content.read() if content else b"")
    texts = [text.strip()[:200] for text in found if text.strip()]
    if not texts or len(texts) > AT_ONCE:
        raise BadInput("handles")
    return texts


async def drop(
    query: CallbackQuery,
    callback_data: DropHandle,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """A handle goes round no more."""
    view = await board_of(
        new_uow, clock, actor=actor, brand=BrandId(callback_data.brand), place=callback_data.place
    )
    known = view.board.handles if view.board else ()
    value = next((one for one in known if screens.tag(one) == callback_data.tag), None)
    if view.board is None or value is None:
        raise OutOfDate("sku")
    view = await drop_slot_handle(new_uow, clock, actor=actor, board=view.board.id, value=value)
    await reply.show(query, screens.handles(t, view))


async def end(
    query: CallbackQuery,
    callback_data: EndTurn,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Ask, then end a turn."""
    if callback_data.sure:
        view = await end_turn(new_uow, clock, actor=actor, turn=TurnId(callback_data.turn))
        await reply.show(query, screens.board(t, view))
        return
    view = await board_of(
        new_uow, clock, actor=actor, brand=BrandId(callback_data.brand), place=callback_data.place
    )
    turn = next((one for one in view.turns if one.id == callback_data.turn), None)
    if turn is None:
        raise OutOfDate("turn")
    await reply.show(query, screens.confirm_end(t, view, turn))


async def book(
    query: CallbackQuery,
    callback_data: BookSlot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Show for which days a creator would get a slot, then give it."""
    enrolment = EnrolmentId(callback_data.enrolment)
    view, name = await _board_for(new_uow, clock, actor, enrolment)
    assert view.board is not None
    if not callback_data.sure:
        await state.set_state(SetUpSlots.term)
        await state.set_data({"enrolment": enrolment})
        term = turn_from(view.board, clock())
        await reply.show(query, screens.ask_term(t, name, enrolment, term))
        return
    form = await state.get_data()
    if await state.get_state() != SetUpSlots.term.state or form.get("enrolment") != enrolment:
        raise OutOfDate("slots")
    term = _kept(form) or turn_from(view.board, clock())
    try:
        view = await book_slot(new_uow, clock, actor=actor, enrolment=enrolment, term=term)
    except SlotTaken as error:
        trouble = refusal(t, error)
        await reply.show(query, screens.ask_term(t, name, enrolment, term, trouble=trouble))
        return
    await state.clear()
    await reply.show(query, screens.board(t, view))


async def term(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Other dates of a slot."""
    form = await state.get_data()
    enrolment = EnrolmentId(int(form.get("enrolment", 0)))
    view, name = await _board_for(new_uow, clock, actor, enrolment)
    assert view.board is not None
    now, trouble = clock(), None
    try:
        days = typed.days(message.text or "", today=now.astimezone(ALMATY).date(), field="term")
        found = Term(since=typed.day_start(days[0]), until=typed.day_end(days[-1]))
        form |= {"since": found.since.isoformat(), "until": typed.day_end(days[-1]).isoformat()}
        await state.set_data(form)
    except BadInput as error:
        trouble = refusal(t, error)
        found = _kept(form) or turn_from(view.board, now)
    await reply.show(message, screens.ask_term(t, name, enrolment, found, trouble=trouble))


async def _board_for(
    new_uow: UnitOfWorkFactory, clock: Clock, actor: Actor, enrolment: EnrolmentId
) -> tuple[BoardView, str]:
    """The board of the creator's offer, and the creator's name."""
    offer, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
    view = await board_of(new_uow, clock, actor=actor, brand=offer.brand, place=offer.place)
    if view.board is None:
        raise NotFound("board")
    return view, one.name


def _kept(form: dict[str, Any]) -> Term | None:
    if not form.get("since"):
        return None
    return Term(
        since=datetime.fromisoformat(form["since"]), until=datetime.fromisoformat(form["until"])
    )


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(board, SlotBoard.filter())
    router.callback_query.register(step, BoardStep.filter())
    router.callback_query.register(drop, DropHandle.filter())
    router.callback_query.register(end, EndTurn.filter())
    router.callback_query.register(book, BookSlot.filter())
    typing = (F.chat.type == "private", ~F.text.startswith("/"))
    router.message.register(handles, StateFilter(SetUpSlots.handles), *typing)
    router.message.register(term, StateFilter(SetUpSlots.term), *typing)
    return router
