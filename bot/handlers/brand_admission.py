"""A manager decides on applications, invites creators, suspends and restores them."""

from __future__ import annotations

from aiogram import Bot, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_admission import (
    ApplicationCard,
    Applications,
    FindCreator,
    InviteToOffer,
    RestoreInOffer,
    RevokeInvitation,
    Ruling,
    SuspendInOffer,
)
from bot.i18n import Translator
from bot.screens import brand_admission as screens
from bot.screens import brand_creators
from bot.states import SearchCreators
from core.admissions import DeclineReason, SuspendReason
from core.ids import BrandId, EnrolmentId, OfferId, OfferInvitationId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.admissions import (
    accept_application,
    application,
    applications,
    decline_application,
    invite_to_offer,
    membership,
    offer_invitations,
    restore_enrolment,
    revoke_invitation,
    suspend_enrolment,
)
from core.usecases.enrolments import creator_in_offer, creators_of_offer

INVITED = "j_"  # the beginning of a link's payload, as bot.handlers.start reads it


async def queue(
    query: CallbackQuery,
    callback_data: Applications,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
) -> None:
    """The next application that waits."""
    asked = callback_data
    shown = await applications(
        new_uow,
        actor=actor,
        brand=BrandId(asked.brand),
        offer=OfferId(asked.offer) if asked.offer else None,
        after=asked.after or None,
    )
    if shown is None:
        screen = screens.no_application(t, asked=asked, skipped=bool(asked.after))
    else:
        screen = screens.application(t, shown, queue=asked)
    await reply.show(query, screen)


async def ruled(
    query: CallbackQuery,
    callback_data: ApplicationCard,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """One application: shown, accepted, or declined for a reason."""
    enrolment, why = EnrolmentId(callback_data.enrolment), callback_data.why
    if callback_data.ruling is Ruling.ACCEPT:
        shown = await accept_application(new_uow, clock, actor=actor, enrolment=enrolment)
    elif callback_data.ruling is Ruling.DECLINE and why is not None:
        shown = await decline_application(
            new_uow, clock, actor=actor, enrolment=enrolment, reason=DeclineReason[why.name]
        )
    else:
        shown = await application(new_uow, actor=actor, enrolment=enrolment)
        if callback_data.ruling is Ruling.DECLINE:
            await reply.show(query, screens.why_declined(t, shown))
            return
    await reply.show(query, screens.application(t, shown, queue=None))


async def suspend(
    query: CallbackQuery,
    callback_data: SuspendInOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Ask why, say what happens, then suspend."""
    enrolment, why = EnrolmentId(callback_data.enrolment), callback_data.why
    if why is not None and callback_data.sure:
        await suspend_enrolment(
            new_uow, clock, actor=actor, enrolment=enrolment, reason=SuspendReason[why.name]
        )
        shown = await membership(new_uow, actor=actor, enrolment=enrolment)
        await reply.show(query, brand_creators.card(t, shown))
        return
    offer, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
    if why is None:
        await reply.show(query, screens.why_suspended(t, offer, one))
    else:
        await reply.show(query, screens.confirm_suspension(t, offer, one, why, now=clock()))


async def restore(
    query: CallbackQuery,
    callback_data: RestoreInOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Ask, then restore."""
    enrolment = EnrolmentId(callback_data.enrolment)
    if not callback_data.sure:
        offer, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
        await reply.show(query, screens.confirm_restoring(t, offer, one))
        return
    await restore_enrolment(new_uow, clock, actor=actor, enrolment=enrolment)
    shown = await membership(new_uow, actor=actor, enrolment=enrolment)
    await reply.show(query, brand_creators.card(t, shown))


async def invite(
    query: CallbackQuery,
    callback_data: InviteToOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
) -> None:
    """The links of an offer, or a new one as a message to keep."""
    number = OfferId(callback_data.offer)
    offer, found = await offer_invitations(new_uow, clock, actor=actor, offer=number)
    if not callback_data.places:
        await reply.show(query, screens.invitations(t, offer, found))
        return
    token = await invite_to_offer(
        new_uow, clock, actor=actor, offer=number, places=callback_data.places
    )
    link = f"https://t.me/{(await bot.me()).username}?start={INVITED}{token}"
    await reply.send_new(
        query, screens.invitation(t, offer, link=link, places=callback_data.places)
    )


async def revoke(
    query: CallbackQuery,
    callback_data: RevokeInvitation,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Let nobody in by a link any more."""
    number = await revoke_invitation(
        new_uow, clock, actor=actor, invitation=OfferInvitationId(callback_data.invitation)
    )
    offer, found = await offer_invitations(new_uow, clock, actor=actor, offer=number)
    await reply.show(query, screens.invitations(t, offer, found))


async def find(
    query: CallbackQuery,
    callback_data: FindCreator,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Ask for a name or a code."""
    offer, _, _ = await creators_of_offer(
        new_uow, actor=actor, offer=OfferId(callback_data.offer), limit=1
    )
    await state.set_state(SearchCreators.words)
    await state.set_data({"offer": callback_data.offer})
    await reply.show(query, brand_creators.ask_words(t, offer))


async def found(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Creators whose name or code begins with what was typed; another try may follow."""
    number = OfferId(int((await state.get_data()).get("offer", 0)))
    words = (message.text or "")[:100]
    offer, creators, more = await creators_of_offer(
        new_uow, actor=actor, offer=number, words=words, limit=20
    )
    await reply.show(
        message, brand_creators.found(t, offer, creators, words=words, more=more is not None)
    )


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.callback_query.register(queue, Applications.filter())
    router.callback_query.register(ruled, ApplicationCard.filter())
    router.callback_query.register(suspend, SuspendInOffer.filter())
    router.callback_query.register(restore, RestoreInOffer.filter())
    router.callback_query.register(invite, InviteToOffer.filter())
    router.callback_query.register(revoke, RevokeInvitation.filter())
    router.callback_query.register(find, FindCreator.filter())
    router.message.register(
        found, StateFilter(SearchCreators.words), F.chat.type == "private", ~F.text.startswith("/")
    )
    return router
