"""Offers from the form to the end of their days, and the card that creators see."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from core.catalogue import Listing, OfferCard
from core.changes import ChangeKind, after_notice
from core.consents import CONSENT_VERSION
from core.drafts import OfferDraft
from core.enrolments import GOING_ON, STANDING
from core.errors import BadInput, BudgetSpent, NotAllowed, NotFound, OfferNotActive, OutOfDate
from core.ids import BrandId, OfferId, PersonId, UploadId
from core.notifications import NoteKind, Notification, named
from core.offers import PUBLIC, Offer, OfferState
from core.people import Actor, Creator, CreatorState, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.results import day_of
from core.usecases.brands import demand_working
from core.usecases.budgets import go_on

PICTURE_MAX: Final = 10 * 1024 * 1024  # bytes: what Telegram takes as a photo
MEDIA_MAX: Final = 20 * 1024 * 1024  # bytes: what Telegram gives a bot to fetch
NEWCOMER_LACKS: Final = ("consent", "name", "city", "categories", "channel")
ENDED_AT_ONCE: Final = 20  # offers ended in one transaction


async def submit_offer(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    draft: OfferDraft,
    form: str = "",
) -> Offer:
    """Create the offer in review and call the moderators; raises BadInput, DraftIncomplete.

    `form` is the key of the kept form that the offer comes from: it goes in the same transaction,
    and where it is gone already the offer was handed in before (OutOfDate).
    """
    actor.demand_brand(brand)
    now = clock()
    draft.demand_publishable(now)
    wanted = draft.offer(brand, OfferState.REVIEW)
    async with new_uow() as uow:
        await demand_working(uow, brand)
        await _use_up(uow, form)
        offer = await uow.offers.add(wanted, created_by=actor.id, now=now)
        await _audit(uow, actor.id, "offer.submit", offer, now, terms=offer.terms.version)
        await _call_moderators(uow, offer, now)
        await uow.commit()
    return offer


async def update_offer(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    offer: OfferId,
    draft: OfferDraft,
    form: str = "",
) -> Offer:
    """Hand in a rejected offer anew; raises OutOfDate("offer") unless it is rejected.

    `form` as of `submit_offer`.
    """
    now = clock()
    draft.demand_publishable(now)
    async with new_uow() as uow:
        await _use_up(uow, form)
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        await demand_working(uow, known.brand)
        wanted = replace(
            draft.offer(known.brand, OfferState.REVIEW, offer=offer),
            code_source=known.code_source,  # the form does not ask for it
        )
        if not await uow.offers.move(offer, OfferState.REJECTED, OfferState.REVIEW):
            raise OutOfDate("offer")
        saved = await uow.offers.rewrite(wanted, now=now)
        await _audit(uow, actor.id, "offer.submit", saved, now, terms=saved.terms.version)
        await _call_moderators(uow, saved, now)
        await uow.commit()
    return saved


async def review_offer(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    offer: OfferId,
    approve: bool,
    note: str = "",
) -> Offer:
    """A moderator lets the offer out or sends it back with a note; the managers are told.

    Raises BadInput("review_note") for a rejection without a reason, OutOfDate("offer") when it is
    not in review any more.
    """
    actor.demand(Permission.MODERATION)
    if not approve and not note.strip():
        raise BadInput("review_note")
    now = clock()
    to = OfferState.ACTIVE if approve else OfferState.REJECTED
    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        if approve:
            await demand_working(uow, known.brand)
        if not await uow.offers.move(offer, OfferState.REVIEW, to, note=note.strip()):
            raise OutOfDate("offer")
        reviewed = replace(known, state=to, review_note=note.strip())
        await _audit(uow, actor.id, f"offer.{to}", reviewed, now, note=note.strip())
        kind = NoteKind.OFFER_APPROVED if approve else NoteKind.OFFER_REJECTED
        people = await uow.brands.managers(known.brand)
        await _tell(uow, people, kind, reviewed, now, reason=note.strip())
        await uow.commit()
    return reviewed


async def pause_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> Offer:
    """Take the offer out of the catalogue; codes that are out keep earning."""
    return await _switch(new_uow, clock, actor, offer, OfferState.ACTIVE, OfferState.PAUSED)


async def resume_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> Offer:
    """Put a paused offer back into the catalogue; raises BudgetSpent.

    Orders earn again from now on where the budget had been used up.
    """
    return await _switch(new_uow, clock, actor, offer, OfferState.PAUSED, OfferState.ACTIVE)


async def _switch(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    actor: Actor,
    offer: OfferId,
    came_from: OfferState,
    to: OfferState,
) -> Offer:
    async with new_uow() as uow:
        await uow.changes.lock(offer)  # a file that uses the budget up waits, or was before
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        if to is OfferState.ACTIVE:
            await demand_working(uow, known.brand)
        if not await uow.offers.move(offer, came_from, to):
            raise OutOfDate("offer")
        if to is OfferState.ACTIVE:
            if known.budget_left_minor == 0:
                raise BudgetSpent
            await go_on(uow, known, clock())
        switched = replace(known, state=to)
        await _audit(uow, actor.id, f"offer.{to}", switched, clock())
        await uow.commit()
    return switched


async def end_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> Offer:
    """End the offer now: its codes earn nothing on later orders, its creators are told."""
    now = clock()
    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        ended = await _end(uow, known, at=now, now=now, actor=actor.id)
        if ended is None:
            raise OutOfDate("offer")
        await uow.commit()
    return ended


async def wind_down_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> Offer:
    """End the offer after the notice period: nobody new takes it, its creators are told the day.

    Until then its codes earn. An end that is nearer stays. Raises OutOfDate("offer") unless the
    offer is published.
    """
    now = clock()
    async with new_uow() as uow:
        await uow.changes.lock(offer)
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        if known.state not in (OfferState.ACTIVE, OfferState.PAUSED):
            raise OutOfDate("offer")
        ends_at = after_notice(now, known.terms.notice_days)
        if known.ends_at is not None:
            ends_at = min(ends_at, known.ends_at)
        if known.state is OfferState.PAUSED and known.ends_at == ends_at:
            return known  # a second tap
        ending = await uow.offers.rewrite(
            replace(known, state=OfferState.PAUSED, ends_at=ends_at), now=now
        )
        creators = await uow.enrolments.creators_of(offer)
        await _tell(uow, creators, NoteKind.OFFER_ENDING, ending, now, at=ends_at.isoformat())
        await _audit(uow, actor.id, "offer.ending", ending, now, at=ends_at.isoformat())
        await uow.commit()
    return ending


async def end_due_offers(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """End every offer whose last day is over; returns how many. Sweeps until none is left."""
    count = 0
    while True:
        now = clock()
        async with new_uow(background=True) as uow:
            due = await uow.offers.due(now=now, limit=ENDED_AT_ONCE)
            for offer in due:
                assert offer.ends_at is not None
                ended = await _end(uow, offer, at=offer.ends_at, now=now, actor=None)
                count += ended is not None
            await uow.commit()
        if len(due) < ENDED_AT_ONCE:
            return count


async def _end(
    uow: UnitOfWork, offer: Offer, *, at: datetime, now: datetime, actor: PersonId | None
) -> Offer | None:
    """End an offer as of `at` (at most `now`); None where it had ended or changed meanwhile."""
    assert offer.id is not None
    if offer.state is OfferState.ENDED or not await uow.offers.move(
        offer.id, offer.state, OfferState.ENDED
    ):
        return None
    creators = await uow.enrolments.creators_of(offer.id, states=GOING_ON)
    await uow.enrolments.end(offer.id, at=at)
    ended = replace(offer, state=OfferState.ENDED)
    await _audit(uow, actor, "offer.ended", ended, now, at=at.isoformat())
    managers = await uow.brands.managers(offer.brand)
    only_managers = [person for person in managers if person not in creators]
    await _tell(uow, creators, NoteKind.OFFER_ENDED, ended, now)
    await _tell(uow, only_managers, NoteKind.OFFER_ENDED, ended, now, reader="brand")
    return ended


async def offer_card(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> OfferCard:
    """One offer with its brand, its picture and how it stands to the actor.

    An offer that is or was public is shown to anybody who has its link; one that is not yet public
    only to its managers and to moderators. Raises NotFound("offer").
    """
    async with new_uow(read_only=True) as uow:
        known = await uow.offers.get(offer)
        insider = actor.manages(known.brand) or actor.may(Permission.MODERATION)
        if known.state not in PUBLIC and not insider:
            raise NotFound("offer")
        brand = await uow.brands.get(known.brand)
        enrolment = None
        invited = False
        gaps: tuple[str, ...] = ()
        eligibility_gaps: tuple[str, ...] = ()
        if actor.creator is not None:
            creator = await uow.creators.get(actor.id)
            enrolment = await uow.enrolments.find(offer, actor.id)
            invited = await uow.admissions.invited(offer, actor.id)
            gaps = await profile_gaps(uow, creator)
            eligibility_gaps = known.eligibility.missing(creator)
        elif not insider:
            gaps = NEWCOMER_LACKS
        if enrolment is not None and enrolment.state in STANDING:
            known = replace(known, terms=await uow.offers.terms(enrolment.terms))
        changes = (await uow.changes.standing([offer])).get(offer, [])
        affordable = await uow.offers.affordable(known.brand)
        saved = await uow.saved.has(actor.id, offer)
        record = await uow.records.of(offer, known.brand)
        reading = await uow.deadlines.reading(known.brand, known.place)
        picture = (await uow.uploads.get(UploadId(known.picture)))[1] if known.picture else None
    return OfferCard(
        offer=known,
        brand=brand,
        enrolment=enrolment,
        picture=picture,
        open=affordable and known.open_at(clock()),
        profile_gaps=gaps,
        eligibility_gaps=eligibility_gaps,
        suspended=actor.creator is CreatorState.SUSPENDED,
        insider=insider,
        invited=invited,
        changes=tuple(change for change in changes if insider or change.kind is ChangeKind.TERMS),
        saved=saved,
        record=record,
        reading=reading,
        today=day_of(clock()) if known.state in PUBLIC else None,
    )


async def brand_offers(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    after: int | None = None,
    limit: int = 8,
) -> tuple[Sequence[Offer], int | None]:
    """A brand's offers in every state, newest first, and the id to page from."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        found = await uow.offers.of_brand(brand, after=after, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def offers_in_review(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None = None, limit: int = 1
) -> tuple[Sequence[Listing], int | None]:
    """Offers that wait for a moderator, oldest first, and the id to page from."""
    actor.demand(Permission.MODERATION)
    async with new_uow(read_only=True) as uow:
        found = await uow.offers.in_review(after=after, limit=limit + 1)
    return found[:limit], found[limit - 1].offer.id if len(found) > limit else None


