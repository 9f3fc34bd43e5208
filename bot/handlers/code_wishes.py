"""A creator asks the brand for a code of their own wish."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.admission import CodeWish, WishStep
from bot.i18n import Translator
from bot.screens import code_wishes as screens
from bot.screens import enrolments as enrolment_screens
from bot.screens.errors import refusal
from bot.settings import Settings
from bot.states import WishCode
from core.errors import AlreadyUsed, BadInput, OutOfDate
from core.ids import EnrolmentId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.codes import ask_for_code, check_wish, withdraw_wish
from core.usecases.enrolments import enrolment_card


async def pressed(
    query: CallbackQuery,
    callback_data: CodeWish,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
) -> None:
    """Ask for the wish, send it, or take it back."""
    enrolment = EnrolmentId(callback_data.enrolment)
    if callback_data.step is WishStep.WITHDRAW:
        await withdraw_wish(new_uow, clock, actor=actor, enrolment=enrolment)
        card = await enrolment_card(new_uow, actor=actor, enrolment=enrolment)
        link = f"{settings.public_url}/r/{card.enrolment.slug}"
        await reply.show(query, enrolment_screens.card(t, card, link=link))
        return
    card = await enrolment_card(new_uow, actor=actor, enrolment=enrolment)
    if callback_data.step is WishStep.SEND:
        data = await state.get_data()
        if data.get("enrolment") != enrolment or not data.get("wish"):
            raise OutOfDate("code_request")
        wish = await ask_for_code(
            new_uow, clock, actor=actor, enrolment=enrolment, text=str(data["wish"])
        )
        await state.clear()
        await reply.show(query, screens.asked(t, card, wish))
        return
    await state.set_state(WishCode.code)
    await state.set_data({"enrolment": enrolment})
    await reply.show(query, screens.ask(t, card))


async def typed(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The wish; what is wrong with it is said at once, and another may be typed."""
    enrolment = EnrolmentId(int((await state.get_data()).get("enrolment", 0)))
    card = await enrolment_card(new_uow, actor=actor, enrolment=enrolment)
    try:
        wish = await check_wish(
            new_uow, clock, actor=actor, enrolment=enrolment, text=message.text or ""
        )
    except (AlreadyUsed, BadInput) as error:
        await reply.show(message, screens.ask(t, card, trouble=refusal(t, error)))
        return
    await state.set_data({"enrolment": enrolment, "wish": wish})
    await reply.show(message, screens.confirm(t, card, wish))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(pressed, CodeWish.filter())
    router.message.register(
        typed, StateFilter(WishCode.code), F.chat.type == "private", ~F.text.startswith("/")
    )
    return router
