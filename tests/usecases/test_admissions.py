"""Coming into offers by approval and invitation, leaving, being suspended and restored."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.admissions import DeclineReason, SuspendReason
from core.commissions import Rule
from core.enrolments import EnrolmentState
from core.errors import (
    AlreadyEnrolled,
    ApplicationTooEarly,
    ApprovalNeeded,
    InvitationNeeded,
    InvitationSpent,
    NotAllowed,
    NotFound,
    OutOfDate,
)
from core.ids import OfferId
from core.notifications import NoteKind
from core.offers import Admission
from core.people import Actor
from core.ports import UnitOfWorkFactory
from core.usecases.admissions import (
    accept_application,
    accept_offer_invitation,
    application,
    applications,
    apply_to_offer,
    decline_application,
    invite_to_offer,
    leave_offer,
    membership,
    offer_invitations,
    queues,
    restore_enrolment,
    revoke_invitation,
    suspend_enrolment,
    withdraw_application,
)
from core.usecases.enrolments import (
    creators_of_offer,
    enrolment_card,
    take_offer,
)
from core.usecases.links import link_target
from core.usecases.offers import end_offer, offer_card
from tests.builders import DRAFT, a_brand, a_creator, an_offer, reserve_sku, told
from tests.conftest import FrozenClock


async def market(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, admission: Admission
) -> tuple[Actor, Actor, OfferId]:
    """A manager, a creator, and an offer that lets people in so."""
    brand, manager = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id, replace(DRAFT, admission=admission))
    assert offer.id
    return manager, creator, offer.id


async def test_an_application_gives_a_code_only_when_the_brand_accepts(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.APPROVAL)
    with pytest.raises(ApprovalNeeded):
        await take_offer(new_uow, clock, actor=creator, offer=offer)

    card = await apply_to_offer(
        new_uow, clock, actor=creator, offer=offer, note="I film creams\nevery day"
    )

    assert card.enrolment.state is EnrolmentState.APPLIED
    assert (card.enrolment.code, card.enrolment.slug) == ("", "")
    brand = manager.brands[0][0]
    assert (await queues(new_uow, actor=manager, brand=brand)).applications == {offer: 1}
    seen = await applications(new_uow, actor=manager, brand=brand)
    assert seen
    assert seen.enrolment.note == "I film creams every day"
    assert seen.card.elsewhere.orders.low == 0
    _, members, _ = await creators_of_offer(new_uow, actor=manager, offer=offer)
    assert not members

    accepted = await accept_application(new_uow, clock, actor=manager, enrolment=card.enrolment.id)

    assert accepted.enrolment.state is EnrolmentState.ACTIVE
    assert accepted.enrolment.code == "AIGERIM10"
    assert await link_target(new_uow, clock, accepted.enrolment.slug)
    assert await told(new_uow, creator) == [NoteKind.APPLICATION_ACCEPTED]
    assert await told(new_uow, manager) == [NoteKind.APPLIED]
    with pytest.raises(OutOfDate):
        await accept_application(new_uow, clock, actor=manager, enrolment=card.enrolment.id)


async def test_five_taps_apply_once_and_two_managers_decide_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.APPROVAL)
    results = await asyncio.gather(
        *(apply_to_offer(new_uow, clock, actor=creator, offer=offer) for _ in "12345"),
        return_exceptions=True,
    )
    (applied,) = [one for one in results if not isinstance(one, BaseException)]
    assert sum(isinstance(one, AlreadyEnrolled) for one in results) == 4
    assert await told(new_uow, manager) == [NoteKind.APPLIED]

    decisions = await asyncio.gather(
        accept_application(new_uow, clock, actor=manager, enrolment=applied.enrolment.id),
        decline_application(
            new_uow,
            clock,
            actor=manager,
            enrolment=applied.enrolment.id,
            reason=DeclineReason.FULL,
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(one, OutOfDate) for one in decisions) == 1
    assert len(await told(new_uow, creator)) == 1


async def test_a_declined_creator_knows_why_and_from_when_to_apply_again(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.APPROVAL)
    applied = await apply_to_offer(new_uow, clock, actor=creator, offer=offer)
    await decline_application(
        new_uow,
        clock,
        actor=manager,
        enrolment=applied.enrolment.id,
        reason=DeclineReason.AUDIENCE,
    )

    clock.advance(days=29)
    with pytest.raises(ApplicationTooEarly):
        await apply_to_offer(new_uow, clock, actor=creator, offer=offer)
    clock.advance(days=1)
    again = await apply_to_offer(new_uow, clock, actor=creator, offer=offer, note="Once more")

    assert again.enrolment.state is EnrolmentState.APPLIED
    assert again.enrolment.reason == ""
    assert await told(new_uow, creator) == [NoteKind.APPLICATION_DECLINED]


async def test_who_takes_the_application_back_leaves_the_queue(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.APPROVAL)
    stranger = await a_creator(new_uow, clock(), "Дана")
    applied = await apply_to_offer(new_uow, clock, actor=creator, offer=offer)
    number = applied.enrolment.id
    with pytest.raises(NotFound):
        await withdraw_application(new_uow, clock, actor=stranger, enrolment=number)

    await withdraw_application(new_uow, clock, actor=creator, enrolment=number)

    brand = manager.brands[0][0]
    assert await applications(new_uow, actor=manager, brand=brand) is None
    with pytest.raises(OutOfDate):
        await accept_application(new_uow, clock, actor=manager, enrolment=number)
    assert (await apply_to_offer(new_uow, clock, actor=creator, offer=offer)).enrolment.id == number


async def test_only_the_brands_managers_decide(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, creator, offer = await market(new_uow, clock, Admission.APPROVAL)
    _, rival = await a_brand(new_uow, clock(), "Tulpar")
    applied = await apply_to_offer(new_uow, clock, actor=creator, offer=offer)
    number = applied.enrolment.id

    for attempt in (
        application(new_uow, actor=rival, enrolment=number),
        accept_application(new_uow, clock, actor=rival, enrolment=number),
        decline_application(
            new_uow, clock, actor=rival, enrolment=number, reason=DeclineReason.FULL
        ),
        membership(new_uow, actor=rival, enrolment=number),
        suspend_enrolment(
            new_uow, clock, actor=rival, enrolment=number, reason=SuspendReason.SAFETY
        ),
        invite_to_offer(new_uow, clock, actor=rival, offer=offer, places=1),
        offer_invitations(new_uow, clock, actor=rival, offer=offer),
    ):
        with pytest.raises(NotAllowed):
            await attempt


async def test_a_one_time_invitation_lets_one_creator_in(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.INVITATION)
    other = await a_creator(new_uow, clock(), "Дана")
    with pytest.raises(InvitationNeeded):
        await take_offer(new_uow, clock, actor=creator, offer=offer)
    token = await invite_to_offer(new_uow, clock, actor=manager, offer=offer, places=1)

    taps = await asyncio.gather(
        *(
            accept_offer_invitation(new_uow, clock, actor=actor, token=token)
            for actor in (creator, other, creator, other)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(one, InvitationSpent) for one in taps) == 2
    invited = creator if taps[0] == offer else other
    assert (await offer_card(new_uow, clock, actor=invited, offer=offer)).invited
    card = await take_offer(new_uow, clock, actor=invited, offer=offer)
    assert card.enrolment.state is EnrolmentState.ACTIVE
    with pytest.raises(InvitationSpent):
        await accept_offer_invitation(new_uow, clock, actor=other, token="x" * 22)


async def test_a_revoked_or_expired_invitation_lets_nobody_in(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.INVITATION)
    late = await invite_to_offer(new_uow, clock, actor=manager, offer=offer, places=10)
    token = await invite_to_offer(new_uow, clock, actor=manager, offer=offer, places=10)
    await accept_offer_invitation(new_uow, clock, actor=creator, token=token)
    _, (newest, _) = await offer_invitations(new_uow, clock, actor=manager, offer=offer)

    await revoke_invitation(new_uow, clock, actor=manager, invitation=newest.id)

    assert (newest.used, newest.places) == (1, 10)
    with pytest.raises(InvitationNeeded):  # had opened the link and not joined yet
        await take_offer(new_uow, clock, actor=creator, offer=offer)
    clock.advance(days=30)
    with pytest.raises(InvitationSpent):
        await accept_offer_invitation(new_uow, clock, actor=creator, token=late)


async def test_who_leaves_keeps_earlier_orders_and_comes_back_with_code_and_history(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.OPEN)
    taken = await take_offer(new_uow, clock, actor=creator, offer=offer)
    number, code = taken.enrolment.id, taken.enrolment.code
    await reserve_sku(new_uow, clock, actor=manager, enrolment=number, sku="CR-50-A")
    joined = clock()
    clock.advance(days=3)

    await leave_offer(new_uow, clock, actor=creator, enrolment=number)

    left = clock()
    with pytest.raises(OutOfDate):
        await leave_offer(new_uow, clock, actor=creator, enrolment=number)
    target = await link_target(new_uow, clock, taken.enrolment.slug)
    assert target
    assert not target.active
    assert await told(new_uow, manager) == [NoteKind.ENROLLED, NoteKind.CREATOR_LEFT]

    async with new_uow() as uow:  # the brand pays less by now
        known = await uow.offers.get(offer)
        cheaper = replace(known.terms, rule=Rule(percent_bps=500))
        await uow.offers.rewrite(replace(known, terms=cheaper), now=clock())
        await uow.commit()
    clock.advance(days=3)
    back = await take_offer(new_uow, clock, actor=creator, offer=offer)

    assert (back.enrolment.id, back.enrolment.code) == (number, code)
    assert back.enrolment.slug == taken.enrolment.slug
    async with new_uow(read_only=True) as uow:
        held = (await uow.enrolments.ownerships(taken.brand.id, [code]))[code]
        (facts,) = (await uow.orders.enrolment_facts([number])).values()
    assert [(one.since, one.until) for one in held] == [(joined, left), (clock(), None)]
    assert facts.terms_at(joined).rule == Rule(percent_bps=1_000)
    assert facts.terms_at(clock()).rule == Rule(percent_bps=500)
    shown = await membership(new_uow, actor=manager, enrolment=number)
    assert [step.state for step in shown.steps] == [
        EnrolmentState.ACTIVE,
        EnrolmentState.LEFT,
        EnrolmentState.ACTIVE,
    ]


async def test_a_suspended_creator_is_told_stops_at_once_and_is_restored_with_the_code(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.OPEN)
    taken = await take_offer(new_uow, clock, actor=creator, offer=offer)
    number, code = taken.enrolment.id, taken.enrolment.code

    await suspend_enrolment(
        new_uow, clock, actor=manager, enrolment=number, reason=SuspendReason.NO_LABEL
    )

    card = await enrolment_card(new_uow, actor=creator, enrolment=number)
    assert (card.enrolment.state, card.enrolment.reason) == (EnrolmentState.SUSPENDED, "no_label")
    assert not card.enrolment.holds_code
    with pytest.raises(AlreadyEnrolled):  # nobody restores themselves
        await take_offer(new_uow, clock, actor=creator, offer=offer)
    with pytest.raises(OutOfDate):
        await leave_offer(new_uow, clock, actor=creator, enrolment=number)
    clock.advance(days=1)
    await restore_enrolment(new_uow, clock, actor=manager, enrolment=number)
    with pytest.raises(OutOfDate):
        await restore_enrolment(new_uow, clock, actor=manager, enrolment=number)

    card = await enrolment_card(new_uow, actor=creator, enrolment=number)
    assert (card.enrolment.state, card.enrolment.code) == (EnrolmentState.ACTIVE, code)
    assert card.enrolment.holds_code
    assert await told(new_uow, creator) == [
        NoteKind.ENROLMENT_SUSPENDED,
        NoteKind.ENROLMENT_RESTORED,
    ]


async def test_the_end_of_an_offer_answers_who_still_waits(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.APPROVAL)
    applied = await apply_to_offer(new_uow, clock, actor=creator, offer=offer)

    await end_offer(new_uow, clock, actor=manager, offer=offer)

    card = await enrolment_card(new_uow, actor=creator, enrolment=applied.enrolment.id)
    assert card.enrolment.state is EnrolmentState.ENDED
    assert await told(new_uow, creator) == [NoteKind.OFFER_ENDED]
    with pytest.raises(OutOfDate):
        await accept_application(new_uow, clock, actor=manager, enrolment=applied.enrolment.id)


async def test_a_creator_in_an_offer_is_found_by_name_and_by_code(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    manager, creator, offer = await market(new_uow, clock, Admission.OPEN)
    await take_offer(new_uow, clock, actor=creator, offer=offer)
    other = await a_creator(new_uow, clock(), "Көркем Дана")
    await take_offer(new_uow, clock, actor=other, offer=offer)

    async def names(words: str) -> list[str]:
        _, found, _ = await creators_of_offer(new_uow, actor=manager, offer=offer, words=words)
        return [one.name for one in found]

    assert await names("коркем") == ["Көркем Дана"]
    assert await names("aiger") == ["Айгерім"]
    assert await names("дана kor") == ["Көркем Дана"]
    assert await names("nobody") == []