async def store_media(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, name: str, data: bytes
) -> UploadId:
    """Keep a file of a media kit; BadInput("media_files") for an empty or too large one."""
    if not actor.brands:
        raise NotAllowed
    if not 0 < len(data) <= MEDIA_MAX:
        raise BadInput("media_files")
    async with new_uow() as uow:
        upload = await uow.uploads.put(
            name, data, sha256=hashlib.sha256(data).hexdigest(), now=clock()
        )
        await uow.commit()
    return upload


async def media_kit(
    new_uow: UnitOfWorkFactory, *, actor: Actor, offer: OfferId
) -> Sequence[tuple[str, bytes]]:
    """The files of an offer's media kit, for whoever may see the offer; NotFound("offer")."""
    async with new_uow(read_only=True) as uow:
        known = await uow.offers.get(offer)
        insider = actor.manages(known.brand) or actor.may(Permission.MODERATION)
        if not insider and known.state not in (OfferState.ACTIVE, OfferState.PAUSED):
            raise NotFound("offer")
        return [
            (file.name, (await uow.uploads.get(UploadId(file.upload)))[1])
            for file in known.media.files
        ]


async def store_picture(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, name: str, data: bytes
) -> UploadId:
    """Keep a manager's picture of an offer; BadInput("picture") for what is no JPEG or PNG."""
    if not actor.brands:
        raise NotAllowed
    demand_picture(data)
    async with new_uow() as uow:
        upload = await uow.uploads.put(
            name, data, sha256=hashlib.sha256(data).hexdigest(), now=clock()
        )
        await uow.commit()
    return upload


