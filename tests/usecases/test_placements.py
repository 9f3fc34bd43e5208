"""Links per placement: their names, what each brings, and where a link leads that is off."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from core.errors import AlreadyUsed, BadInput, NotFound, OutOfDate
from core.links import Click
from core.orders import OrderStatus, Place
from core.people import Locale
from core.placements import LINKS_MAX, Placement
from core.ports import UnitOfWorkFactory
from core.usecases.admissions import leave_offer
from core.usecases.enrolments import take_offer
from core.usecases.links import link_target, store_clicks
from core.usecases.placements import (
    add_placement,
    placement,
    placements,
    rename_placement,
    switch_placement,
)
from tests.builders import a_brand, a_creator, an_offer
from tests.conftest import FrozenClock
from tests.usecases.order_builders import TEN_PERCENT, a_shop, an_order, report


async def test_each_placement_has_its_own_address_and_numbers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    draft = replace(
        TEN_PERCENT, place=Place.OWN_SHOP, url="https://alma.kz/cream", click_param="click_id"
    )
    shop = await a_shop(new_uow, clock, draft)
    creator, number = shop.creator, shop.enrolment.id

    made = await asyncio.gather(
        *(
            add_placement(new_uow, clock, actor=creator, enrolment=number, name=Placement.STORY)
            for _ in "123"
        ),
        return_exceptions=True,
    )
    ids = {one for one in made if isinstance(one, int)}
    assert len(ids) == 1
    (story,) = ids
    shown = await placement(new_uow, actor=creator, link=story)
    target = await link_target(new_uow, clock, shown.one(story).link.slug)
    assert target
    assert target.link_id == story
    clicks = [
        Click(
            id=f"click-{n}",
            link_id=target.link_id,
            at=clock(),
            visitor=str(n),
            lang=Locale.KK,
            counted=True,
        )
        for n in range(3)
    ]
    await store_clicks(new_uow, clicks)
    clock.advance(hours=1)
    await report(
        new_uow,
        clock,
        shop,
        an_order("1", at=clock(), click_ids=("click-1",)),
        an_order("2", OrderStatus.REJECTED, at=clock(), click_ids=("click-2",)),
        an_order("3", OrderStatus.PENDING, shop.code, at=clock()),
    )

    shown = await placements(new_uow, actor=creator, enrolment=number)

    numbers = [(one.link.placement, one.clicks, one.orders) for one in shown.links]
    assert numbers == [("", 0, 0), ("story", 3, 1)]


async def test_a_link_that_is_off_leads_on_and_counts_for_the_main_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock())
    stranger = await a_creator(new_uow, clock(), "Дана")
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    taken = await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    number = taken.enrolment.id
    stall = await add_placement(new_uow, clock, actor=creator, enrolment=number, name="Market")
    shown = await placements(new_uow, actor=creator, enrolment=number)
    main, slug = shown.links[0].link.id, shown.one(stall).link.slug
    with pytest.raises(NotFound):
        await switch_placement(new_uow, clock, actor=stranger, link=stall, off=True)
    with pytest.raises(OutOfDate):
        await switch_placement(new_uow, clock, actor=creator, link=main, off=True)

    await switch_placement(new_uow, clock, actor=creator, link=stall, off=True)

    target = await link_target(new_uow, clock, slug)
    assert target
    assert (target.active, target.link_id, target.code) == (True, main, "AIGERIM10")
    await switch_placement(new_uow, clock, actor=creator, link=stall, off=False)
    target = await link_target(new_uow, clock, slug)
    assert target
    assert target.link_id == stall


async def test_names_are_unique_short_and_limited_in_number(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    creator = await a_creator(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id
    taken = await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    number = taken.enrolment.id
    links = [
        await add_placement(new_uow, clock, actor=creator, enrolment=number, name=f"Spot {n}")
        for n in range(LINKS_MAX)
    ]

    with pytest.raises(BadInput):
        await add_placement(new_uow, clock, actor=creator, enrolment=number, name="One more")
    with pytest.raises(AlreadyUsed):
        await rename_placement(new_uow, actor=creator, link=links[0], name="Spot 1")
    for bad in ("", "x" * 31, "…"):
        with pytest.raises(BadInput):
            await rename_placement(new_uow, actor=creator, link=links[0], name=bad)
    await rename_placement(new_uow, actor=creator, link=links[0], name="  Көк   базар ")
    shown = await placements(new_uow, actor=creator, enrolment=number)
    assert shown.one(links[0]).link.placement == "Көк базар"
    await leave_offer(new_uow, clock, actor=creator, enrolment=number)
    with pytest.raises(OutOfDate):
        await add_placement(new_uow, clock, actor=creator, enrolment=number, name="Spot 1")
