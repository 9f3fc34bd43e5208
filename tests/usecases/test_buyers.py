"""Visits by creators' links: kept once each, for the right link, and not for everybody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.buyers import Duty, Erased, Forgotten, SharedContact, Visits
from core.consents import BUYER_CONSENT
from core.errors import BadInput, ConsentMissing, OutOfDate
from core.money import tenge
from core.orders import OrderStatus, Place
from core.people import Actor, CreatorState, Locale
from core.placements import Placement
from core.ports import UnitOfWorkFactory
from core.preparation import PHONE
from core.support import Said, Topic
from core.usecases.buyers import (
    agree_to_share,
    erase_visits,
    kept_of_buyer,
    share_phone,
    visit_link,
)
from core.usecases.creators import own_profile
from core.usecases.oblivion import forget_me
from core.usecases.offers import end_offer
from core.usecases.people import meet
from core.usecases.placements import add_placement, placement, switch_placement
from core.usecases.support import answer, ask
from db.models.base import metadata
from tests.builders import a_moderator, a_person
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    BOX,
    NOON,
    Shop,
    a_shop,
    an_order,
    books,
    known_orders,
    report,
    transfers,
)

NUMBER = "77021234567"  # as Telegram writes it
E164 = "+77021234567"


def contact(actor: Actor, number: str = NUMBER) -> SharedContact:
    return SharedContact(owner=actor.telegram_id, number=number)


async def agree(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, actor: Actor, version: str = BUYER_CONSENT
) -> None:
    await agree_to_share(
        new_uow,
        clock,
        actor=actor,
        version=version,
        locale=Locale.RU,
        speaks=True,
        operator="Üles",
        bin="180540000002",
    )


async def share(new_uow: UnitOfWorkFactory, clock: FrozenClock, actor: Actor) -> None:
    await share_phone(new_uow, clock, BOX, actor=actor, contact=contact(actor))


async def a_sharer(new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop) -> Actor:
    """A buyer who came by the creator's link at noon and shared the phone."""
    buyer = await a_person(new_uow, clock())
    await visit_link(new_uow, clock, actor=buyer, slug=shop.enrolment.slug, at=NOON)
    await agree(new_uow, clock, buyer)
    await share(new_uow, clock, buyer)
    return buyer


async def visits(new_uow: UnitOfWorkFactory, actor: Actor) -> list[Visits]:
    async with new_uow(read_only=True) as uow:
        return list(await uow.buyers.visits(actor.id))


async def test_a_visit_that_is_delivered_again_is_kept_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_person(new_uow, clock())
    at = clock()

    await asyncio.gather(
        *(visit_link(new_uow, clock, actor=buyer, slug=shop.enrolment.slug, at=at) for _ in "123")
    )
    later = at + timedelta(hours=1)
    visit = await visit_link(new_uow, clock, actor=buyer, slug=shop.enrolment.slug, at=later)
    await visit_link(new_uow, clock, actor=buyer, slug=shop.enrolment.slug)  # only looks again

    assert visit.open is not None
    assert visit.open.code == shop.enrolment.code
    (kept,) = await visits(new_uow, buyer)
    assert (kept.brand, kept.count, kept.last) == (shop.enrolment.brand, 2, later)


async def test_the_creator_sees_the_link_and_leaves_no_visit(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)

    visit = await visit_link(
        new_uow, clock, actor=shop.creator, slug=shop.enrolment.slug, at=clock()
    )

    assert visit.own
    assert visit.open is not None
    assert await visits(new_uow, shop.creator) == []


