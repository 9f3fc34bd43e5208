"""The creators of a brand's offer, and reserving SKUs for them."""

from __future__ import annotations

import re
from typing import Final

from aiogram import F, Router
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_creators import (
    BrandCreators,
    CreatorInOffer,
    OfferCreators,
    ReleaseSku,
    ReserveSku,
)
from bot.i18n import Translator
from bot.screens import brand_creators as screens
from bot.screens.errors import refusal
from bot.states import AnnounceCode, LendSku, SearchCreators
from core.errors import BadInput, NotAllowed, OutOfDate, SkuTaken
from core.ids import BrandId, EnrolmentId, OfferId
from core.people import Actor
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.admissions import membership, queues
from core.usecases.brands import own_brands
from core.usecases.enrolments import (
    creator_in_offer,
    creators_of_brand,
    creators_of_offer,
    release_sku,
    reserve_sku,
)

PAGE: Final = 8
AT_ONCE: Final = 20  # SKUs in one message
_LEFT: Final = (LendSku.skus.state, AnnounceCode.code.state, AnnounceCode.due.state)


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
    """One creator; a question for SKUs or a code that was open is left."""
    if await state.get_state() in _LEFT:
        await state.clear()
    shown = await membership(new_uow, actor=actor, enrolment=EnrolmentId(callback_data.enrolment))
    await reply.show(query, screens.card(t, shown))


async def ask(
    query: CallbackQuery,
    callback_data: ReserveSku,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    state: FSMContext,
) -> None:
    """Ask which SKUs to reserve."""
    _, one = await creator_in_offer(
        new_uow, actor=actor, enrolment=EnrolmentId(callback_data.enrolment)
    )
    await state.set_state(LendSku.skus)
    await state.set_data({"enrolment": one.enrolment.id})
    await reply.show(query, screens.ask_skus(t, one))


async def reserve(
    message: Message,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    state: FSMContext,
) -> None:
    """Reserve what was typed; those that cannot be are named, and the question stays."""
    enrolment = EnrolmentId(int((await state.get_data()).get("enrolment", 0)))
    typed = [part for part in re.split(r"[\n;,]", message.text or "") if part.strip()]
    trouble = []
    if not typed or len(typed) > AT_ONCE:
        trouble.append(refusal(t, BadInput("sku")))
    else:
        for sku in typed:
            try:
                await reserve_sku(new_uow, clock, actor=actor, enrolment=enrolment, sku=sku)
            except (SkuTaken, BadInput) as error:
                trouble.append(refusal(t, error))
    if trouble:
        _, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
        await reply.show(message, screens.ask_skus(t, one, trouble="\n".join(trouble)))
        return
    await state.clear()
    shown = await membership(new_uow, actor=actor, enrolment=enrolment)
    await reply.show(message, screens.card(t, shown))


async def release(
    query: CallbackQuery,
    callback_data: ReleaseSku,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
) -> None:
    """Ask, then take an SKU back."""
    enrolment = EnrolmentId(callback_data.enrolment)
    _, one = await creator_in_offer(new_uow, actor=actor, enrolment=enrolment)
    sku = next((sku for sku in one.skus if screens.tag(sku) == callback_data.tag), None)
    if sku is None:
        raise OutOfDate("sku")
    if not callback_data.sure:
        await reply.show(query, screens.confirm_release(t, one, sku))
        return
    await release_sku(new_uow, clock, actor=actor, enrolment=enrolment, sku=sku)
    shown = await membership(new_uow, actor=actor, enrolment=enrolment)
    await reply.show(query, screens.card(t, shown))


def setup() -> Router:
    """The route table."""
    router = Router(name=__name__)
    router.message.register(everybody, Command("creators"))
    router.callback_query.register(everybody, BrandCreators.filter())
    router.callback_query.register(listing, OfferCreators.filter())
    router.callback_query.register(card, CreatorInOffer.filter())
    router.callback_query.register(ask, ReserveSku.filter())
    router.callback_query.register(release, ReleaseSku.filter())
    router.message.register(
        reserve, StateFilter(LendSku.skus), F.chat.type == "private", ~F.text.startswith("/")
    )
    return router
