"""A brand's orders narrowed by state, offer, creator and period: pages and sums that agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.commissions import CommissionState
from core.errors import NotAllowed
from core.orders import OrderStatus
from core.people import Actor
from core.periods import Period, span
from core.ports import UnitOfWorkFactory
from core.ports.orders import OrderRow
from core.reports import Breakdown
from core.usecases.orders import brand_order_choice, brand_orders
from tests.conftest import FrozenClock
from tests.usecases.order_builders import Shop, a_shop, an_order, one_more, report

FATES = (OrderStatus.PENDING, OrderStatus.APPROVED, OrderStatus.REJECTED)
LOST = (CommissionState.VOID, CommissionState.CLAWED_BACK)


async def all_pages(new_uow: UnitOfWorkFactory, shop: Shop, **narrowed: Any) -> list[OrderRow]:
    """Every order that fits, two at a time; the sums say how many there are."""
    found: list[OrderRow] = []
    after = None
    while True:
        page = await brand_orders(
            new_uow, actor=shop.manager, brand=shop.brand.id, after=after, limit=2, **narrowed
        )
        found += page.rows
        if len(page.rows) < 2:
            if page.count is not None and page.net is not None:
                assert page.count == len(found)
                assert page.net.minor == sum(row.net.minor for row in found)
            return found
        after = page.rows[-1].ordered_at, page.rows[-1].id


async def test_every_choice_has_exactly_its_orders_newest_first(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    creator, enrolment = await one_more(new_uow, clock, shop.brand, "Дана")
    clock.advance(hours=1)
    number = 0
    for _ in range(3):
        batch = []
        for code in (shop.code, enrolment.code, ""):
            for fate in FATES:
                number += 1
                at = clock() + timedelta(minutes=number % 4)  # some at the same moment
                batch.append(an_order(str(number), fate, *([code] if code else []), at=at))
        await report(new_uow, clock, shop, *batch)
        clock.advance(days=20)

    every = await all_pages(new_uow, shop)
    assert len(every) == 27
    recent = span(Period.DAYS, clock())
    assert recent.since

    def fits(row: OrderRow, choice: dict[str, Any]) -> bool:
        state = row.commission_state or (CommissionState.VOID if row.creator else None)
        return (
            ("states" not in choice or state in choice["states"])
            and (not choice.get("nobodys") or row.creator is None)
            and ("creator" not in choice or row.creator == choice["creator"])
            and ("offer" not in choice or row.enrolment == enrolment.id)
            and ("covered" not in choice or row.ordered_at.date() >= recent.since)  # type: ignore[operator]
        )

    choices: tuple[dict[str, Any], ...] = (
        {"states": LOST},
        {"states": (CommissionState.PENDING,), "creator": creator.id},
        {"nobodys": True, "covered": recent},
        {"offer": enrolment.offer},
        {"creator": shop.creator.id, "covered": recent},
        {"covered": recent},
        {"states": (CommissionState.AVAILABLE,)},
    )
    for choice in choices:
        expected = [row.id for row in every if fits(row, choice)]
        assert [row.id for row in await all_pages(new_uow, shop, **choice)] == expected, choice

    offered = await brand_order_choice(
        new_uow,
        actor=shop.manager,
        brand=shop.brand.id,
        by=Breakdown.CREATOR,
        covered=span(Period.ALL, clock()),
        offset=0,
        limit=9,
    )
    assert {(line.id, line.figures.orders) for line in offered} == {
        (shop.creator.id, 9),
        (creator.id, 9),
    }


async def test_nobody_narrows_down_anothers_orders(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, other = await a_shop(new_uow, clock), await a_shop(new_uow, clock, name="Дана")
    await report(new_uow, clock, shop, an_order("1", FATES[0], shop.code, at=clock()))

    async def look(actor: Actor, brand: Shop) -> int | None:
        page = await brand_orders(
            new_uow,
            actor=actor,
            brand=brand.brand.id,
            creator=shop.creator.id,
            after=None,
            limit=9,
        )
        return page.count

    assert await look(shop.manager, shop) == 1
    assert await look(other.manager, other) == 0
    for actor in (other.manager, shop.creator):
        with pytest.raises(NotAllowed):
            await look(actor, shop)
        with pytest.raises(NotAllowed):
            await brand_order_choice(
                new_uow,
                actor=actor,
                brand=shop.brand.id,
                by=Breakdown.OFFER,
                covered=span(Period.ALL, clock()),
                offset=0,
                limit=9,
            )