async def test_visits_of_a_link_that_is_off_are_the_main_links(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_person(new_uow, clock())
    number = await add_placement(
        new_uow, clock, actor=shop.creator, enrolment=shop.enrolment.id, name=Placement.STORY
    )
    slug = (await placement(new_uow, actor=shop.creator, link=number)).one(number).link.slug
    on = await visit_link(new_uow, clock, actor=buyer, slug=slug, at=clock())
    await switch_placement(new_uow, clock, actor=shop.creator, link=number, off=True)

    off = await visit_link(new_uow, clock, actor=buyer, slug=slug, at=clock())
    main = await visit_link(new_uow, clock, actor=buyer, slug=shop.enrolment.slug, at=clock())

    assert on.target
    assert off.target
    assert main.target
    assert on.target.link_id == number
    assert off.target.link_id == main.target.link_id != number
    (kept,) = await visits(new_uow, buyer)
    assert kept.count == 2  # the main link's visits came at one moment


async def test_an_offer_that_has_ended_and_a_link_of_nobody_leave_no_visit(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_person(new_uow, clock())
    await end_offer(new_uow, clock, actor=shop.manager, offer=shop.enrolment.offer)

    ended = await visit_link(new_uow, clock, actor=buyer, slug=shop.enrolment.slug, at=clock())
    nobodys = await visit_link(new_uow, clock, actor=buyer, slug="nonesuch", at=clock())

    assert ended.target is not None
    assert ended.open is None
    assert nobodys.target is None
    assert await visits(new_uow, buyer) == []


async def test_a_phone_that_is_shared_after_the_order_credits_it_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, funds=tenge(100_000))
    await report(new_uow, clock, shop, an_order("1001", OrderStatus.APPROVED, phone=E164))
    assert (await books(new_uow, shop)).pending == tenge(0)

    buyer = await a_sharer(new_uow, clock, shop)

    order = (await known_orders(new_uow, shop))["1001"]
    assert order.enrolment == shop.enrolment.id
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    before = await transfers(new_uow)
    await share(new_uow, clock, buyer)
    assert await transfers(new_uow) == before


async def test_the_phone_is_kept_only_while_the_consent_stands(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    buyer = await a_person(new_uow, clock())
    with pytest.raises(ConsentMissing):
        await share(new_uow, clock, buyer)
    with pytest.raises(OutOfDate):
        await agree(new_uow, clock, buyer, "buyer-2020-01")
    await agree(new_uow, clock, buyer)
    stranger = await a_person(new_uow, clock())
    for wrong in (
        contact(stranger),
        SharedContact(owner=None, number=NUMBER),
        SharedContact(owner=buyer.telegram_id, number=NUMBER, forwarded=True),
        contact(buyer, "88812345678"),  # sold by Telegram for signing up
        contact(buyer, ""),
    ):
        with pytest.raises(BadInput):
            await share_phone(new_uow, clock, BOX, actor=buyer, contact=wrong)
    assert (await kept_of_buyer(new_uow, actor=buyer)).shared_at is None

    await share_phone(new_uow, clock, BOX, actor=buyer, contact=contact(buyer, "+81312345678"))

    async with new_uow(read_only=True) as uow:
        assert await uow.buyers.digest(buyer.id) == BOX.digest(PHONE, "+81312345678")


async def test_a_consent_that_is_taken_back_erases_and_leaves_past_credit(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, funds=tenge(100_000))
    buyer = await a_sharer(new_uow, clock, shop)
    await report(new_uow, clock, shop, an_order("1001", OrderStatus.PENDING, phone=E164))

    erased = await erase_visits(new_uow, clock, actor=buyer)
    again = await erase_visits(new_uow, clock, actor=buyer)

    assert erased == Erased(visits=1, phone=True)
    assert again == Erased()
    later = NOON + timedelta(hours=5)
    await report(
        new_uow,
        clock,
        shop,
        an_order("1001", OrderStatus.APPROVED, phone=E164, changed=later),
        an_order("1002", OrderStatus.APPROVED, phone=E164, at=NOON + timedelta(hours=4)),
        seen_at=later,
    )
    orders = await known_orders(new_uow, shop)
    assert orders["1001"].enrolment == shop.enrolment.id
    assert orders["1002"].enrolment is None
    async with new_uow(read_only=True) as uow:
        digest = BOX.digest(PHONE, E164)
        assert await uow.evidence.phones(shop.brand.id, Place.KASPI, [digest]) == {}


async def test_a_creator_who_ends_the_consent_as_a_buyer_goes_on_as_a_creator(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await agree(new_uow, clock, shop.creator)
    before = await own_profile(new_uow, actor=shop.creator)

    await erase_visits(new_uow, clock, actor=shop.creator)

    assert await own_profile(new_uow, actor=shop.creator) == before
    async with new_uow(read_only=True) as uow:
        consent = await uow.people.consent(shop.creator.id, "2026-11")
    assert consent is not None
    assert consent.withdrawn_at is None


async def rows_with(engine: AsyncEngine, *words: str) -> list[str]:
    """Tables that have one of the words anywhere."""
    found = []
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(sa.select(table)):
                if any(word in repr(tuple(row)) for word in words):
                    found.append(f"{table.name}: {tuple(row)}")
    return found


async def test_whoever_is_only_a_buyer_is_forgotten_everywhere(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock, funds=tenge(100_000))
    staff = await a_moderator(new_uow, clock())
    buyer = await a_sharer(new_uow, clock, shop)
    async with new_uow() as uow:
        await uow.people.rename(buyer.id, name="Жанбота Қуанышқызы", username="zhanbota")
        await uow.commit()
    await report(new_uow, clock, shop, an_order("1001", OrderStatus.APPROVED, phone=E164))
    said = Said(key=f"{buyer.telegram_id}:1", text="Атым Жанбота, көмектесіңіз")
    asked = await ask(new_uow, clock, actor=buyer, topic=Topic.OTHER, said=said)
    reply = Said(key=f"{staff.telegram_id}:1", text="Сәлем, Жанбота")
    await answer(new_uow, clock, actor=staff, ticket=asked.ticket.id, said=reply)
    digest = BOX.digest(PHONE, E164)
    personal = ("Жанбота", "zhanbota", "жанбота", str(buyer.telegram_id))
    assert await rows_with(engine, *personal)
    before = await books(new_uow, shop)

    forgotten = await forget_me(new_uow, clock, actor=buyer)

    assert forgotten == Forgotten(erased=Erased(visits=1, phone=True))
    assert await rows_with(engine, *personal) == []
    async with new_uow(read_only=True) as uow:
        assert await uow.evidence.phones(shop.brand.id, Place.KASPI, [digest]) == {}
    assert (await known_orders(new_uow, shop))["1001"].enrolment == shop.enrolment.id
    assert await books(new_uow, shop) == before
    again = await meet(new_uow, clock, telegram_id=buyer.telegram_id, name="Жанбота", username=None)
    assert again.actor.id != buyer.id
    assert again.chosen_locale is None


async def test_whoever_has_duties_loses_nothing_by_asking(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    staff = await a_moderator(new_uow, clock())

    for actor, duty in (
        (shop.creator, Duty.CREATOR),
        (shop.manager, Duty.MANAGER),
        (staff, Duty.STAFF),
    ):
        assert await forget_me(new_uow, clock, actor=actor) == Forgotten(duties=frozenset({duty}))
        async with new_uow(read_only=True) as uow:
            assert (await uow.people.get(actor.id)).telegram_id == actor.telegram_id


async def test_a_profile_that_was_begun_and_never_used_goes_as_well(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    person = await a_person(new_uow, clock(), "Айым")
    async with new_uow() as uow:
        await uow.creators.add(person.id, languages=[Locale.KK], now=clock())
        await uow.creators.save(person.id, display_name="Айым Блогер")
        await uow.commit()
    began = replace(person, creator=CreatorState.NEW)

    assert await forget_me(new_uow, clock, actor=began) == Forgotten()

    assert await rows_with(engine, "Айым", "айым") == []
