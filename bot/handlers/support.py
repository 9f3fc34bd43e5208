"""/support: questions to the operator's staff, and the staff's answers."""

from __future__ import annotations

import logging
from typing import Any, Final

from aiogram import Bot, F, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.support import (
    MyTickets,
    Support,
    SupportTopic,
    TicketAct,
    TicketCard,
    TicketFile,
    TicketQueue,
    TicketStep,
)
from bot.filters import is_staff
from bot.i18n import Translator
from bot.reply import busy, send_new, show
from bot.screens import support as screens
from bot.screens.errors import refusal
from bot.states import AskSupport
from core.errors import BadInput, NotAllowed, OutOfDate
from core.ids import TicketId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.support import FILE_MAX, Attached, Attachment, Said, Side, Topic
from core.usecases import support as usecases

Event = Message | CallbackQuery

PAGE: Final = 8
TOPIC, TICKET, SIDE = "support_topic", "support_ticket", "support_side"  # keys of the data
log: Final = logging.getLogger(__name__)


async def begin(event: Event, actor: Actor, t: Translator, state: FSMContext) -> None:
    """What is the question about?"""
    await state.set_state(None)
    await show(event, screens.support(t, actor))


async def choose_topic(
    query: CallbackQuery, callback_data: SupportTopic, t: Translator, state: FSMContext
) -> None:
    """Ask for the question itself."""
    await state.set_state(AskSupport.question)
    await state.update_data({TOPIC: callback_data.topic})
    await show(query, screens.ask(t, callback_data.topic))


async def asked(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The question: a conversation begins, and what is typed next is added to it."""
    try:
        topic = Topic((await state.get_data()).get(TOPIC, ""))
    except ValueError:
        raise OutOfDate("ticket") from None
    try:
        said = _said(message)
        shown = await usecases.ask(new_uow, clock, actor=actor, topic=topic, said=said)
    except BadInput as error:
        await show(message, screens.ask(t, topic, problem=refusal(t, error)))
        return
    await _stay(state, shown.ticket.id, Side.PERSON)
    await show(message, screens.card(t, actor, shown, clock()))


async def written(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """One more message of a conversation, of the person or of the staff."""
    data = await state.get_data()
    try:
        ticket, side = TicketId(int(data[TICKET])), Side(data[SIDE])
    except (KeyError, ValueError):
        raise OutOfDate("ticket") from None
    add = usecases.answer if side is Side.STAFF else usecases.write
    try:
        shown = await add(new_uow, clock, actor=actor, ticket=ticket, said=_said(message))
    except BadInput as error:
        known = await usecases.conversation(new_uow, actor=actor, ticket=ticket, side=side)
        await show(message, screens.ask_more(t, known, problem=refusal(t, error)))
        return
    await show(message, screens.card(t, actor, shown, clock()))


async def mine(
    query: CallbackQuery,
    callback_data: MyTickets,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """One's own conversations."""
    await state.set_state(None)
    after = screens.start_of(callback_data.at, callback_data.after)
    lines = await usecases.my_tickets(new_uow, actor=actor, after=after, limit=PAGE + 1)
    await show(query, screens.mine(t, lines[:PAGE], first=after is None, more=len(lines) > PAGE))


async def queue(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    callback_data: TicketQueue | None = None,
) -> None:
    """Conversations for staff."""
    await state.set_state(None)
    wanted = callback_data or TicketQueue()
    after = screens.start_of(wanted.at, wanted.after)
    lines, waiting = await usecases.ticket_queue(
        new_uow, actor=actor, shelf=wanted.shelf, after=after, limit=PAGE + 1
    )
    await show(
        event,
        screens.queue(
            t,
            wanted.shelf,
            lines[:PAGE],
            waiting=waiting,
            first=after is None,
            more=len(lines) > PAGE,
            now=clock(),
        ),
    )


async def card(
    query: CallbackQuery,
    callback_data: TicketCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """One conversation."""
    await state.set_state(None)
    shown = await usecases.conversation(
        new_uow,
        actor=actor,
        ticket=TicketId(callback_data.ticket),
        side=callback_data.side,
        before=callback_data.before or None,
    )
    await show(query, screens.card(t, actor, shown, clock()))


async def act(
    query: CallbackQuery,
    callback_data: TicketAct,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Write into a conversation, end it, go on with it, take it over."""
    ticket, side = TicketId(callback_data.ticket), callback_data.side
    match callback_data.step:
        case TicketStep.WRITE:
            known = await usecases.conversation(new_uow, actor=actor, ticket=ticket, side=side)
            if side is Side.STAFF and known.asker.id == actor.id:
                raise NotAllowed
            await _stay(state, ticket, side)
            await show(query, screens.ask_more(t, known))
            return
        case TicketStep.CLOSE:
            shown = await usecases.close_ticket(
                new_uow, clock, actor=actor, ticket=ticket, side=side
            )
        case TicketStep.REOPEN:
            shown = await usecases.reopen_ticket(
                new_uow, clock, actor=actor, ticket=ticket, side=side
            )
        case TicketStep.TAKE:
            shown = await usecases.take_ticket(
                new_uow, actor=actor, ticket=ticket, seen=callback_data.seen
            )
    await state.set_state(None)
    await show(query, screens.card(t, actor, shown, clock()))


async def file(
    query: CallbackQuery,
    callback_data: TicketFile,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    bot: Bot,
) -> None:
    """The file of a message, as a message of its own."""
    ticket, reply = await usecases.attached(new_uow, actor=actor, message=callback_data.message)
    assert reply.attachment is not None
    back_to = TicketCard(ticket=ticket, side=callback_data.side)
    try:
        async with busy(query):
            content = await bot.download(reply.attachment.file_id)
        data = content.read() if content else b""
    except TelegramAPIError as error:
        log.warning("the file of support message %d did not load: %s", reply.id, error)
        data = b""
    screen = screens.file(t, reply, data, back_to) if data else screens.file_lost(t, back_to)
    await send_new(query, screen)


async def _stay(state: FSMContext, ticket: TicketId, side: Side) -> None:
    """What is typed next belongs to this conversation."""
    await state.set_state(AskSupport.message)
    await state.update_data({TICKET: int(ticket), SIDE: side})


def _said(message: Message) -> Said:
    """What was written; BadInput for what cannot be kept, such as a voice message."""
    attachment = None
    file: Any = None
    if message.photo:
        file = message.photo[-1]
        attachment = Attachment(kind=Attached.PHOTO, file_id=file.file_id)
    elif message.document is not None:
        file = message.document
        name = (file.file_name or "file")[-100:]
        attachment = Attachment(kind=Attached.DOCUMENT, file_id=file.file_id, name=name)
    if file is not None and (file.file_size or 0) > FILE_MAX:
        raise BadInput("support_file")
    return Said(
        key=f"{message.chat.id}:{message.message_id}",
        text=(message.text or message.caption or "").strip(),
        attachment=attachment,
    )


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(queue, Command("support"), is_staff)
    router.message.register(begin, Command("support"))
    router.callback_query.register(begin, Support.filter())
    router.callback_query.register(choose_topic, SupportTopic.filter())
    router.callback_query.register(mine, MyTickets.filter())
    router.callback_query.register(queue, TicketQueue.filter())
    router.callback_query.register(card, TicketCard.filter())
    router.callback_query.register(act, TicketAct.filter())
    router.callback_query.register(file, TicketFile.filter())
    no_command = ~F.text.startswith("/")
    router.message.register(asked, StateFilter(AskSupport.question), no_command)
    router.message.register(written, StateFilter(AskSupport.message), no_command)
    return router
