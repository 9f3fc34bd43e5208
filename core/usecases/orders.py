"""Orders as people look at them: a creator's, a brand's, one order, and a file of all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from core.commissions import CommissionState
from core.errors import NotFound
from core.ids import BrandId, OrderId
from core.people import Actor, Permission
from core.ports import UnitOfWorkFactory
from core.ports.orders import NearMissRow, OrderRow

EXPORT_PAGE = 1_000  # orders read at a time for a file


async def creator_orders(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    states: Sequence[CommissionState] = (),
    after: tuple[datetime, OrderId] | None,
    limit: int,
) -> list[OrderRow]:
    """The actor's own credited orders, newest first; of the given states, if any are given."""
    async with new_uow(read_only=True) as uow:
        return list(await uow.orders.of_creator(actor.id, states=states, after=after, limit=limit))


async def brand_orders(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    after: tuple[datetime, OrderId] | None,
    limit: int,
) -> list[OrderRow]:
    """A brand's orders, newest first, credited or not."""
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return list(await uow.orders.of_brand(brand, after=after, limit=limit))


async def order_card(new_uow: UnitOfWorkFactory, *, actor: Actor, order: OrderId) -> OrderRow:
    """One order, for the creator who is credited, the brand's managers and the staff."""
    async with new_uow(read_only=True) as uow:
        row = await uow.orders.get(order)
    if actor.id == row.creator or actor.manages(row.brand) or actor.may(Permission.MODERATION):
        return row
    raise NotFound("order")


async def near_misses(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId, after: int | None, limit: int
) -> list[NearMissRow]:
    """Orders whose evidence almost fits somebody, for a person to look at."""
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return list(await uow.orders.near_misses(brand, after=after, limit=limit))


async def export_orders(
    new_uow: UnitOfWorkFactory, *, brand: BrandId | None
) -> AsyncIterator[list[OrderRow]]:
    """Every order of a brand, or of all, in pages; for whoever runs the command line."""
    after: OrderId | None = None
    while True:
        async with new_uow(read_only=True) as uow:
            page = list(await uow.orders.export(brand, after=after, limit=EXPORT_PAGE))
        if not page:
            return
        yield page
        after = page[-1].id
