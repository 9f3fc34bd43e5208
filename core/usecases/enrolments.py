"""Taking an offer: a code and a link of one's own, and what they brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from core import codes, naming
from core.admissions import state_on_entry
from core.code_pools import LOW
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
    ApprovalNeeded,
    NotAllowed,
    NotFound,
    OutOfDate,
    PoolEmpty,
    ProfileIncomplete,
)
from core.ids import BrandId, EnrolmentId, OfferId, PersonId, public_code
from core.notifications import NoteKind, Notification, named
from core.offers import CodeSource, Offer
from core.people import Actor, Creator, CreatorState
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.offers import demand_open, profile_gaps

CODES_TRIED: Final = 200  # a name that is taken so often is an attack or a bug


async def take_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> EnrolmentCard:
    """Enrol the creator under the current terms with a code and a link; the managers are told.

    Who left may come back: with the old code where it is still theirs. Raises ProfileIncomplete,
    NotAllowed, NotEligible, OfferNotActive, ApprovalNeeded, InvitationNeeded, PoolEmpty, and
    AlreadyEnrolled with the id for a second tap.
    """
    now = clock()
    async with new_uow() as uow:
        entry = await enter(uow, actor, offer, now)
        if entry.state is not EnrolmentState.ACTIVE:
            raise ApprovalNeeded
        wanted, known = entry.offer, entry.known
        assert wanted.terms.id is not None
        if known is None:
            number = await uow.enrolments.add(
                offer=offer,
                creator=actor.id,
                brand=wanted.brand,
                terms=wanted.terms.id,
                state=EnrolmentState.ACTIVE,
                now=now,
            )
            await uow.admissions.note_step(number, by=actor.id, now=now)
        else:
            number = known.id
            if not await uow.admissions.move(
                known, EnrolmentState.ACTIVE, by=actor.id, now=now, terms=wanted.terms.id
            ):
                raise AlreadyEnrolled(number)
        taken = await equip(uow, wanted, number, entry.creator.display_name, by=actor.id, now=now)
        brand = await uow.brands.get(wanted.brand)
        await tell(
            uow,
            await uow.brands.managers(wanted.brand),
            NoteKind.ENROLLED,
            wanted,
            number,
            now,
            creator=entry.creator.display_name,
            code=taken.code,
        )
        await uow.commit()
    return EnrolmentCard(enrolment=taken, offer=wanted, brand=brand)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who wants into what, and what they would become; `known` is an earlier enrolment."""

    offer: Offer
    creator: Creator
    known: Enrolment | None
    state: EnrolmentState


async def enter(uow: UnitOfWork, actor: Actor, offer: OfferId, now: datetime) -> Entry:
    """Check everything that somebody who wants an offer must fulfil; see `take_offer`."""
    if actor.creator is None or actor.creator is CreatorState.SUSPENDED:
        raise NotAllowed
    await uow.offers.hold(offer)  # whoever ends it then ends this enrolment too
    wanted = await uow.offers.get(offer)
    known = await uow.enrolments.find(offer, actor.id)
    invited = await uow.admissions.invited(offer, actor.id)
    if known is not None and known.state in (
        EnrolmentState.ACTIVE,
        EnrolmentState.SUSPENDED,
        EnrolmentState.ENDED,
    ):
        raise AlreadyEnrolled(known.id)
    if known is not None and known.state is EnrolmentState.APPLIED and not invited:
        raise AlreadyEnrolled(known.id)
    demand_open(wanted, affordable=await uow.offers.affordable(wanted.brand), now=now)
    creator = await uow.creators.get(actor.id)
    if missing := await profile_gaps(uow, creator):
        raise ProfileIncomplete(missing, offer)
    if creator.state is not CreatorState.ACTIVE:
        raise NotAllowed
    wanted.eligibility.demand(creator, offer=offer)
    state = state_on_entry(wanted.admission, known, invited=invited, now=now)
    return Entry(offer=wanted, creator=creator, known=known, state=state)


async def equip(
    uow: UnitOfWork,
    offer: Offer,
    enrolment: EnrolmentId,
    name: str,
    *,
    by: PersonId,
    now: datetime,
) -> Enrolment:
    """Give an enrolment that has become active its code and its link; raises PoolEmpty."""
    held = await uow.codes.held(enrolment)
    last = held[-1].normal if held else ""
    back = last and await uow.enrolments.claim_code(offer.brand, last, enrolment, since=now)
    code = last if back else await new_code(uow, offer, enrolment, name, now)
    if not (await uow.enrolments.get(enrolment)).slug:
        while not await uow.links.add(enrolment, public_code(SLUG_LENGTH), now=now):
            pass  # the slug was taken: one chance in billions
    await uow.audit.write(
        by,
        "code.give",
        "enrolment",
        enrolment,
        now=now,
        facts={"code": code, "offer": offer.id, "terms": offer.terms.version},
    )
    return await uow.enrolments.get(enrolment)


