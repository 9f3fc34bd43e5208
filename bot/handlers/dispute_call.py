"""Followers who send the numbers of their orders to a creator's case."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.disputes import CallAnswer
from bot.i18n import Translator, client_locale, translator
from bot.reply import show
from bot.screens import dispute_call as screens
from bot.screens.errors import refusal
from bot.states import AnswerCall
from core.errors import BadInput, OutOfDate, TooManyNumbers
from core.people import Actor, Meeting
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.dispute_voices import follower_call, send_numbers

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
    slug = (await state.get_data()).get(SLUG)
    if not isinstance(slug, str):
        raise OutOfDate("dispute_call")
    try:
        call, read = await send_numbers(
            new_uow, clock, box, actor=actor, slug=slug, text=message.text or ""
        )
    except (BadInput, TooManyNumbers) as error:
        call = await follower_call(new_uow, clock, box, actor=actor, slug=slug)
        await show(message, screens.ask(t, call, problem=refusal(t, error)))
        return
    except OutOfDate:
        await state.set_state(None)
        call = await follower_call(new_uow, clock, box, actor=actor, slug=slug)
        await show(message, screens.over(t, call))
        return
    await show(message, screens.thanks(t, call, read))


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
    router.message.register(sent, StateFilter(AnswerCall.numbers), ~F.text.startswith("/"))
    return router
