"""/start: the first contact, the choice of a language, and where deep links lead."""

from __future__ import annotations

import re
from typing import Final

from aiogram import F, Router
from aiogram.filters import CommandObject, CommandStart, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot.callbacks.people import Language
from bot.home import home
from bot.i18n import Translator, client_locale, spoken, translator
from bot.reply import show
from bot.screens import dispute_call, onboarding
from bot.screens import offers as offer_screens
from bot.screens import start as screens
from bot.screens.errors import refused
from bot.settings import Settings
from bot.states import AnswerCall
from core.errors import InvitationSpent, NotFound
from core.ids import OfferId
from core.people import Actor, CreatorState, Locale, Meeting
from core.ports import Clock, SecretBox, UnitOfWorkFactory
from core.usecases.admissions import accept_offer_invitation
from core.usecases.dispute_voices import follower_call
from core.usecases.invitations import accept_invitation
from core.usecases.offers import offer_card
from core.usecases.people import choose_locale
from core.usecases.referrals import follow_invitation

Event = Message | CallbackQuery

PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]+")  # inv_…, j_…, o_12, d_…, r_x7k2m9qp
PAYLOAD_MAX: Final = 50  # characters: none of ours is longer, and a button must carry it
INVITED: Final = "j_"  # a brand invites a creator to its offer
CALL: Final = "dispute_call"  # key of the case that a follower sends an order's number to
OFFER: Final = "shared_offer"  # key of the shared offer in the data, until the profile is whole


async def start(
    message: Message,
    command: CommandObject,
    meeting: Meeting,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    settings: Settings,
    box: SecretBox,
) -> None:
    """A newcomer chooses a language first."""
    payload = command.args or ""
    then = payload[:PAYLOAD_MAX] if PAYLOAD.fullmatch(payload) else ""
    await state.set_state(None)
    if then.startswith("r_"):  # before anything else: the first link that was followed counts
        await follow_invitation(
            new_uow,
            clock,
            actor=actor,
            code=then.removeprefix("r_"),
            program=settings.referral_program,
        )
    if then.startswith(dispute_call.DEEP):
        user = message.from_user
        client = client_locale(user.language_code if user else None)
        t = spoken(t, meeting.chosen_locale, client)
        await _call(message, then, actor, t, new_uow, clock, state, box)
    elif meeting.chosen_locale is None:
        await show(message, screens.first_contact(then))
    else:
        await _go_on(message, then, actor, t, new_uow, clock, state)


async def stranger(message: Message) -> None:
    """The first words of somebody who has not chosen a language."""
    await show(message, screens.first_contact())


async def chosen(
    query: CallbackQuery,
    callback_data: Language,
    actor: Actor,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    box: SecretBox,
) -> None:
    """A language was pressed: keep it, then go on to where the person was going."""
    locale = Locale(callback_data.locale)
    actor = await choose_locale(new_uow, clock, actor=actor, locale=locale)
    t = translator(locale)
    if callback_data.then.startswith(dispute_call.DEEP):
        await _call(query, callback_data.then, actor, t, new_uow, clock, state, box)
    else:
        await _go_on(query, callback_data.then, actor, t, new_uow, clock, state)


async def _go_on(
    event: Event,
    then: str,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Lead to what the link promised, or to the first step that is still to be made."""
    if then.startswith("inv_"):
        try:
            accepted = await accept_invitation(
                new_uow, clock, actor=actor, token=then.removeprefix("inv_")
            )
        except InvitationSpent:
            await show(event, screens.invitation_spent(t))
        else:
            await show(event, screens.invited(t, accepted))
        return
    offer = _offer(then)
    if then.startswith(INVITED):
        try:
            offer = await accept_offer_invitation(
                new_uow, clock, actor=actor, token=then.removeprefix(INVITED)
            )
        except InvitationSpent:
            await show(event, screens.invitation_spent(t))
            return
    if actor.creator not in (None, CreatorState.NEW):
        if offer:
            await _show_offer(event, OfferId(offer), actor, t, new_uow, clock)
        else:
            await show(event, await home(new_uow, t, actor))
        return
    if offer:
        await state.update_data({OFFER: offer})
    elif actor.creator is None and (actor.brands or actor.permissions):
        await show(event, await home(new_uow, t, actor))
        return
    await show(event, onboarding.welcome(t, begun=actor.creator is not None))


async def _show_offer(
    event: Event,
    offer: OfferId,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Show a shared offer, or say that there is none."""
    try:
        card = await offer_card(new_uow, clock, actor=actor, offer=offer)
    except NotFound as error:
        await show(event, refused(t, error))
        return
    bot = event.bot
    share = offer_screens.address((await bot.me()).username, offer) if bot else ""
    await show(event, offer_screens.offer_card(t, card, share=share))


async def _call(
    event: Event,
    then: str,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
    box: SecretBox,
) -> None:
    """Ask a follower for the number of an order; what is typed next belongs to the case."""
    slug = then.removeprefix(dispute_call.DEEP)
    try:
        call = await follower_call(new_uow, clock, box, actor=actor, slug=slug)
    except NotFound:
        await show(event, dispute_call.nowhere(t))
        return
    if call.open and not call.own:
        await state.set_state(AnswerCall.numbers)
        await state.update_data({CALL: slug})
    await show(event, dispute_call.ask(t, call))


def _offer(then: str) -> int:
    found = re.fullmatch(r"o_([0-9]{1,15})", then)
    return int(found[1]) if found else 0


def _has_no_language(event: Message, meeting: Meeting) -> bool:
    return meeting.chosen_locale is None and not (event.text or "").startswith("/")


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(start, CommandStart())
    router.message.register(stranger, StateFilter(None), _has_no_language)
    router.callback_query.register(chosen, Language.filter(F.locale.in_([*Locale])))
    return router
