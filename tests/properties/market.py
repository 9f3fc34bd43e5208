"""A brand in whose orders everything meets, deliveries of their reports, and the state they leave.

Ladder, caps, budget, first orders, rates by article, a code that changes hands, terms that change,
a reserved article, clicks, two currencies, two places, an invited creator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.links import Click
from core.money import tenge
from core.offers import CreditPolicy
from core.orders import NormalisedOrder, Place
from core.people import Locale
from core.ports import UnitOfWorkFactory
from core.pricing import Rate, RateBy, Rule, Rung
from core.referrals import Referral
from core.runs import RunState, Source
from core.usecases.commissions import release_holds
from core.usecases.drafts import publish_change
from core.usecases.enrolments import take_offer
from core.usecases.imports import execute_run
from core.usecases.offers import end_offer
from tests.builders import a_creator, reserve_sku
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    BOX,
    NOON,
    TEN_PERCENT,
    Shop,
    a_shop,
    a_source,
    one_more,
    report,
)
from tests.usecases.test_imports import queued, sent
from tests.usecases.test_offer_changes import edited

HELD_UNTIL = NOON - timedelta(days=65)  # by the first holder of the code
END = NOON + timedelta(days=30)  # when every delivery is reconciled: after all that they tell of
RULE = Rule(
    percent_bps=1_000,
    first_order=1_500,
    ladder=(Rung(orders=1, worth=2_000), Rung(orders=2, worth=3_000)),
    rates=(Rate(by=RateBy.SKU, name="CUP", percent_bps=500),),
    cap_order_minor=tenge(2_500).minor,
    cap_month_minor=tenge(6_000).minor,
    budget_minor=tenge(8_000).minor,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """The brand, its codes and clicks, and a source for each of two places.

    `code` was Aigerim's until it rested, and is her heir's since NOON; `other` is Dina's in the
    same offer. `plain` is Aru's, in an offer without anything that hangs on other orders.
    """

    shop: Shop
    code: str
    other: str
    plain: str
    clicks: tuple[str, ...]
    sources: Mapping[Place, Source]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a feed that was read at `seen` told of one order of a place."""

    seen: datetime
    place: Place
    order: NormalisedOrder


Delivery = tuple[Report, ...]  # of one reading of one place


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An order file that was sent at `seen`; it is taken in whenever its turn comes."""

    seen: datetime
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The sweep that lets go what was held long enough by then."""

    at: datetime


Step = Delivery | File | Release


async def furnish(new_uow: UnitOfWorkFactory) -> Market:
    """The market as it is before anything is reported."""
    clock = FrozenClock(NOON - timedelta(days=75))
    first = await a_shop(new_uow, clock, replace(TEN_PERCENT, hold_days=30))
    clock.now = HELD_UNTIL
    await end_offer(new_uow, clock, actor=first.manager, offer=first.enrolment.offer)

    clock.now = NOON
    monthly = replace(TEN_PERCENT, rule=RULE)
    heir, taken = await one_more(new_uow, clock, first.brand, "Айгерім Екінші", monthly)
    assert taken.code == first.code
    dina = await a_creator(new_uow, clock(), "Дина")
    hers = (await take_offer(new_uow, clock, actor=dina, offer=taken.offer)).enrolment
    await reserve_sku(new_uow, clock, actor=first.manager, enrolment=hers.id, sku="MUG")
    last_touch = replace(
        TEN_PERCENT,
        rule=Rule(fixed_minor=tenge(700).minor),
        hold_days=7,
        credit_policy=CreditPolicy.LAST_TOUCH,
    )
    aru, touched = await one_more(new_uow, clock, first.brand, "Ару", last_touch)
    clock.advance(days=1, hours=12)
    await edited(new_uow, clock, replace(first, enrolment=touched), commission="900 ₸")
    await publish_change(new_uow, clock, actor=first.manager)
    inviter = await a_creator(new_uow, clock(), "Inviter")
    async with new_uow() as uow:
        for guest in (heir.id, aru.id):
            await uow.referrals.add(
                Referral(invited=guest, inviter=inviter.id, bps=5_000, until_month="2027-05"),
                now=clock(),
            )
        clicks = []
        for number, enrolment in enumerate((taken.id, touched.id), 1):
            (link,) = await uow.links.of_enrolment(enrolment)
            clicks.append(
                Click(
                    id=f"click{number}",
                    link_id=link.link.id,
                    at=NOON + timedelta(hours=number),
                    visitor="5f" * 16,
                    lang=Locale.KK,
                    counted=True,
                )
            )
        await uow.links.store_clicks(clicks)
        await uow.commit()
    return Market(
        shop=first,
        code=first.code,
        other=hers.code,
        plain=touched.code,
        clicks=tuple(click.id for click in clicks),
        sources={
            place: await a_source(new_uow, clock(), first.brand.id, place)
            for place in (Place.KASPI, Place.OWN_SHOP)
        },
    )


async def play(new_uow: UnitOfWorkFactory, market: Market, steps: Iterable[Step]) -> None:
    """Do one after the other; what is delivered is reconciled at the END."""
    for step in steps:
        if isinstance(step, Release):
            await release_holds(new_uow, FrozenClock(step.at))
        elif isinstance(step, File):
            await take_in(new_uow, market, step)
        else:
            await deliver(new_uow, market, step)


async def deliver(new_uow: UnitOfWorkFactory, market: Market, delivery: Delivery) -> None:
    """Reconcile a batch in a transaction of its own."""
    await report(
        new_uow,
        FrozenClock(END),
        market.shop,
        *(each.order for each in delivery),
        seen_at=delivery[0].seen,
        source=market.sources[delivery[0].place],
    )


async def take_in(new_uow: UnitOfWorkFactory, market: Market, file: File) -> None:
    """The whole way of a file that waits in the queue for a while."""
    clock = FrozenClock(file.seen)
    run = await queued(
        new_uow, clock, market.shop, await sent(new_uow, clock, market.shop, file.data)
    )
    clock.now = END
    done = await execute_run(new_uow, clock, BOX, run=run.id)
    assert (done.state, done.counts.rejected) == (RunState.DONE, 0)
