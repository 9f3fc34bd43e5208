"""Where many links lead at once, and clicks that come twice, late and from two loaders."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.ids import LinkId
from core.links import Click
from core.orders import Place
from core.people import Locale
from core.ports import UnitOfWorkFactory
from core.results import day_of
from core.usecases.books import check_ledger
from core.usecases.links import link_target, link_targets, store_clicks
from tests.builders import an_offer
from tests.conftest import FrozenClock
from tests.usecases.order_builders import TEN_PERCENT, a_shop, one_more

DIRECT = replace(
    TEN_PERCENT, place=Place.OWN_SHOP, url="https://alma.kz/cream", click_param="click_id"
)


def a_click(number: int, link: LinkId, clock: FrozenClock, *, counted: bool = True) -> Click:
    return Click(
        id=f"click-{number}",
        link_id=link,
        at=clock(),
        visitor=f"{number}",
        lang=Locale.KK,
        counted=counted,
    )


async def test_many_links_are_looked_up_like_each_of_them(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    direct = await a_shop(new_uow, clock, DIRECT)
    _, other = await one_more(new_uow, clock, direct.brand, "Дана", DIRECT)
    paged = await a_shop(new_uow, clock)
    await an_offer(new_uow, clock(), paged.brand.id)
    slugs = [one.slug for one in (direct.enrolment, other, paged.enrolment)]

    found = await link_targets(new_uow, clock, [*slugs, "nonesuch"])

    assert set(found) == set(slugs)
    for slug in slugs:
        whole = await link_target(new_uow, clock, slug)
        assert whole
        assert whole.texts
        assert whole.code
        # What only a page shows is not read for who sees no page.
        bare = replace(whole, texts={}, code="") if whole.click_param else whole
        assert found[slug] == bare
    assert found[slugs[0]].url is found[slugs[1]].url


async def test_two_who_load_the_same_clicks_at_once_count_them_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, DIRECT)
    target = await link_target(new_uow, clock, shop.enrolment.slug)
    assert target
    clicks = [
        a_click(number, target.link_id, clock, counted=number % 10 > 0) for number in range(500)
    ]
    lost = a_click(999, LinkId(123_456), clock)

    stored = await asyncio.gather(
        store_clicks(new_uow, [*clicks, lost]),
        store_clicks(new_uow, clicks[::-1]),
        store_clicks(new_uow, clicks[100:300]),
    )

    assert sum(stored) == 500
    async with new_uow(read_only=True) as uow:
        (link,) = await uow.links.of_enrolment(shop.enrolment.id)
    assert link.clicks == 450
    assert (await check_ledger(new_uow)).sound


async def test_clicks_of_many_days_are_summed_by_the_day_in_almaty(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, DIRECT)
    target = await link_target(new_uow, clock, shop.enrolment.slug)
    assert target
    clicks = []
    for number in range(48):
        clock.advance(hours=1)
        clicks.append(a_click(number, target.link_id, clock))
    assert len({day_of(click.at) for click in clicks}) == 3

    await store_clicks(new_uow, clicks[:30])
    assert await store_clicks(new_uow, clicks) == 18

    async with new_uow(read_only=True) as uow:
        (link,) = await uow.links.of_enrolment(shop.enrolment.id)
        touches = await uow.links.touches([click.id for click in clicks])
    assert link.clicks == 48
    assert {touch.at for touch in touches.values()} == {click.at for click in clicks}
    assert (await check_ledger(new_uow)).sound
