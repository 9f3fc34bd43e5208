"""The creators of a brand and of its offers."""

from __future__ import annotations

from typing import Final

from aiogram import Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_creators import BrandCreators, CreatorInOffer, OfferCreators
from bot.i18n import Translator
from bot.screens import brand_creators as screens
from bot.states import AnnounceCode, SearchCreators, SetUpSlots
from core.errors import NotAllowed
from core.ids import BrandId, EnrolmentId, OfferId
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.admissions import membership, queues
from core.usecases.brands import own_brands
from core.usecases.enrolments import creators_of_brand, creators_of_offer

PAGE: Final = 8
_LEFT: Final = (AnnounceCode.code.state, AnnounceCode.due.state, SetUpSlots.term.state)


async def everybody(
    event: Message | CallbackQuery,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    callback_data: BrandCreators | None = None,
) -> None:
    """Who promotes the brand; of the only one, or after a choice."""
    asked = callback_data or BrandCreators()
    own = await own_brands(new_uow, actor=actor)
    if not asked.brand and len(own) != 1:
        if not own:
            raise NotAllowed
        await reply.show(event, screens.choose_brand(t, own))
        return
    brand = BrandId(asked.brand) if asked.brand else own[0].id
    named = next((one for one in own if one.id == brand), None)
    if named is None:
        raise NotAllowed
    found, following = await creators_of_brand(
        new_uow, actor=actor, brand=brand, after=asked.after or None, limit=PAGE
    )
    waiting = await queues(new_uow, actor=actor, brand=brand)
    await reply.show(
        event,
        screens.everybody(
            t, named, found, first=not asked.after, following=following, waiting=waiting
        ),
    )


async def listing(
    query: CallbackQuery,
    callback_data: OfferCreators,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Who took the offer."""
    after = callback_data.after
    offer, creators, next_after = await creators_of_offer(
        new_uow, actor=actor, offer=OfferId(callback_data.offer), after=after or None
    )
    if await state.get_state() == SearchCreators.words.state:
        await state.clear()
    waiting = await queues(new_uow, actor=actor, brand=offer.brand)
    number = OfferId(callback_data.offer)
    await reply.show(
        query,
        screens.listing(
            t,
            offer,
            creators,
            first=not after,
            next_after=next_after,
            waiting=waiting.applications.get(number, 0),
        ),
    )


async def card(
    query: CallbackQuery,
    callback_data: CreatorInOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """One creator; a question that was open is left."""
    if await state.get_state() in _LEFT:
        await state.clear()
    shown = await membership(new_uow, actor=actor, enrolment=EnrolmentId(callback_data.enrolment))
    await reply.show(query, screens.card(t, shown))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(everybody, Command("creators"))
    router.callback_query.register(everybody, BrandCreators.filter())
    router.callback_query.register(listing, OfferCreators.filter())
    router.callback_query.register(card, CreatorInOffer.filter())
    return router
