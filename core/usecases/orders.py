"""Orders as people look at them: a creator's, a brand's, one order, and a file of all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from core.commissions import CommissionState
from core.errors import NotFound
from core.ids import BrandId, EnrolmentId, OfferId, OrderId, PersonId
from core.money import Money
from core.people import Actor, Permission
from core.periods import Span, midnight, month
from core.ports import UnitOfWorkFactory
from core.ports.orders import OrderRow
from core.ports.reports import ReportLine
from core.ports.results import OfferSum, Sum
from core.reports import Breakdown
from core.results import day_of
from core.usecases.earnings import together

EXPORT_PAGE = 1_000  # orders read at a time for a file


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """A page of a creator's orders, and what all that fit come to together."""

    rows: list[OrderRow]
    sums: Sum


async def creator_orders(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    states: Sequence[CommissionState] = (),
    enrolment: EnrolmentId | None = None,
    covered: Span = Span(),  # noqa: B008 - a frozen value
    after: tuple[datetime, OrderId] | None,
    limit: int,
) -> OrderPage:
    """A page of the actor's own credited orders, newest first, with the sums of all that fit.

    Of the given states, if any are given; of one enrolment; placed in the days covered.
    """
    since, until = covered.moments
    async with new_uow(read_only=True) as uow:
        rows = await uow.orders.of_creator(
            actor.id,
            states=states,
            enrolment=enrolment,
            since=since,
            until=until,
            after=after,
            limit=limit,
        )
        sums = await uow.results.by_state(
            actor.id, enrolment=enrolment, since=covered.since, until=covered.until
        )
    return OrderPage(rows=list(rows), sums=together(sums, *states))


async def creator_offers(new_uow: UnitOfWorkFactory, *, actor: Actor) -> list[OfferSum]:
    """The offers that the actor has orders of, the one that brought most first."""
    async with new_uow(read_only=True) as uow:
        return list(await uow.results.by_offer(actor.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandOrderPage:
    """A page of a brand's orders; `count` and `net` are of all that fit, None where unknown."""

    rows: list[OrderRow]
    count: int | None = None
    net: Money | None = None


async def brand_orders(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    states: Sequence[CommissionState] = (),
    nobodys: bool = False,
    offer: OfferId | None = None,
    creator: PersonId | None = None,
    covered: Span = Span(),  # noqa: B008 - a frozen value
    after: tuple[datetime, OrderId] | None,
    limit: int,
) -> BrandOrderPage:
    """A page of a brand's orders, newest first, credited or not; narrowed as asked.

    What is narrowed to some credited orders is looked up day by day, on days that the sums say
    have any, so that a rare choice among many orders is as quick as a frequent one. Of all time the
    sums by month are read, and those by day only of the months that the page needs.
    """
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    since, until = covered.moments
    async with new_uow(read_only=True) as uow:
        if nobodys or not (states or offer or creator):
            rows = await uow.orders.of_brand(
                brand, nobodys=nobodys, since=since, until=until, after=after, limit=limit
            )
            return BrandOrderPage(rows=list(rows))
        whole = covered == Span()
        narrowed = partial(uow.reports.days, brand, states=states, offer=offer, creator=creator)
        sums: Mapping[date, tuple[int, int]]
        if whole:
            sums = await uow.reports.months(brand, states=states, offer=offer, creator=creator)
        else:
            sums = await narrowed(since=covered.since, until=covered.until)
        found: list[OrderRow] = []
        last = date.max if after is None else day_of(after[0])
        for step in sums:
            if len(found) >= limit:
                break
            if step > last:
                continue
            of_month = month(step)
            days = await narrowed(since=of_month.since, until=of_month.until) if whole else (step,)
            for day in days:
                if len(found) < limit and day <= last:
                    found += await uow.orders.of_brand(
                        brand,
                        states=states,
                        offer=offer,
                        creator=creator,
                        since=midnight(day),
                        until=midnight(day + timedelta(days=1)),
                        after=after,
                        limit=limit - len(found),
                    )
    return BrandOrderPage(
        rows=found,
        count=sum(count for count, _ in sums.values()),
        net=Money(sum(net for _, net in sums.values())),
    )


async def brand_order_choice(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    by: Breakdown,
    covered: Span,
    offset: int,
    limit: int,
) -> list[ReportLine]:
    """Offers or creators that have orders of the brand in the days covered, most first."""
    if not actor.may(Permission.MODERATION):
        actor.demand_brand(brand)
    async with new_uow(read_only=True) as uow:
        return list(
            await uow.reports.lines(
                brand,
                by,
                since=covered.since or date.min,
                until=covered.until or date.max,
                offset=offset,
                limit=limit,
            )
        )


async def order_card(new_uow: UnitOfWorkFactory, *, actor: Actor, order: OrderId) -> OrderRow:
    """One order, for the creator who is credited, the brand's managers and the staff."""
    async with new_uow(read_only=True) as uow:
        row = await uow.orders.get(order)
    if actor.id == row.creator or actor.manages(row.brand) or actor.may(Permission.MODERATION):
        return row
    raise NotFound("order")


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
