"""Followers who send the numbers of their orders to a creator's case."""

from __future__ import annotations

from typing import Final

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.disputes import CallAnswer
from bot.i18n import Translator, client_locale, translator
from bot.receipt_pictures import FILE_MAX, ReceiptReader
from bot.reply import busy, show
from bot.screens import dispute_call as screens
from bot.screens.errors import refusal
from bot.states import AnswerCall
from core import receipts
from core.errors import BadInput, ClaimRefused, OutOfDate, ReceiptUnread, TooManyNumbers
from core.people import Actor, Meeting
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.dispute_voices import follower_call, send_numbers, send_receipt

SLUG: Final = "dispute_call"  # key of the data


async def once_more(
    query: CallbackQuery,
    callback_data: CallAnswer,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    state: FSMContext,
) -> None:
    """Ask for one more number."""
    t = _theirs(query, meeting, t)
    call = await follower_call(new_uow, clock, box, actor=actor, slug=callback_data.slug)
    if call.open and not call.own:
        await state.set_state(AnswerCall.numbers)
        await state.update_data({SLUG: call.slug})
    await show(query, screens.ask(t, call))


async def sent(
    message: Message,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    state: FSMContext,
) -> None:
    """Order numbers of a follower."""
    t = _theirs(message, meeting, t)
    text = message.text or ""
    await _take(message, t, new_uow, clock, box, actor, state, text, text)


async def pictured(
    message: Message,
    bot: Bot,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    state: FSMContext,
    receipt_reader: ReceiptReader,
) -> None:
    """A photo of a fiscal receipt, or a file with its picture."""
    t = _theirs(message, meeting, t)
    file = message.photo[-1] if message.photo else message.document
    if file is None:
        return
    try:
        if (file.file_size or 0) > FILE_MAX:
            raise ReceiptUnread("too_big")
        async with busy(message):
            content = await bot.download(file)
            found = await receipt_reader.read(content.read() if content else b"")
    except ReceiptUnread as error:
        call = await follower_call(new_uow, clock, box, actor=actor, slug=await _slug(state))
        await show(message, screens.ask(t, call, problem=refusal(t, error)))
        return
    await _take(message, t, new_uow, clock, box, actor, state, found, message.caption or "")


async def _take(
    message: Message,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
    actor: Actor,
    state: FSMContext,
    text: str,
    beside: str,
) -> None:
    """Order numbers or the address of a receipt; `beside` are words that came with it."""
    slug = await _slug(state)
    try:
        if receipts.address(text) is not None:
            receipt = receipts.parse(text)
            if receipts.says_return(beside):
                raise ReceiptUnread("returned")
            call, read = await send_receipt(
                new_uow, clock, box, actor=actor, slug=slug, receipt=receipt
            )
        else:
            call, read = await send_numbers(new_uow, clock, box, actor=actor, slug=slug, text=text)
    except (BadInput, ClaimRefused, ReceiptUnread, TooManyNumbers) as error:
        call = await follower_call(new_uow, clock, box, actor=actor, slug=slug)
        await show(message, screens.ask(t, call, problem=refusal(t, error)))
        return
    except OutOfDate:
        await state.set_state(None)
        call = await follower_call(new_uow, clock, box, actor=actor, slug=slug)
        await show(message, screens.over(t, call))
        return
    await show(message, screens.thanks(t, call, read))


async def _slug(state: FSMContext) -> str:
    slug = (await state.get_data()).get(SLUG)
    if not isinstance(slug, str):
        raise OutOfDate("dispute_call")
    return slug


def _theirs(event: Message | CallbackQuery, meeting: Meeting, t: Translator) -> Translator:
    """A follower who has chosen no language reads that of their client."""
    if meeting.chosen_locale is not None:
        return t
    user = event.from_user
    return translator(client_locale(user.language_code if user else None))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(once_more, CallAnswer.filter())
    awaited = StateFilter(AnswerCall.numbers)
    router.message.register(pictured, awaited, F.photo)
    router.message.register(pictured, awaited, F.document)
    router.message.register(sent, awaited, ~F.text.startswith("/"))
    return router
