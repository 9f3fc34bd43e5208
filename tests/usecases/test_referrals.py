"""Creators invite creators: the first link counts, and money follows the order's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import ProfileIncomplete
from core.ledger import Account, TransferKind
from core.money import Money, tenge
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.people import Actor, CreatorState
from core.ports import UnitOfWorkFactory
from core.referrals import Referral, ReferralProgram
from core.usecases.commissions import release_holds
from core.usecases.referrals import follow_invitation, my_referrals
from tests.builders import a_creator, a_person, told
from tests.conftest import FrozenClock
from tests.usecases.money_builders import IBAN, give_details
from tests.usecases.order_builders import Shop, a_shop, an_order, report

HALF = ReferralProgram(bps=5_000, months=6)


async def follow(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, guest: Actor, inviter: Actor
) -> bool:
    code = (await my_referrals(new_uow, actor=inviter)).code
    return await follow_invitation(new_uow, clock, actor=guest, code=code, program=HALF)


async def test_the_first_link_counts_and_only_for_a_newcomer(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    first, second = [await a_creator(new_uow, clock(), name) for name in ("A", "B")]
    guest = await a_person(new_uow, clock())

    assert await follow(new_uow, clock, guest, first)
    assert not await follow(new_uow, clock, guest, first)
    assert not await follow(new_uow, clock, guest, second)
    assert not await follow(new_uow, clock, first, first)  # oneself
    await a_creator(new_uow, clock(), "G", telegram_id=guest.telegram_id)
    guest = replace(guest, creator=CreatorState.ACTIVE)
    assert not await follow(new_uow, clock, first, guest)  # a ring
    for nonsense in ("", "x" * 8, "'; drop", "../../.."):
        stranger = await a_person(new_uow, clock())
        assert not await follow_invitation(
            new_uow, clock, actor=stranger, code=nonsense, program=HALF
        )

    found = await my_referrals(new_uow, actor=first)
    assert (found.came, found.active, found.earned) == (1, 1, Money(0))
    assert (await my_referrals(new_uow, actor=second)).came == 0
    with pytest.raises(ProfileIncomplete):
        await my_referrals(new_uow, actor=stranger)


async def invited(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, until: str = "2027-05"
) -> Actor:
    """Whoever invited the shop's creator."""
    inviter = await a_creator(new_uow, clock(), "Inviter")
    async with new_uow() as uow:
        await uow.referrals.add(
            Referral(invited=shop.creator.id, inviter=inviter.id, bps=HALF.bps, until_month=until),
            now=clock(),
        )
        await uow.commit()
    return inviter


async def available(new_uow: UnitOfWorkFactory, who: Actor) -> Money:
    async with new_uow(read_only=True) as uow:
        return await uow.ledger.balance(Account.CREATOR_AVAILABLE, who.id)


async def test_the_reward_comes_with_the_release_and_goes_with_the_return(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    inviter = await invited(new_uow, clock, shop)
    at = clock()
    sold = [an_order(n, OrderStatus.APPROVED, shop.code, at=at, changed=at) for n in ("1", "2")]
    await report(new_uow, clock, shop, *sold)
    assert await available(new_uow, inviter) == Money(0)

    clock.advance(days=15)
    await release_holds(new_uow, clock)
    assert await available(new_uow, inviter) == tenge(150)  # half of 15 % of two times 1 000
    assert await told(new_uow, inviter) == [NoteKind.REFERRAL_EARNED]
    await report(new_uow, clock, shop, *sold)
    await release_holds(new_uow, clock)
    back = an_order("1", OrderStatus.RETURNED, shop.code, at=at, changed=clock())
    await report(new_uow, clock, shop, back)
    await report(new_uow, clock, shop, back)

    assert await available(new_uow, inviter) == tenge(75)
    assert (await my_referrals(new_uow, actor=inviter)).earned == tenge(75)
    async with new_uow(read_only=True) as uow:
        moved = await uow.ledger.statement(
            Account.CREATOR_AVAILABLE, inviter.id, after=None, limit=9
        )
        assert (await uow.ledger.check()).sound
    assert [one.kind for one in moved] == [
        TransferKind.REFERRAL_BACK,
        TransferKind.REFERRAL,
        TransferKind.REFERRAL,
    ]


async def test_nothing_is_due_after_the_last_month_or_to_ones_own_account(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    late, own = await a_shop(new_uow, clock), await a_shop(new_uow, clock, name="Дана")
    inviters = [
        await invited(new_uow, clock, late, until="2026-10"),
        await invited(new_uow, clock, own),
    ]
    await give_details(new_uow, clock, own.creator, IBAN)
    await give_details(new_uow, clock, inviters[1], IBAN)
    for shop in (late, own):
        order = an_order("1", OrderStatus.APPROVED, shop.code, at=clock(), changed=clock())
        await report(new_uow, clock, shop, order)
    clock.advance(days=15)

    await release_holds(new_uow, clock)

    assert [await available(new_uow, who) for who in inviters] == [Money(0), Money(0)]
