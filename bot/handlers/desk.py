"""The operator's desk: the search for anybody, a person's card, and what is needed less often."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.desk import DeskMore, Find, PersonLook
from bot.filters import is_staff
from bot.i18n import Translator
from bot.reply import show
from bot.screens import desk as screens
from bot.screens.errors import refusal
from bot.states import FindAnybody
from core.errors import BadInput, NotAllowed
from core.ids import PersonId
from core.people import Actor
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.desk import demand_search, find_anybody, person_card

Event = Message | CallbackQuery


async def more(query: CallbackQuery, actor: Actor, t: Translator, state: FSMContext) -> None:
    """What the staff need less often."""
    if not actor.permissions:
        raise NotAllowed
    await state.set_state(None)
    await show(query, screens.more(t, actor))


async def find(event: Event, actor: Actor, t: Translator, state: FSMContext) -> None:
    """Ask what is known."""
    demand_search(actor)
    await state.set_state(FindAnybody.query)
    await show(event, screens.ask_query(t))


async def typed_query(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    box: SecretBox,
) -> None:
    """Look for it; the next message is the next query."""
    try:
        result = await find_anybody(new_uow, clock, box, actor=actor, text=message.text or "")
    except BadInput as error:
        await show(message, screens.ask_query(t, problem=refusal(t, error)))
        return
    await show(message, screens.found(t, actor, result))


async def person(
    query: CallbackQuery,
    callback_data: PersonLook,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """A person's card."""
    shown = await person_card(new_uow, clock, actor=actor, person=PersonId(callback_data.person))
    await show(query, screens.person(t, actor, shown))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(find, Command("find"), is_staff)
    router.callback_query.register(more, DeskMore.filter())
    router.callback_query.register(find, Find.filter())
    router.callback_query.register(person, PersonLook.filter())
    router.message.register(typed_query, StateFilter(FindAnybody.query), ~F.text.startswith("/"))
    return router
