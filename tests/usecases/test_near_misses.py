"""A brand looks at what almost fits, and decides for the order, for good, or against it."""

from __future__ import annotations

import pytest

from core.errors import NotAllowed, OutOfDate
from core.evidence import EvidenceKind, Grade
from core.money import tenge
from core.near_misses import Answer
from core.orders import OrderStatus
from core.ports import UnitOfWorkFactory
from core.usecases.near_misses import answer_near_miss, near_miss, near_misses
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    Shop,
    a_shop,
    an_order,
    books,
    known_orders,
    report,
    transfers,
)

APPROVED = OrderStatus.APPROVED
TYPED = "ТАМАРА10"  # Cyrillic, of the code TAMARA10


async def waiting(new_uow: UnitOfWorkFactory, shop: Shop) -> list[int]:
    """Oldest first."""
    rows = await near_misses(
        new_uow, actor=shop.manager, brand=shop.brand.id, after=None, limit=100
    )
    return [row.id for row in reversed(rows)]


async def test_an_order_is_credited_by_one_answer_and_only_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")
    await report(
        new_uow, clock, shop, an_order("1", APPROVED, TYPED), an_order("2", APPROVED, TYPED)
    )
    first, second = await waiting(new_uow, shop)

    done = await answer_near_miss(
        new_uow, clock, actor=shop.manager, miss=first, answer=Answer.ORDER
    )
    before = await transfers(new_uow)
    with pytest.raises(OutOfDate):
        await answer_near_miss(new_uow, clock, actor=shop.manager, miss=first, answer=Answer.ORDER)

    rows = await known_orders(new_uow, shop)
    assert done == 1
    assert (rows["1"].grade, rows["1"].evidence_kind) == (Grade.A, EvidenceKind.RULING)
    assert rows["2"].creator is None
    assert await transfers(new_uow) == before
    assert (await books(new_uow, shop)).pending == tenge(1_000)
    assert await waiting(new_uow, shop) == [second]


async def test_a_spelling_counts_as_the_code_from_the_order_on(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")
    clock.advance(days=2)
    early = an_order("1", APPROVED, TYPED, at=clock())
    clock.advance(days=1)
    late = an_order("2", APPROVED, TYPED.lower(), at=clock())
    middle = an_order("3", APPROVED, TYPED, at=clock())
    await report(new_uow, clock, shop, early, middle, late)
    ids = {
        (await near_miss(new_uow, actor=shop.manager, miss=miss)).external_id: miss
        for miss in await waiting(new_uow, shop)
    }

    done = await answer_near_miss(
        new_uow, clock, actor=shop.manager, miss=ids["3"], answer=Answer.ALIAS
    )
    clock.advance(days=1)
    await report(new_uow, clock, shop, an_order("4", APPROVED, TYPED, at=clock()))

    rows = await known_orders(new_uow, shop)
    credited = {number for number, row in rows.items() if row.creator == shop.creator.id}
    assert done == 2
    assert credited == {"2", "3", "4"}
    assert (rows["4"].grade, rows["4"].evidence_kind) == (Grade.A, EvidenceKind.CODE)
    assert await waiting(new_uow, shop) == [ids["1"]]


async def test_a_spelling_follows_the_code_to_its_next_owner_and_not_to_others(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")
    await report(new_uow, clock, shop, an_order("1", APPROVED, TYPED))
    (miss,) = await waiting(new_uow, shop)
    await answer_near_miss(new_uow, clock, actor=shop.manager, miss=miss, answer=Answer.ALIAS)

    await report(new_uow, clock, shop, an_order("2", APPROVED, TYPED, at=NOON.replace(year=2025)))

    assert (await known_orders(new_uow, shop))["2"].creator is None


async def test_what_is_nobodys_leaves_the_queue_and_is_not_paid(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")
    await report(new_uow, clock, shop, an_order("1", APPROVED, TYPED))
    (miss,) = await waiting(new_uow, shop)

    done = await answer_near_miss(new_uow, clock, actor=shop.manager, miss=miss, answer=Answer.NO)

    assert done == 0
    assert await waiting(new_uow, shop) == []
    assert (await books(new_uow, shop)).pending == tenge(0)


async def test_only_the_brand_decides(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    shop = await a_shop(new_uow, clock, name="Тамара")
    rival = await a_shop(new_uow, clock, name="Дана")
    await report(new_uow, clock, shop, an_order("1", APPROVED, TYPED))
    (miss,) = await waiting(new_uow, shop)

    for actor in (shop.creator, rival.manager):
        for answer in Answer:
            with pytest.raises(NotAllowed):
                await answer_near_miss(new_uow, clock, actor=actor, miss=miss, answer=answer)
        with pytest.raises(NotAllowed):
            await near_miss(new_uow, actor=actor, miss=miss)
    assert await waiting(new_uow, shop) == [miss]
