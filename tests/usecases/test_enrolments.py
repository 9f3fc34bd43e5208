"""Taking offers: codes, links, what they bring, and SKUs."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.commissions import Rule
from core.consents import CONSENT_VERSION, CREATORS
from core.enrolments import EnrolmentState
from core.errors import (
    AlreadyEnrolled,
    NotAllowed,
    NotEligible,
    NotFound,
    OfferNotActive,
    OutOfDate,
    ProfileIncomplete,
)
from core.evidence import ClickTouch
from core.ids import EnrolmentId
from core.links import Click
from core.money import Money
from core.notifications import NoteKind
from core.offers import Eligibility
from core.people import CreatorState, Locale, Platform
from core.ports import UnitOfWorkFactory
from core.usecases.enrolments import (
    creator_in_offer,
    creators_of_offer,
    enrolment_card,
    my_enrolments,
    take_offer,
)
from core.usecases.links import link_target, store_clicks
from core.usecases.offers import end_offer, offer_card, pause_offer
from tests.builders import DRAFT, a_brand, a_creator, a_person, an_offer, reserve_sku, told
from tests.conftest import FrozenClock


async def test_taking_an_offer_gives_a_code_a_link_and_the_terms_as_they_are(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock(), "Жұлдыз Әлі")
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id

    card = await take_offer(new_uow, clock, actor=creator, offer=offer.id)

    assert card.enrolment.code == "ZHULDYZ10"
    assert card.enrolment.state is EnrolmentState.ACTIVE
    assert len(card.enrolment.slug) == 8
    assert card.brand == brand
    assert await told(new_uow, manager) == [NoteKind.ENROLLED]
    target = await link_target(new_uow, clock, card.enrolment.slug)
    assert target
    assert (target.code, target.active) == ("ZHULDYZ10", True)
    assert (target.brand_name, target.url) == ("Qyran", DRAFT.url)
    assert target.text(Locale.RU).title == "Уход за лицом"


async def test_a_later_version_of_the_terms_does_not_touch_who_enrolled_before(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    taken = await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    async with new_uow() as uow:
        worse = replace(offer.terms, rule=Rule(percent_bps=100))
        await uow.offers.rewrite(replace(offer, terms=worse), now=clock())
        await uow.commit()

    card = await enrolment_card(new_uow, actor=creator, enrolment=taken.enrolment.id)
    seen = await offer_card(new_uow, clock, actor=creator, offer=offer.id)

    assert card.offer.terms.rule == Rule(percent_bps=1_000)
    assert seen.offer.terms.rule == Rule(percent_bps=1_000)
    assert seen.enrolment == taken.enrolment


async def test_a_double_tap_enrols_once(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    brand, manager = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id

    results = await asyncio.gather(
        *(take_offer(new_uow, clock, actor=creator, offer=offer.id) for _ in "12345"),
        return_exceptions=True,
    )

    (taken,) = [result for result in results if not isinstance(result, BaseException)]
    refusals = [result for result in results if isinstance(result, AlreadyEnrolled)]
    assert [refusal.enrolment for refusal in refusals] == [taken.enrolment.id] * 4
    assert await told(new_uow, manager) == [NoteKind.ENROLLED]


async def test_fifty_creators_of_one_name_get_fifty_codes_at_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    creators = [await a_creator(new_uow, clock(), "Айгерім") for _ in range(50)]

    cards = await asyncio.gather(
        *(take_offer(new_uow, clock, actor=creator, offer=offer.id) for creator in creators)
    )

    given = {card.enrolment.code for card in cards}
    assert len(given) == 50
    assert "AIGERIM10" in given
    assert all(code.startswith("AIGERIM10") for code in given)
    async with new_uow(read_only=True) as uow:
        held = await uow.enrolments.ownerships(brand.id, sorted(given))
    assert {code: len(holders) for code, holders in held.items()} == dict.fromkeys(given, 1)


async def test_two_brands_may_give_the_same_code(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    codes = []
    for name in ("Qyran", "Tulpar"):
        brand, _ = await a_brand(new_uow, clock(), name)
        offer = await an_offer(new_uow, clock(), brand.id)
        assert offer.id
        codes.append((await take_offer(new_uow, clock, actor=creator, offer=offer.id)).enrolment)

    assert [one.code for one in codes] == ["AIGERIM10", "AIGERIM10"]


async def test_a_withdrawn_code_rests_before_somebody_else_gets_it(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    first = await an_offer(new_uow, clock(), brand.id)
    assert first.id
    creator = await a_creator(new_uow, clock())
    await take_offer(new_uow, clock, actor=creator, offer=first.id)
    await end_offer(new_uow, clock, actor=manager, offer=first.id)
    second = await an_offer(new_uow, clock(), brand.id)
    assert second.id
    early, late = [await a_creator(new_uow, clock()) for _ in "12"]

    clock.advance(days=59)
    soon = await take_offer(new_uow, clock, actor=early, offer=second.id)
    clock.advance(days=2)
    rested = await take_offer(new_uow, clock, actor=late, offer=second.id)

    assert soon.enrolment.code != "AIGERIM10"
    assert rested.enrolment.code == "AIGERIM10"
    async with new_uow(read_only=True) as uow:
        held = (await uow.enrolments.ownerships(brand.id, ["AIGERIM10"]))["AIGERIM10"]
    assert [one.until is None for one in held] == [False, True]
    assert held[1].enrolment == rested.enrolment.id


async def test_who_may_not_take_an_offer_is_told_why(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    offer = await an_offer(
        new_uow, clock(), brand.id, eligibility=Eligibility(platforms=(Platform.TIKTOK,))
    )
    assert offer.id
    creator = await a_creator(new_uow, clock())
    person = await a_person(new_uow, clock())
    beginner = replace(await a_person(new_uow, clock()), creator=CreatorState.NEW)
    async with new_uow() as uow:
        await uow.creators.add(beginner.id, languages=[Locale.KK], now=clock())
        await uow.commit()
    suspended = replace(creator, creator=CreatorState.SUSPENDED)

    with pytest.raises(NotEligible) as unfit:
        await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    with pytest.raises(ProfileIncomplete) as unready:
        await take_offer(new_uow, clock, actor=beginner, offer=offer.id)
    for actor in (person, manager, suspended):
        with pytest.raises(NotAllowed):
            await take_offer(new_uow, clock, actor=actor, offer=offer.id)

    assert unfit.value.missing == ("platform",)
    assert unready.value.missing == ("consent", "name", "city", "categories", "channel")


async def test_a_withdrawn_consent_closes_the_door(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    creator = await a_creator(new_uow, clock())
    async with new_uow() as uow:
        assert await uow.people.consent(creator.id, CONSENT_VERSION)
        await uow.people.withdraw_consent(creator.id, CREATORS, now=clock())
        await uow.commit()

    with pytest.raises(ProfileIncomplete) as raised:
        await take_offer(new_uow, clock, actor=creator, offer=offer.id)

    assert raised.value.missing == ("consent",)


async def test_an_offer_of_a_brand_without_funds_cannot_be_taken(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    async with new_uow() as uow:
        await uow.brands.set_suspended(brand.id, True)
        await uow.commit()
    creator = await a_creator(new_uow, clock())

    with pytest.raises(OfferNotActive):
        await take_offer(new_uow, clock, actor=creator, offer=offer.id)


async def test_a_creator_sees_only_their_own_enrolments(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    creator, other = await a_creator(new_uow, clock()), await a_creator(new_uow, clock(), "Дана")
    taken = []
    for _ in range(3):
        offer = await an_offer(new_uow, clock(), brand.id)
        assert offer.id
        taken.append(await take_offer(new_uow, clock, actor=creator, offer=offer.id))

    first, after = await my_enrolments(new_uow, actor=creator, limit=2)
    rest, end = await my_enrolments(new_uow, actor=creator, after=after, limit=2)

    assert [card.enrolment for card in (*first, *rest)] == [
        card.enrolment for card in reversed(taken)
    ]
    assert end is None
    assert await my_enrolments(new_uow, actor=other) == ([], None)
    with pytest.raises(NotFound):
        await enrolment_card(new_uow, actor=other, enrolment=taken[0].enrolment.id)


async def test_clicks_are_stored_once_and_robots_are_not_counted(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    creator = await a_creator(new_uow, clock())
    card = await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    target = await link_target(new_uow, clock, card.enrolment.slug)
    assert target
    clicks = [
        Click(
            id=f"click{number}",
            link_id=target.link_id,
            at=clock(),
            visitor="v",
            lang=Locale.KK,
            counted=number != 1,
        )
        for number in range(3)
    ]

    stored = await store_clicks(new_uow, [*clicks, clicks[0]])
    again = await store_clicks(new_uow, clicks)

    assert (stored, again) == (3, 0)
    stats = (await enrolment_card(new_uow, actor=creator, enrolment=card.enrolment.id)).stats
    assert (stats.clicks, stats.orders, stats.earned) == (2, 0, Money(0))
    async with new_uow(read_only=True) as uow:
        touches = await uow.links.touches(["click0", "click1", "unknown"])
        windows = await uow.enrolments.windows([card.enrolment.id])
    assert set(touches) == {"click0", "click1"}
    assert touches["click0"] == ClickTouch(
        click_id="click0", link=clicks[0].link_id, enrolment=card.enrolment.id, at=clock()
    )
    assert windows == {card.enrolment.id: 30}


async def test_a_link_knows_that_its_offer_is_not_on(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    creator = await a_creator(new_uow, clock())
    slug = (await take_offer(new_uow, clock, actor=creator, offer=offer.id)).enrolment.slug

    await pause_offer(new_uow, clock, actor=manager, offer=offer.id)

    paused = await link_target(new_uow, clock, slug)
    assert paused
    assert not paused.active
    assert await link_target(new_uow, clock, "nonesuch") is None


async def test_look_alike_codes_are_found_by_their_folded_form(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    other, _ = await a_brand(new_uow, clock(), "Other")
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    creator = await a_creator(new_uow, clock(), "Марат")
    card = await take_offer(new_uow, clock, actor=creator, offer=offer.id)

    async with new_uow(read_only=True) as uow:
        found = await uow.enrolments.ownerships_folded(brand.id, ["MARAT10", "NOBODY"])
        elsewhere = await uow.enrolments.ownerships_folded(other.id, ["MARAT10"])

    assert [held.enrolment for held in found["MARAT10"]] == [card.enrolment.id]
    assert set(found) == {"MARAT10"}
    assert elsewhere == {}


async def test_a_brand_sees_who_promotes_its_offer(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    _, stranger = await a_brand(new_uow, clock(), "Other")
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    enrolments: list[EnrolmentId] = []
    for name in ("Дана", "Марат", "Сәуле"):
        creator = await a_creator(new_uow, clock(), name)
        enrolments.append(
            (await take_offer(new_uow, clock, actor=creator, offer=offer.id)).enrolment.id
        )

    _, creators, after = await creators_of_offer(new_uow, actor=manager, offer=offer.id, limit=2)
    _, rest, end = await creators_of_offer(
        new_uow, actor=manager, offer=offer.id, after=after, limit=2
    )

    assert [(one.name, one.enrolment.code) for one in (*creators, *rest)] == [
        ("Сәуле", "SAULE10"),
        ("Марат", "MARAT10"),
        ("Дана", "DANA10"),
    ]
    assert end is None
    _, one = await creator_in_offer(new_uow, actor=manager, enrolment=enrolments[0])
    assert one.name == "Дана"
    with pytest.raises(NotAllowed):
        await creators_of_offer(new_uow, actor=stranger, offer=offer.id)
    with pytest.raises(NotAllowed):
        await creator_in_offer(new_uow, actor=stranger, enrolment=enrolments[0])


async def test_an_ended_offer_takes_back_its_skus_and_lends_no_more(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    creator = await a_creator(new_uow, clock())
    enrolment = (await take_offer(new_uow, clock, actor=creator, offer=offer.id)).enrolment.id
    await reserve_sku(new_uow, clock, actor=manager, enrolment=enrolment, sku="CR-50")
    clock.advance(hours=1)

    await end_offer(new_uow, clock, actor=manager, offer=offer.id)

    async with new_uow(read_only=True) as uow:
        (held,) = (await uow.enrolments.reservations(brand.id, ["CR-50"]))["CR-50"]
    assert held.until == clock()
    with pytest.raises(OutOfDate):
        await reserve_sku(new_uow, clock, actor=manager, enrolment=enrolment, sku="CR-51")
    card = await enrolment_card(new_uow, actor=creator, enrolment=enrolment)
    assert card.enrolment.state is EnrolmentState.ENDED
    assert card.enrolment.code == "AIGERIM10"


async def test_an_offer_that_ends_while_it_is_taken_ends_the_enrolment_too(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    assert offer.terms.id

    async with new_uow() as uow:  # as `take_offer` does, and slowly
        await uow.offers.hold(offer.id)
        ending = asyncio.create_task(end_offer(new_uow, clock, actor=manager, offer=offer.id))
        await asyncio.sleep(0.1)
        waited = not ending.done()
        enrolment = await uow.enrolments.add(
            offer=offer.id,
            creator=creator.id,
            brand=brand.id,
            terms=offer.terms.id,
            state=EnrolmentState.ACTIVE,
            now=clock(),
        )
        await uow.commit()
    await ending

    assert waited
    async with new_uow(read_only=True) as uow:
        assert (await uow.enrolments.get(enrolment)).state is EnrolmentState.ENDED