def demand_picture(data: bytes) -> None:
    """Raise BadInput("picture") unless the bytes begin as a JPEG or PNG of a bearable size."""
    if len(data) > PICTURE_MAX or not data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise BadInput("picture")


def demand_open(offer: Offer, *, affordable: bool, now: datetime) -> None:
    """Raise OfferNotActive unless creators may take the offer now."""
    if not affordable or not offer.open_at(now):
        raise OfferNotActive


async def _use_up(uow: UnitOfWork, form: str) -> None:
    """Delete the kept form with the offer that is made of it."""
    if form and not await uow.forms.drop(form):
        raise OutOfDate("offer")


async def profile_gaps(uow: UnitOfWork, creator: Creator) -> tuple[str, ...]:
    """What a creator must do before taking an offer: consent, name, city, categories, channel."""
    consent = await uow.people.consent(creator.id, CONSENT_VERSION)
    given = consent is not None and consent.withdrawn_at is None
    return (() if given else ("consent",)) + creator.missing()


async def _call_moderators(uow: UnitOfWork, offer: Offer, now: datetime) -> None:
    brand = await uow.brands.get(offer.brand)
    staff = await uow.people.staff(Permission.MODERATION)
    await _tell(uow, staff, NoteKind.OFFER_SUBMITTED, offer, now, brand=brand.name)


async def _tell(
    uow: UnitOfWork,
    people: Sequence[PersonId],
    kind: NoteKind,
    offer: Offer,
    now: datetime,
    **facts: Any,
) -> None:
    """Leave the same note for several people."""
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=kind,
                key=f"{kind}:{offer.id}:{int(now.timestamp())}:{person}",
                facts={"offer": offer.id, **named(offer.title), **facts},
            )
            for person in people
        ],
        now=now,
    )


async def _audit(
    uow: UnitOfWork,
    actor: PersonId | None,
    action: str,
    offer: Offer,
    now: datetime,
    **facts: Any,
) -> None:
    assert offer.id is not None
    await uow.audit.write(
        actor, action, "offer", offer.id, now=now, facts={"brand": offer.brand, **facts}
    )
