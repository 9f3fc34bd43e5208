"""The top list shows who agreed, from the confirmed orders of a month, and nobody's money."""

from __future__ import annotations

import pytest

from core.errors import BadInput, ProfileIncomplete
from core.orders import OrderStatus
from core.people import Actor, Category
from core.ports import UnitOfWorkFactory
from core.usecases.top import count_top, set_seen, top_list
from tests.builders import a_creator, a_person
from tests.conftest import FrozenClock
from tests.usecases.order_builders import a_shop, an_order, one_more, report


async def names(new_uow: UnitOfWorkFactory, clock: FrozenClock, actor: Actor) -> list[str]:
    found = await top_list(new_uow, clock, actor=actor)
    return [f"{place.place} {place.name} {place.orders}" for place in found.places]


async def test_places_are_of_those_who_agreed_and_ones_own_is_always_known(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    others = [await one_more(new_uow, clock, shop.brand, name) for name in ("B", "C", "D")]
    at = clock()
    sold = {shop.code: 1, others[0][1].code: 3, others[1][1].code: 3, others[2][1].code: 2}
    await report(
        new_uow,
        clock,
        shop,
        *(
            an_order(f"{code}{n}", OrderStatus.APPROVED, code, at=at)
            for code, count in sold.items()
            for n in range(count)
        ),
        an_order("pending", OrderStatus.PENDING, shop.code, at=at),
    )
    for _ in range(2):
        assert await count_top(new_uow, clock) == 4
    assert await names(new_uow, clock, shop.creator) == []
    own = await top_list(new_uow, clock, actor=shop.creator)
    assert (own.own_place, own.own_orders, own.seen) == (1, 1, False)

    for creator, _ in others[:2]:
        await set_seen(new_uow, clock, actor=creator, seen=True)
    await set_seen(new_uow, clock, actor=shop.creator, seen=True)
    assert await names(new_uow, clock, shop.creator) == ["1 B 3", "1 C 3", "3 Айгерім 1"]
    assert (await top_list(new_uow, clock, actor=others[2][0])).own_place == 3
    await set_seen(new_uow, clock, actor=others[0][0], seen=False)

    assert await names(new_uow, clock, shop.creator) == ["1 C 3", "2 Айгерім 1"]
    assert await names(new_uow, clock, others[2][0]) == ["1 C 3", "2 Айгерім 1"]


async def test_a_returned_order_counts_no_more_and_a_month_ends(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    at = clock()
    for status in (OrderStatus.APPROVED, OrderStatus.RETURNED):
        clock.advance(hours=24)
        orders = [an_order("1", status, shop.code, at=at, changed=clock())]
        orders.append(an_order("2", OrderStatus.APPROVED, shop.code, at=at))
        await report(new_uow, clock, shop, *orders)
    await count_top(new_uow, clock)
    assert (await top_list(new_uow, clock, actor=shop.creator)).own_orders == 1

    clock.advance(days=20)
    await count_top(new_uow, clock)

    assert (await top_list(new_uow, clock, actor=shop.creator)).own_place is None
    before = await top_list(new_uow, clock, actor=shop.creator, back=1)
    assert (before.month, before.category, before.own_orders) == ("2026-11", Category.BEAUTY, 1)


async def test_only_creators_look_and_not_beyond_what_is_kept(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    stranger = await a_person(new_uow, clock())
    for refused in (
        top_list(new_uow, clock, actor=stranger),
        set_seen(new_uow, clock, actor=stranger, seen=True),
    ):
        with pytest.raises(ProfileIncomplete):
            await refused
    creator = await a_creator(new_uow, clock())
    for back in (-1, 2):
        with pytest.raises(BadInput):
            await top_list(new_uow, clock, actor=creator, back=back)
