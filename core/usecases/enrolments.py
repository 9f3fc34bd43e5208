"""Taking an offer: a code and a link of one's own, what they brought, and SKUs lent by brands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core import codes
from core.enrolments import (
    SLUG_LENGTH,
    CreatorInOffer,
    CreatorOfBrand,
    Enrolment,
    EnrolmentCard,
    EnrolmentState,
)
from core.errors import (
    AlreadyEnrolled,
    BadInput,
    NotAllowed,
    NotFound,
    OutOfDate,
    ProfileIncomplete,
)
from core.ids import BrandId, EnrolmentId, OfferId, public_code
from core.notifications import NoteKind, Notification
from core.offers import Offer
from core.people import Actor, CreatorState, Locale
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.offers import demand_open, profile_gaps

SKU_MAX: Final = 100  # characters
CODES_TRIED: Final = 200  # a name that is taken so often is an attack or a bug


async def take_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> EnrolmentCard:
    """Enrol the creator under the current terms with a code and a link; the managers are told.

    Raises ProfileIncomplete, NotAllowed, NotEligible, OfferNotActive, and AlreadyEnrolled with the
    id for a second tap.
    """
    if actor.creator is None or actor.creator is CreatorState.SUSPENDED:
        raise NotAllowed
    now = clock()
    async with new_uow() as uow:
        await uow.offers.hold(offer)  # whoever ends it then ends this enrolment too
        wanted = await uow.offers.get(offer)
        if known := await uow.enrolments.find(offer, actor.id):
            raise AlreadyEnrolled(known.id)
        demand_open(wanted, affordable=await uow.offers.affordable(wanted.brand), now=now)
        creator = await uow.creators.get(actor.id)
        if missing := await profile_gaps(uow, creator):
            raise ProfileIncomplete(missing)
        if creator.state is not CreatorState.ACTIVE:
            raise NotAllowed
        wanted.eligibility.demand(creator)

        assert wanted.terms.id is not None
        enrolment = await uow.enrolments.add(
            offer=offer,
            creator=actor.id,
            brand=wanted.brand,
            terms=wanted.terms.id,
            state=EnrolmentState.ACTIVE,
            now=now,
        )
        code = await _new_code(uow, wanted, enrolment, creator.display_name, now)
        while not await uow.links.add(enrolment, public_code(SLUG_LENGTH)):
            pass  # the slug was taken: one chance in billions
        brand = await uow.brands.get(wanted.brand)
        await uow.outbox.add(
            [
                Notification(
                    person=manager,
                    kind=NoteKind.ENROLLED,
                    key=f"{NoteKind.ENROLLED}:{enrolment}:{manager}",
                    facts={
                        "offer": offer,
                        "title": wanted.text(Locale.RU).title,
                        "titles": {str(one): wanted.text(one).title for one in Locale},
                        "creator": creator.display_name,
                        "code": code,
                    },
                )
                for manager in await uow.brands.managers(wanted.brand)
            ],
            now=now,
        )
        await uow.audit.write(
            actor.id,
            "code.give",
            "enrolment",
            enrolment,
            now=now,
            facts={"code": code, "offer": offer, "terms": wanted.terms.version},
        )
        taken = await uow.enrolments.get(enrolment)
        await uow.commit()
    return EnrolmentCard(enrolment=taken, offer=wanted, brand=brand)


async def _new_code(
    uow: UnitOfWork, offer: Offer, enrolment: EnrolmentId, name: str, now: datetime
) -> str:
    """The first code of the creator's name that nobody of the brand holds or held lately."""
    for tried, proposal in enumerate(codes.proposals(name, offer.discount_bps)):
        code = codes.normal(proposal)
        if await uow.enrolments.claim_code(offer.brand, code, enrolment, since=now):
            return code
        if tried >= CODES_TRIED:
            break
    raise RuntimeError(f"no free code like {code} for brand {offer.brand}")


