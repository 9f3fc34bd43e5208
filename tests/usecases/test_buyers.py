"""Visits by creators' links: kept once each, for the right link, and not for everybody."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from core.buyers import Visits
from core.people import Actor
from core.placements import Placement
from core.ports import UnitOfWorkFactory
from core.usecases.buyers import visit_link
from core.usecases.offers import end_offer
from core.usecases.placements import add_placement, placement, switch_placement
from tests.builders import a_person
from tests.conftest import FrozenClock
from tests.usecases.order_builders import a_shop


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
