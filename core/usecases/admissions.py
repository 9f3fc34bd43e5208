"""Coming into offers by approval or invitation, leaving them, being suspended and restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core import tokens
from core.admissions import (
    INVITATION_VALID,
    REAPPLY_AFTER,
    WITHDRAWN,
    CreatorCard,
    DeclineReason,
    OfferInvitation,
    SuspendReason,
    clean_note,
    demand_places,
)
from core.enrolments import (
    CreatorInOffer,
    Enrolment,
    EnrolmentCard,
    EnrolmentEvent,
    EnrolmentState,
)
from core.errors import (
    AlreadyEnrolled,
    InvitationSpent,
    NotFound,
    OfferNotActive,
    OutOfDate,
)
from core.ids import BrandId, EnrolmentId, OfferId, OfferInvitationId
from core.notifications import NoteKind
from core.offers import Offer, OfferState
from core.people import Actor, CreatorState
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.enrolments import as_seen_by_brand, enter, equip, tell
from core.usecases.offers import demand_open

LINKS_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application as the brand's managers see it; `waiting` counts those of the offer."""

    enrolment: Enrolment
    offer: Offer
    card: CreatorCard
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A creator of an offer as a manager sees one: results here, a card, and the history."""

    offer: Offer
    one: CreatorInOffer
    card: CreatorCard
    steps: Sequence[EnrolmentEvent]
    slots: bool = False  # whether creators take turns at the offer's place


# --- the creator


async def begin_application(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> None:
    """Raise what `apply_to_offer` would, before somebody writes a note for nothing."""
    async with new_uow() as uow:  # never committed
        entry = await enter(uow, actor, offer, clock())
        if entry.state is not EnrolmentState.APPLIED:
            raise OutOfDate("offer")


async def apply_to_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId, note: str = ""
) -> EnrolmentCard:
    """Apply for an offer that the brand gives by approval; the managers are told.

    Raises what `take_offer` does, ApplicationTooEarly, BadInput("note"), and OutOfDate("offer")
    where the offer can be taken without asking.
    """
    note = clean_note(note)
    now = clock()
    async with new_uow() as uow:
        entry = await enter(uow, actor, offer, now)
        if entry.state is not EnrolmentState.APPLIED:
            raise OutOfDate("offer")
        wanted, known = entry.offer, entry.known
        assert wanted.terms.id is not None
        if known is None:
            number = await uow.enrolments.add(
                offer=offer,
                creator=actor.id,
                brand=wanted.brand,
                terms=wanted.terms.id,
                state=EnrolmentState.APPLIED,
                now=now,
                note=note,
            )
            await uow.admissions.note_step(number, by=actor.id, now=now)
        else:
            number = known.id
            if not await uow.admissions.move(
                known,
                EnrolmentState.APPLIED,
                by=actor.id,
                now=now,
                note=note,
                terms=wanted.terms.id,
            ):
                raise AlreadyEnrolled(number)
        await tell(
            uow,
            await uow.brands.managers(wanted.brand),
            NoteKind.APPLIED,
            wanted,
            number,
            now,
            creator=entry.creator.display_name,
        )
        applied = await uow.enrolments.get(number)
        brand = await uow.brands.get(wanted.brand)
        await uow.commit()
    return EnrolmentCard(enrolment=applied, offer=wanted, brand=brand)


async def withdraw_application(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> None:
    """Take an application back; OutOfDate("enrolment") when it has been decided on."""
    async with new_uow() as uow:
        known = await _own(uow, actor, enrolment)
        if known.state is not EnrolmentState.APPLIED or not await uow.admissions.move(
            known, EnrolmentState.LEFT, by=actor.id, now=clock(), reason=WITHDRAWN
        ):
            raise OutOfDate("enrolment")
        await uow.commit()


async def leave_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> None:
    """Leave an offer: code and articles end now, earlier orders go on earning, managers are told.

    Raises OutOfDate("enrolment") for somebody who is not in it.
    """
    now = clock()
    async with new_uow() as uow:
        known = await _own(uow, actor, enrolment)
        if known.state is not EnrolmentState.ACTIVE or not await uow.admissions.move(
            known, EnrolmentState.LEFT, by=actor.id, now=now
        ):
            raise OutOfDate("enrolment")
        await uow.admissions.close(enrolment, at=now)
        offer = await uow.offers.get(known.offer)
        creator = await uow.creators.get(actor.id)
        await tell(
            uow,
            await uow.brands.managers(known.brand),
            NoteKind.CREATOR_LEFT,
            offer,
            enrolment,
            now,
            creator=creator.display_name,
        )
        await uow.audit.write(
            actor.id, "enrolment.left", "enrolment", enrolment, now=now, facts={"code": known.code}
        )
        await uow.commit()


async def accept_offer_invitation(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, token: str
) -> OfferId:
    """Come by an invitation: the offer may be taken then, under the terms that it shows.

    Raises InvitationSpent for a link that is forged, used up or expired; whoever came by it before
    may press it again.
    """
    if not tokens.looks_like_token(token):
        raise InvitationSpent
    async with new_uow() as uow:
        offer = await uow.admissions.claim(tokens.digest(token), actor.id, now=clock())
        if offer is None:
            raise InvitationSpent
        await uow.commit()
    return offer


async def _own(uow: UnitOfWork, actor: Actor, enrolment: EnrolmentId) -> Enrolment:
    known = await uow.enrolments.get(enrolment)
    if known.creator != actor.id:
        raise NotFound("enrolment")
    return known


# --- the brand


async def applications(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    offer: OfferId | None = None,
    after: int | None = None,
) -> Application | None:
    """The next application that waits, of one offer or of all of the brand's; None at the end."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        found = await uow.admissions.applications(brand, offer=offer, after=after, limit=1)
        if not found:
            return None
        waiting = await uow.admissions.waiting([brand])
        wanted = await uow.offers.get(found[0].offer)
        card = await _card(uow, found[0])
    count = waiting.get(offer, 0) if offer is not None else sum(waiting.values())
    return Application(enrolment=found[0], offer=wanted, card=card, waiting=count)


