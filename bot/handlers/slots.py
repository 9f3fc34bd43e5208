"""A creator and the slots of a brand: joining the list, taking an offered slot, giving it back."""

from __future__ import annotations

from aiogram import Router
from aiogram.types import CallbackQuery

from bot import reply
from bot.callbacks.slots import OwnSlot, OwnStep
from bot.i18n import Translator
from bot.screens import slots as screens
from core.ids import EnrolmentId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.slots import answer_slot, ask_for_slot, leave_slot, own_slot


async def own(
    query: CallbackQuery,
    callback_data: OwnSlot,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """The creator's place, and a step of theirs."""
    enrolment, step = EnrolmentId(callback_data.enrolment), callback_data.step
    match step:
        case OwnStep.ASK:
            view = await ask_for_slot(new_uow, clock, actor=actor, enrolment=enrolment)
        case OwnStep.ACCEPT | OwnStep.DECLINE:
            view = await answer_slot(
                new_uow,
                clock,
                actor=actor,
                enrolment=enrolment,
                accept=step is OwnStep.ACCEPT,
            )
        case OwnStep.LEAVE_YES:
            view = await leave_slot(new_uow, clock, actor=actor, enrolment=enrolment)
        case OwnStep.SHOW | OwnStep.LEAVE:
            view = await own_slot(new_uow, clock, actor=actor, enrolment=enrolment)
    if step is OwnStep.LEAVE and view.turn is not None:
        await reply.show(query, screens.confirm_leaving(t, view))
        return
    await reply.show(query, screens.own(t, view))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(own, OwnSlot.filter())
    return router
