"""Creators with money to take: details of a payout, staff who pay, orders that have been earned."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from typing import TypeVar

from core.ids import OrderId
from core.ledger import Account
from core.money import Money, tenge
from core.orders import OrderStatus
from core.people import Actor, LegalStatus, Permission
from core.ports import SecretBox, UnitOfWorkFactory
from core.usecases.commissions import release_holds
from core.usecases.creators import set_iban, set_iin, set_legal_status
from tests.builders import a_person
from tests.conftest import FrozenClock
from tests.usecases.order_builders import BOX, Shop, an_order, report

IBAN = "KZ41722C000000000001"
OTHER_IBAN = "KZ84722C000000000003"
TAIL, OTHER_TAIL = IBAN[-4:], OTHER_IBAN[-4:]
SERIAL = count(1)
T = TypeVar("T")


def an_iin() -> str:
    """A valid number that nobody else in the tests has."""
    while True:
        stem = f"950321{300_00 + next(SERIAL):05}"
        digits = [int(digit) for digit in stem]
        for shift in (0, 2):
            weights = [(place + shift) % 11 + 1 for place in range(11)]
            control = sum(w * d for w, d in zip(weights, digits, strict=True)) % 11
            if control < 10:
                return stem + str(control)


async def an_accountant(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, name: str = "Accountant"
) -> Actor:
    """A member of the staff who pays creators and books top-ups."""
    actor = await a_person(new_uow, clock(), name)
    async with new_uow() as uow:
        await uow.people.grant(actor.id, [Permission.FINANCE])
        await uow.commit()
    return replace(actor, permissions=frozenset({Permission.FINANCE}))


async def give_details(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    creator: Actor,
    iban: str = IBAN,
    box: SecretBox = BOX,
) -> None:
    """The creator says everything that a payout needs."""
    status = LegalStatus.INDIVIDUAL
    await set_legal_status(new_uow, clock, actor=creator, status=status)
    await set_iin(new_uow, clock, actor=creator, text=an_iin(), box=box)
    await set_iban(new_uow, clock, actor=creator, text=iban, box=box)


async def earn(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    shop: Shop,
    amount: Money,
    number: str = "1001",
) -> None:
    """An order of the creator brings `amount` under a commission of ten percent, hold over."""
    net = Money(amount.minor * 10)
    order = an_order(number, OrderStatus.APPROVED, shop.code, net=net, at=clock(), changed=clock())
    await report(new_uow, clock, shop, order)
    clock.advance(days=15)
    await release_holds(new_uow, clock)


async def a_rich_creator(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, amount: Money | None = None
) -> Actor:
    """The shop's creator with details and 20 000 tenge (unless told) to take."""
    await give_details(new_uow, clock, shop.creator)
    await earn(new_uow, clock, shop, tenge(20_000) if amount is None else amount)
    return shop.creator


async def order_id(new_uow: UnitOfWorkFactory, shop: Shop, number: str) -> OrderId:
    """Our id of the brand's order."""
    async with new_uow(read_only=True) as uow:
        rows = await uow.orders.of_brand(shop.brand.id, after=None, limit=1_000)
    return next(row.id for row in rows if row.external_id == number)


async def at_once(new_uow: UnitOfWorkFactory, *work: Awaitable[T]) -> list[T | BaseException]:
    """What comes of everything done at the same moment: each has a connection that is open already.

    Without that the first would be done before the others have connected to PostgreSQL.
    """
    async with AsyncExitStack() as held:
        for _ in work:
            uow = await held.enter_async_context(new_uow(read_only=True))
            await uow.ledger.balance(Account.BANK, 0)
    return await asyncio.gather(*work, return_exceptions=True)
