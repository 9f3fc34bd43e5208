"""Review of offers by the operator's moderators."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.admin_offers import OfferQueue, OfferReview, OfferVerdict
from bot.i18n import Translator, translator
from bot.screens import admin_offers as screens
from bot.states import DeclineOffer
from core.catalogue import OfferCard
from core.errors import OutOfDate
from core.ids import OfferId
from core.offers import OfferState
from core.people import Actor, Locale, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.offers import offer_card, offers_in_review, review_offer


async def queue(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    callback_data: OfferQueue | None = None,
) -> None:
    """The next offer that waits."""
    after = callback_data.after if callback_data else 0
    waiting, _ = await offers_in_review(new_uow, actor=actor, after=after or None, limit=1)
    if not waiting:
        skipped = False
        if after:
            left, _ = await offers_in_review(new_uow, actor=actor, limit=1)
            skipped = bool(left)
        await reply.show(event, screens.nothing(t, skipped=skipped))
        return
    offer = waiting[0].offer.id
    assert offer is not None
    shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
    await reply.show(event, screens.review(t, _language("", shown, actor), shown))


async def pressed(
    query: CallbackQuery,
    callback_data: OfferReview,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """A verdict on an offer, or its card in another language."""
    actor.demand(Permission.MODERATION)
    offer, lang = OfferId(callback_data.offer), callback_data.lang
    shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
    if callback_data.verdict is not OfferVerdict.REJECT:
        await _stop_typing(state)
    match callback_data.verdict:
        case OfferVerdict.PICTURE if shown.picture is not None:
            await reply.show(query, screens.picture(t, shown, shown.picture, lang=lang))
        case OfferVerdict.LAW:
            await reply.show(query, screens.list_of_law(t, shown, lang=lang))
        case OfferVerdict.SHOW | OfferVerdict.PICTURE:
            await reply.show(query, screens.review(t, _language(lang, shown, actor), shown))
        case OfferVerdict.APPROVE:
            _demand_waiting(shown)
            await reply.show(query, screens.confirm(t, shown, lang=lang))
        case OfferVerdict.APPROVE_YES:
            await review_offer(new_uow, clock, actor=actor, offer=offer, approve=True)
            await reply.show(query, screens.decided(t, shown, approved=True))
        case OfferVerdict.REJECT:
            _demand_waiting(shown)
            await state.set_state(DeclineOffer.reason)
            await state.set_data({"declined_offer": offer})
            await reply.show(query, screens.ask_reason(t, shown))


async def reason(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """The typed reason declines the offer; anything else asks for it again."""
    actor.demand(Permission.MODERATION)
    data = await state.get_data()
    if "declined_offer" not in data:
        await state.clear()
        raise OutOfDate("offer")
    offer = OfferId(data["declined_offer"])
    note = (message.text or "").strip()
    shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
    if not note or len(note) > screens.NOTE_MAX:
        await reply.show(message, screens.ask_reason(t, shown, problem=True))
        return
    await state.clear()
    await review_offer(new_uow, clock, actor=actor, offer=offer, approve=False, note=note)
    await reply.show(message, screens.decided(t, shown, approved=False))


async def _stop_typing(state: FSMContext) -> None:
    """A button other than "decline" ends the wait for a reason."""
    if await state.get_state() == DeclineOffer.reason.state:
        await state.clear()


def _demand_waiting(shown: OfferCard) -> None:
    if shown.offer.state is not OfferState.REVIEW:
        raise OutOfDate("offer")


def _language(wanted: str, shown: OfferCard, actor: Actor) -> Translator:
    """The language asked for, else Kazakh: it is the obligatory one and needs most care."""
    for locale in (wanted, Locale.KK):
        if locale in shown.offer.texts:
            return translator(Locale(locale))
    return translator(actor.locale)


def setup() -> Router:
    """The routes of the review of offers."""
    router = Router(name=__name__)
    router.message.register(queue, Command("review"))
    router.message.register(reason, DeclineOffer.reason, ~F.text.startswith("/"))
    router.callback_query.register(queue, OfferQueue.filter())
    router.callback_query.register(pressed, OfferReview.filter())
    return router