async def application(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> Application:
    """One application, decided or not."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        offer = await uow.offers.get(known.offer)
        card = await _card(uow, known)
    return Application(enrolment=known, offer=offer, card=card)


async def accept_application(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> Application:
    """Let an applicant in with a code and a link, and tell them.

    Raises OutOfDate("enrolment") when it was withdrawn or decided on, OfferNotActive, PoolEmpty.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        await uow.offers.hold(known.offer)
        offer = await uow.offers.get(known.offer)
        if known.state is not EnrolmentState.APPLIED:
            raise OutOfDate("enrolment")
        demand_open(offer, affordable=await uow.offers.affordable(known.brand), now=now)
        card = await _card(uow, known)
        if card.creator.state is not CreatorState.ACTIVE:
            raise OutOfDate("enrolment")
        if not await uow.admissions.move(known, EnrolmentState.ACTIVE, by=actor.id, now=now):
            raise OutOfDate("enrolment")
        taken = await equip(uow, offer, enrolment, card.creator.display_name, by=actor.id, now=now)
        await tell(
            uow,
            [known.creator],
            NoteKind.APPLICATION_ACCEPTED,
            offer,
            enrolment,
            now,
            code=taken.code,
        )
        await uow.commit()
    return Application(enrolment=taken, offer=offer, card=card)


async def decline_application(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    reason: DeclineReason,
) -> Application:
    """Decline an applicant for a reason from the list; they are told when they may apply again."""
    now = clock()
    again_at = now + REAPPLY_AFTER
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        if known.state is not EnrolmentState.APPLIED or not await uow.admissions.move(
            known,
            EnrolmentState.DECLINED,
            by=actor.id,
            now=now,
            reason=reason,
            reapply_at=again_at,
        ):
            raise OutOfDate("enrolment")
        offer = await uow.offers.get(known.offer)
        card = await _card(uow, known)
        await tell(
            uow,
            [known.creator],
            NoteKind.APPLICATION_DECLINED,
            offer,
            enrolment,
            now,
            reason=reason,
            again_at=again_at.isoformat(),
        )
        declined = await uow.enrolments.get(enrolment)
        await uow.commit()
    return Application(enrolment=declined, offer=offer, card=card)


async def membership(
    new_uow: UnitOfWorkFactory, *, actor: Actor, enrolment: EnrolmentId
) -> Membership:
    """A creator of the brand's offer with results, card and history."""
    async with new_uow(read_only=True) as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        offer = await uow.offers.get(known.offer)
        one = await as_seen_by_brand(uow, known)
        card = await _card(uow, known)
        steps = await uow.admissions.steps(known.id)
        board = await uow.slots.find(known.brand, offer.place)
    return Membership(offer=offer, one=one, card=card, steps=steps, slots=board is not None)


async def suspend_enrolment(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    enrolment: EnrolmentId,
    reason: SuspendReason,
) -> None:
    """Stop a creator in the brand's offer as of now, for a reason from the list; they are told.

    Earlier orders go on earning. Raises OutOfDate("enrolment") unless the creator is active.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        if known.state is not EnrolmentState.ACTIVE or not await uow.admissions.move(
            known, EnrolmentState.SUSPENDED, by=actor.id, now=now, reason=reason
        ):
            raise OutOfDate("enrolment")
        await uow.admissions.close(enrolment, at=now)
        offer = await uow.offers.get(known.offer)
        brand = await uow.brands.get(known.brand)
        await tell(
            uow,
            [known.creator],
            NoteKind.ENROLMENT_SUSPENDED,
            offer,
            enrolment,
            now,
            brand=brand.name,
            reason=reason,
        )
        await uow.audit.write(
            actor.id,
            "enrolment.suspended",
            "enrolment",
            enrolment,
            now=now,
            facts={"reason": reason, "code": known.code},
        )
        await uow.commit()


async def restore_enrolment(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, enrolment: EnrolmentId
) -> None:
    """Let a suspended creator go on, with the same code; they are told.

    Raises OutOfDate("enrolment") unless suspended, OfferNotActive where the offer has ended.
    """
    now = clock()
    async with new_uow() as uow:
        known = await uow.enrolments.get(enrolment)
        actor.demand_brand(known.brand)
        await uow.offers.hold(known.offer)
        offer = await uow.offers.get(known.offer)
        if known.state is not EnrolmentState.SUSPENDED:
            raise OutOfDate("enrolment")
        if offer.state not in (OfferState.ACTIVE, OfferState.PAUSED):
            raise OfferNotActive
        if not await uow.admissions.move(known, EnrolmentState.ACTIVE, by=actor.id, now=now):
            raise OutOfDate("enrolment")
        creator = await uow.creators.get(known.creator)
        if creator.state is not CreatorState.ACTIVE:  # the staff have suspended them everywhere
            raise OutOfDate("enrolment")
        taken = await equip(uow, offer, enrolment, creator.display_name, by=actor.id, now=now)
        brand = await uow.brands.get(known.brand)
        await tell(
            uow,
            [known.creator],
            NoteKind.ENROLMENT_RESTORED,
            offer,
            enrolment,
            now,
            brand=brand.name,
            code=taken.code,
        )
        await uow.audit.write(
            actor.id,
            "enrolment.restored",
            "enrolment",
            enrolment,
            now=now,
            facts={"code": taken.code},
        )
        await uow.commit()


async def _card(uow: UnitOfWork, known: Enrolment) -> CreatorCard:
    return CreatorCard(
        creator=await uow.creators.get(known.creator),
        elsewhere=await uow.admissions.other_brands(known.creator, without=known.brand),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """What creators wait for: applications by offer, and wishes for codes of the whole brand."""

    applications: Mapping[OfferId, int]
    wishes: int


async def queues(new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId) -> Queues:
    """How many creators wait for the brand's answer."""
    actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        applied = await uow.admissions.waiting([brand])
        wished = await uow.codes.requested([brand])
    return Queues(applications=applied, wishes=wished.get(brand, 0))


# --- invitations


async def invite_to_offer(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId, places: int
) -> str:
    """Make the token of a link that lets so many creators into the offer, good for a month.

    Raises BadInput("places"), OfferNotActive unless the offer is published.
    """
    demand_places(places)
    token = tokens.new_token()
    now = clock()
    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        if known.state not in (OfferState.ACTIVE, OfferState.PAUSED):
            raise OfferNotActive
        await uow.admissions.add_invitation(
            offer,
            tokens.digest(token),
            places=places,
            by=actor.id,
            now=now,
            expires_at=now + INVITATION_VALID,
        )
        await uow.audit.write(
            actor.id, "offer.invitation", "offer", offer, now=now, facts={"places": places}
        )
        await uow.commit()
    return token


async def offer_invitations(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, offer: OfferId
) -> tuple[Offer, Sequence[OfferInvitation]]:
    """The offer's links that still let somebody in, newest first."""
    async with new_uow(read_only=True) as uow:
        known = await uow.offers.get(offer)
        actor.demand_brand(known.brand)
        found = await uow.admissions.invitations(offer, now=clock(), limit=LINKS_SHOWN)
    return known, found


async def revoke_invitation(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, invitation: OfferInvitationId
) -> OfferId:
    """Let nobody in by this link any more; a second time changes nothing. Returns the offer."""
    now = clock()
    async with new_uow() as uow:
        known = await uow.admissions.invitation(invitation)
        offer = await uow.offers.get(known.offer)
        actor.demand_brand(offer.brand)
        await uow.admissions.revoke(invitation, now=now)
        await uow.audit.write(
            actor.id,
            "offer.invitation_revoked",
            "offer",
            known.offer,
            now=now,
            facts={"invitation": invitation},
        )
        await uow.commit()
    return known.offer