async def my_enrolments(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None = None, limit: int = 6
) -> tuple[Sequence[EnrolmentCard], int | None]:
    """The creator's own enrolments, newest first, with stats, and the id to page from."""
    async with new_uow(read_only=True) as uow:
        found = await uow.enrolments.of_creator(actor.id, after=after, limit=limit + 1)
        cards = await _cards(uow, found[:limit])
    return cards, found[limit - 1].id if len(found) > limit else None


async def enrolment_card(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> EnrolmentCard:
    """The creator's own enrolment with the terms as they were accepted; NotFound("enrolment")."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        (card,) = await _cards(uow, [known])
    return card


async def _cards(uow: UnitOfWork, found: Sequence[Enrolment]) -> list[EnrolmentCard]:
    offers = await uow.offers.many([one.offer for one in found])
    terms = await uow.offers.terms_many([one.terms for one in found])
    stats = await uow.enrolments.stats([one.id for one in found])
    brands = await uow.brands.many(sorted({one.brand for one in found}))
    return [
        EnrolmentCard(
            enrolment=one,
            offer=replace(offers[one.offer], terms=terms[one.terms]),
            brand=brands[one.brand],
            stats=stats[one.id],
        )
        for one in found
    ]


async def creators_of_brand(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId, after: int | None, limit: int
) -> tuple[list[CreatorOfBrand], int | None]:
    """Who promotes a brand with which offer, newest first, and the id to page from."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        found = await uow.enrolments.of_brand(brand, after=after, limit=limit + 1)
    shown = list(found[:limit])
    return shown, shown[-1].enrolment if len(found) > limit else None


async def creators_of_offer(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    offer: OfferId,
    after: int | None = None,
    limit: int = 8,
) -> tuple[Offer, Sequence[CreatorInOffer], int | None]:
    """Who promotes the brand's offer, newest first, what each brought and which SKUs each has."""
    async with new_uow(read_only=True) as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        found = await uow.enrolments.of_offer(offer, after=after, limit=limit + 1)
        stats = await uow.enrolments.stats([one.enrolment.id for one in found[:limit]])
    creators = [replace(one, stats=stats[one.enrolment.id]) for one in found[:limit]]
    return known, creators, found[limit - 1].enrolment.id if len(found) > limit else None


async def creator_in_offer(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> tuple[Offer, CreatorInOffer]:
    """One creator of the brand's offer."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        offer = await uow.offers.get(known.offer)
        (found,) = await uow.enrolments.of_offer(known.offer, after=known.id + 1, limit=1)
        stats = await uow.enrolments.stats([known.id])
    return offer, replace(found, stats=stats[known.id])


async def reserve_sku(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    sku: str,
    since: datetime | None = None,
) -> None:
    """Lend an SKU to a creator: its orders from `since` (UTC, now if None) on are theirs.

    Raises BadInput("sku"), SkuTaken, OutOfDate("enrolment") when the creator is not active. What
    the creator has already is left as it is.
    """
    sku = clean_sku(sku)
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        if known.state is not EnrolmentState.ACTIVE:
            raise OutOfDate("enrolment")
        standing = (await uow.enrolments.reservations(known.brand, [sku])).get(sku, [])
        if any(one.until is None and one.enrolment == enrolment for one in standing):
            return
        await uow.enrolments.reserve(known.brand, sku, enrolment, since=since or now)
        await uow.audit.write(
            actor.id, "sku.reserve", "enrolment", enrolment, now=now, facts={"sku": sku}
        )
        await uow.commit()


async def release_sku(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId, sku: str
) -> None:
    """Take an SKU back as of now; raises OutOfDate("sku") when the creator does not have it."""
    sku = clean_sku(sku)
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        if not await uow.enrolments.release(known.brand, sku, enrolment, until=now):
            raise OutOfDate("sku")
        await uow.audit.write(
            actor.id, "sku.release", "enrolment", enrolment, now=now, facts={"sku": sku}
        )
        await uow.commit()


def clean_sku(text: str) -> str:
    """An SKU as merchants' feeds carry it: no white space around; raises BadInput("sku")."""
    sku = text.strip()
    if not sku or len(sku) > SKU_MAX or any(ord(char) < 32 for char in sku):
        raise BadInput("sku", text[:100])
    return sku
