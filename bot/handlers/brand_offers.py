"""Offers of a brand: the list, pausing, resuming and ending."""

from __future__ import annotations

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import reply
from bot.callbacks.brand_offers import (
    BrandOffer,
    BrandOffers,
    OfferAction,
)
from bot.filters import manages_a_brand
from bot.i18n import Translator, translator
from bot.screens import brand_offers as screens
from core.changes import after_notice
from core.errors import NotAllowed, NotFound
from core.ids import BrandId, OfferId
from core.people import Actor, Brand, Locale
from core.ports import Clock, UnitOfWorkFactory
from core.usecases.brands import own_brands
from core.usecases.offers import (
    brand_offers,
    end_offer,
    offer_card,
    pause_offer,
    resume_offer,
    wind_down_offer,
)

Event = Message | CallbackQuery


async def listing(
    event: Event,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    callback_data: BrandOffers | None = None,
) -> None:
    """A brand's offers; with several brands, first the choice of one."""
    wanted = callback_data.brand if callback_data else 0
    after = callback_data.after if callback_data else 0
    brands = await own_brands(new_uow, actor=actor)
    if not wanted and len(brands) != 1:
        if not brands:
            raise NotAllowed
        await reply.show(event, screens.choose_brand(t, brands, for_new=False))
        return
    brand = _brand(brands, wanted)
    offers, next_after = await brand_offers(
        new_uow, actor=actor, brand=brand.id, after=after or None
    )
    screen = screens.listing(
        t, brand, offers, first=not after, next_after=next_after, several=len(brands) > 1
    )
    await reply.show(event, screen)


async def one(
    query: CallbackQuery,
    callback_data: BrandOffer,
    actor: Actor,
    t: Translator,
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    bot: Bot,
) -> None:
    """One offer: its card, or what a manager does with it."""
    offer = OfferId(callback_data.offer)
    match callback_data.action:
        case OfferAction.PAUSE | OfferAction.RESUME | OfferAction.END:
            shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
            actor.demand_brand(shown.offer.brand)
            ends = after_notice(clock(), shown.offer.terms.notice_days)
            await reply.show(query, screens.confirm(t, shown.offer, callback_data.action, ends))
            return
        case OfferAction.PAUSE_YES:
            await pause_offer(new_uow, clock, actor=actor, offer=offer)
        case OfferAction.RESUME_YES:
            await resume_offer(new_uow, clock, actor=actor, offer=offer)
        case OfferAction.END_LATER:
            await wind_down_offer(new_uow, clock, actor=actor, offer=offer)
        case OfferAction.END_YES:
            await end_offer(new_uow, clock, actor=actor, offer=offer)
        case OfferAction.SHOW:
            pass
    shown = await offer_card(new_uow, clock, actor=actor, offer=offer)
    actor.demand_brand(shown.offer.brand)
    seen = _language(callback_data.lang, tuple(shown.offer.texts), actor)
    link = f"https://t.me/{(await bot.me()).username}?start=o_{offer}"
    await reply.show(query, screens.card(t, seen, shown, link=link))


def _brand(brands: list[Brand], wanted: int) -> Brand:
    """The named brand, or the only one."""
    found = next((brand for brand in brands if brand.id == BrandId(wanted)), None)
    if found is None and wanted:
        raise NotFound("brand")
    return found or brands[0]


def _language(wanted: str, offered: tuple[Locale, ...], actor: Actor) -> Translator:
    """The language of a preview: the one asked for, else the manager's own, else Russian."""
    for locale in (wanted, actor.locale):
        if locale in offered:
            return translator(Locale(locale))
    return translator(Locale.RU)


def _only_manager(_: Message, actor: Actor) -> bool:
    """Creators have the catalogue under the same command."""
    return bool(actor.brands) and actor.creator is None


def setup() -> Router:
    """The routes of a brand's offers."""
    router = Router(name=__name__)
    router.message.register(listing, Command("brandoffers"))
    router.message.register(listing, Command("offers"), manages_a_brand)
    router.message.register(listing, Command("offers"), _only_manager)
    router.callback_query.register(listing, BrandOffers.filter())
    router.callback_query.register(one, BrandOffer.filter())
    return router
