"""What an offer promises its buyers is given once, when the order is approved."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import BadInput, GiftsMissing, NotAllowed
from core.gifts import RewardKind
from core.ids import OfferId
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.people import Actor, Locale
from core.ports import UnitOfWorkFactory
from core.usecases.claims import claim_order, end_claims
from core.usecases.gifts import add_gifts, choose_reward, clear_gifts, give_rewards, reward_of
from tests.builders import told
from tests.conftest import FrozenClock
from tests.usecases.order_builders import Shop, a_reading, a_shop, an_order
from tests.usecases.test_claims import RULES, a_buyer

PENDING, APPROVED = OrderStatus.PENDING, OrderStatus.APPROVED
CODES = b"GIFT-1\nGIFT-2\n"
THANKS = {Locale.KK: "Рақмет!", Locale.RU: "Спасибо!"}


def offer_of(shop: Shop) -> OfferId:
    return shop.enrolment.offer


async def bought(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    buyer: Actor,
    number: str,
    status: OrderStatus = APPROVED,
) -> None:
    """The buyer tells of an order that the shop's file has, and hears that it is found."""
    clock.advance(hours=2)
    await claim_order(
        new_uow, clock, actor=buyer, enrolment=shop.enrolment.id, text=number, rules=RULES
    )
    await a_reading(new_uow, clock, shop, an_order(number, status))
    await end_claims(new_uow, clock)


async def gifts_of(new_uow: UnitOfWorkFactory, buyer: Actor) -> list[str]:
    async with new_uow(read_only=True) as uow:
        return [gift.code for gift in await uow.gifts.given(buyer.id, limit=10)]


async def test_a_gift_is_given_once_when_the_order_is_approved(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    await add_gifts(new_uow, clock, actor=shop.manager, offer=offer_of(shop), data=CODES)
    await bought(new_uow, clock, shop, buyer, "712155089", PENDING)
    assert await give_rewards(new_uow, clock) == 0

    clock.advance(days=1)
    await a_reading(new_uow, clock, shop, an_order("712155089", APPROVED))
    done = [await give_rewards(new_uow, clock) for _ in range(2)]

    assert done == [1, 0]
    assert await gifts_of(new_uow, buyer) == ["GIFT-1"]
    assert (await told(new_uow, buyer)).count(NoteKind.BUYER_REWARD) == 1
    view = await reward_of(new_uow, actor=shop.manager, offer=offer_of(shop))
    assert (view.count.free, view.count.given) == (1, 1)


async def test_two_sweeps_at_once_give_one_gift(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    await add_gifts(new_uow, clock, actor=shop.manager, offer=offer_of(shop), data=CODES)
    await bought(new_uow, clock, shop, buyer, "712155089")

    done = await asyncio.gather(*(give_rewards(new_uow, clock) for _ in range(3)))

    assert sum(done) == 1
    assert await gifts_of(new_uow, buyer) == ["GIFT-1"]


async def test_with_no_code_left_the_buyer_waits_and_the_managers_are_told_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    offer = offer_of(shop)
    buyer = await a_buyer(new_uow, clock, engine, shop)
    await add_gifts(new_uow, clock, actor=shop.manager, offer=offer, data=b"GIFT-1\n")
    await clear_gifts(new_uow, clock, actor=shop.manager, offer=offer)
    await bought(new_uow, clock, shop, buyer, "712155089")

    for _ in range(2):
        assert await give_rewards(new_uow, clock) == 0
    assert (await told(new_uow, shop.manager)).count(NoteKind.GIFTS_LOW) == 1
    await add_gifts(new_uow, clock, actor=shop.manager, offer=offer, data=b"GIFT-9\n")
    assert await give_rewards(new_uow, clock) == 1

    assert await gifts_of(new_uow, buyer) == ["GIFT-9"]


async def test_a_buyer_gets_what_was_promised_when_they_told_of_the_purchase(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, engine: AsyncEngine
) -> None:
    shop = await a_shop(new_uow, clock)
    offer = offer_of(shop)
    early = await a_buyer(new_uow, clock, engine, shop, "A")
    late = await a_buyer(new_uow, clock, engine, shop, "B")
    await bought(new_uow, clock, shop, early, "712155089")  # nothing was promised
    clock.advance(minutes=1)
    await choose_reward(
        new_uow, clock, actor=shop.manager, offer=offer, kind=RewardKind.THANKS, texts=THANKS
    )
    await bought(new_uow, clock, shop, late, "712155090")

    assert await give_rewards(new_uow, clock) == 1

    assert NoteKind.BUYER_REWARD not in await told(new_uow, early)
    assert NoteKind.BUYER_REWARD in await told(new_uow, late)


async def test_the_same_file_again_adds_nothing_and_tells_why(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    data = "код\nGIFT-1\nGIFT-1\n1,2E+15\nAB\n".encode()

    first = await add_gifts(new_uow, clock, actor=shop.manager, offer=offer_of(shop), data=data)
    again = await add_gifts(new_uow, clock, actor=shop.manager, offer=offer_of(shop), data=data)

    assert first.added == 1
    assert [problem.why for problem in first.problems] == ["repeated", "damaged", "short"]
    assert again.added == 0
    assert "pooled" in [problem.why for problem in again.problems]


async def test_only_the_brand_chooses_and_only_what_it_can_keep(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, rival = await a_shop(new_uow, clock), await a_shop(new_uow, clock, name="Дана")
    offer = offer_of(shop)

    for actor in (shop.creator, rival.manager):
        with pytest.raises(NotAllowed):
            await reward_of(new_uow, actor=actor, offer=offer)
        with pytest.raises(NotAllowed):
            await add_gifts(new_uow, clock, actor=actor, offer=offer, data=CODES)
        with pytest.raises(NotAllowed):
            await clear_gifts(new_uow, clock, actor=actor, offer=offer)
    with pytest.raises(GiftsMissing):
        await choose_reward(new_uow, clock, actor=shop.manager, offer=offer, kind=RewardKind.GIFT)
    with pytest.raises(BadInput):
        await choose_reward(
            new_uow,
            clock,
            actor=shop.manager,
            offer=offer,
            kind=RewardKind.THANKS,
            texts={Locale.RU: "Спасибо!"},
        )
    view = await reward_of(new_uow, actor=shop.manager, offer=offer)
    assert (view.reward.kind, view.count.free) == (RewardKind.NOTHING, 0)