async def new_code(
    uow: UnitOfWork, offer: Offer, enrolment: EnrolmentId, name: str, now: datetime
) -> str:
    """A code out of the pool where the offer has one, else the first of the creator's name.

    Raises PoolEmpty where the offer gives only the brand's own codes.
    """
    assert offer.id is not None
    if offer.code_source is not CodeSource.NAME:
        while code := await uow.codes.next_pooled(offer.id, enrolment, now=now):
            if await uow.enrolments.claim_code(
                offer.brand, code, enrolment, since=now, pooled=True
            ):
                await _warn_of_low_pool(uow, offer, now)
                return code
        if offer.code_source is CodeSource.POOL_ONLY:
            raise PoolEmpty
    for tried, proposal in enumerate(codes.proposals(name, offer.discount_bps)):
        code = codes.normal(proposal)
        if await uow.enrolments.claim_code(offer.brand, code, enrolment, since=now):
            return code
        if tried >= CODES_TRIED:
            break
    raise RuntimeError(f"no free code like {code} for brand {offer.brand}")


async def _warn_of_low_pool(uow: UnitOfWork, offer: Offer, now: datetime) -> None:
    """Tell the managers when few codes are left; once per step until new ones are uploaded."""
    assert offer.id is not None
    count = await uow.codes.pool(offer.id)
    reached = [step for step in LOW if count.free <= step]
    if not reached:
        return
    await uow.outbox.add(
        [
            Notification(
                person=manager,
                kind=NoteKind.POOL_LOW,
                key=f"{NoteKind.POOL_LOW}:{offer.id}:{count.last}:{min(reached)}:{manager}",
                facts={"offer": offer.id, **named(offer.title), "count": count.free},
            )
            for manager in await uow.brands.managers(offer.brand)
        ],
        now=now,
    )


async def tell(
    uow: UnitOfWork,
    people: Sequence[PersonId],
    kind: NoteKind,
    offer: Offer,
    enrolment: EnrolmentId,
    now: datetime,
    **facts: Any,
) -> None:
    """Leave a note about an enrolment; the same kind at the same moment is told once."""
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=kind,
                key=f"{kind}:{enrolment}:{int(now.timestamp() * 1_000)}:{person}",
                facts={"offer": offer.id, "enrolment": enrolment, **named(offer.title), **facts},
            )
            for person in people
        ],
        now=now,
    )


async def my_enrolments(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None = None, limit: int = 6
) -> tuple[Sequence[EnrolmentCard], int | None]:
    """The creator's own enrolments, newest first, with stats, and the id to page from."""
    async with new_uow(read_only=True) as uow:
        found = await uow.enrolments.of_creator(actor.id, after=after, limit=limit + 1)
        shown = await cards(uow, found[:limit])
    return shown, found[limit - 1].id if len(found) > limit else None


async def enrolment_card(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> EnrolmentCard:
    """The creator's own enrolment with the terms as they were accepted; NotFound("enrolment")."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        if known.creator != actor.id:
            raise NotFound("enrolment")
        (card,) = await cards(uow, [known])
    return card


async def cards(uow: UnitOfWork, found: Sequence[Enrolment]) -> list[EnrolmentCard]:
    """Enrolments as their creator sees them."""
    offers = await uow.offers.many([one.offer for one in found])
    terms = await uow.offers.terms_many([one.terms for one in found])
    numbers = [one.id for one in found]
    stats = await uow.enrolments.stats(numbers)
    wishes = await uow.codes.open_requests(numbers)
    notices = await uow.codes.open_notices(numbers)
    brands = await uow.brands.many(sorted({one.brand for one in found}))
    return [
        EnrolmentCard(
            enrolment=one,
            offer=replace(offers[one.offer], terms=terms[one.terms]),
            brand=brands[one.brand],
            stats=stats[one.id],
            wish=wishes.get(one.id),
            notice=notices.get(one.id),
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
    words: str = "",
) -> tuple[Offer, Sequence[CreatorInOffer], int | None]:
    """Who promotes the brand's offer, newest first, and what each brought.

    `words` of a name or the beginning of a code narrow the list.
    """
    async with new_uow(read_only=True) as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        found = await uow.enrolments.of_offer(
            offer, after=after, limit=limit + 1, words=naming.words(words)
        )
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
        return await uow.offers.get(known.offer), await as_seen_by_brand(uow, known)


async def as_seen_by_brand(uow: UnitOfWork, known: Enrolment) -> CreatorInOffer:
    """One creator of an offer with results; OutOfDate("enrolment") for who never was in it."""
    found = await uow.enrolments.of_offer(known.offer, after=known.id + 1, limit=1)
    if not found or found[0].enrolment.id != known.id:
        raise OutOfDate("enrolment")
    stats = await uow.enrolments.stats([known.id])
    notices = await uow.codes.open_notices([known.id])
    return replace(found[0], stats=stats[known.id], notice=notices.get(known.id))
