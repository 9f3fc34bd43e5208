"""What a creator earns, over time: results, what comes when, statements, monthly summaries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from core.commissions import CommissionState
from core.ids import OrderId, PersonId
from core.money import ZERO, Money
from core.notifications import NoteKind, Notification
from core.orders import ALMATY
from core.people import Actor
from core.periods import Period, Span, before, month, months_back, span
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.orders import OrderRow
from core.ports.results import Held, OfferSum, Sum
from core.results import day_of

APPROVED: Final = (CommissionState.IN_HOLD, CommissionState.AVAILABLE)
LOST: Final = (CommissionState.VOID, CommissionState.CLAWED_BACK)
MONTHS: Final = 12  # of the results of all time
PAGE: Final = 1_000  # orders of a statement read at a time
BATCH: Final = 200  # creators summed up in one transaction
SUMMARY_HOUR: Final = 9  # in Almaty
SUMMARY_DAYS: Final = 3  # of a month in which the last one is summed up

States = Mapping[CommissionState, Sum]


def together(states: States, *wanted: CommissionState) -> Sum:
    """The sums of some states added up; of all where none is given."""
    total = Sum()
    for state in wanted or tuple(CommissionState):
        total = _added(total, states.get(state, Sum()))
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings:
    """A creator's results in a period: in sum, by its days or months, and by offer."""

    period: Period
    states: States
    steps: Mapping[date, States]  # every day, or the first of every month where `monthly`
    monthly: bool
    offers: Sequence[OfferSum]


async def earnings(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, period: Period
) -> Earnings:
    """The actor's own results by the day on which orders were placed."""
    now = clock()
    monthly = period is Period.ALL
    covered = span(period, now)
    shown = Span(months_back(now, MONTHS)[-1], month(day_of(now)).until) if monthly else covered
    async with new_uow(read_only=True) as uow:
        assert shown.since
        assert shown.until
        read = uow.results.by_month if monthly else uow.results.by_day
        found = await read(actor.id, since=shown.since, until=shown.until)
        steps = months_back(now, MONTHS)[::-1] if monthly else _days(shown)
        return Earnings(
            period=period,
            states=await uow.results.by_state(actor.id) if monthly else _summed(found.values()),
            steps={step: found.get(step, {}) for step in steps},
            monthly=monthly,
            offers=await uow.results.by_offer(actor.id, since=covered.since, until=covered.until),
        )


def _summed(steps: Iterable[States]) -> States:
    """Of all the steps together; a quarter has hundreds of sums, so the amounts are added bare."""
    found: dict[CommissionState, list[int]] = {}
    for states in steps:
        for state, each in states.items():
            parts = found.setdefault(state, [0, 0, 0, 0])
            parts[0] += each.orders
            parts[1] += each.net.minor
            parts[2] += each.amount.minor
            parts[3] += each.fee.minor
    return {
        state: Sum(orders=placed, net=Money(net), amount=Money(amount), fee=Money(fee))
        for state, (placed, net, amount, fee) in found.items()
    }


def _days(covered: Span) -> list[date]:
    assert covered.since
    assert covered.until
    return [
        covered.since + timedelta(days=number)
        for number in range((covered.until - covered.since).days)
    ]


def _added(one: Sum, other: Sum) -> Sum:
    return Sum(
        orders=one.orders + other.orders,
        net=one.net + other.net,
        amount=one.amount + other.amount,
        fee=one.fee + other.fee,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What comes in a week that begins on `monday`; `waiting` only if something else happens."""

    monday: date
    orders: int
    amount: Money
    waiting: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What comes when: holds by the week of their end. What is overdue stands in this week."""

    held: Held
    weeks: Sequence[Week]


async def forecast(new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor) -> Forecast:
    """When the actor's held rewards become available."""
    async with new_uow(read_only=True) as uow:
        held = await uow.results.held(actor.id)
        releases = await uow.results.releases(actor.id)
    today = day_of(clock())
    weeks: dict[date, Week] = {}
    for each in releases:
        day = max(each.day, today)
        monday = day - timedelta(days=day.weekday())
        old = weeks.get(monday, Week(monday=monday, orders=0, amount=ZERO, waiting=ZERO))
        weeks[monday] = Week(
            monday=monday,
            orders=old.orders + each.orders,
            amount=old.amount + each.amount,
            waiting=old.waiting + each.waiting,
        )
    return Forecast(held=held, weeks=[weeks[monday] for monday in sorted(weeks)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A creator's orders of a span of days: their sums, and the orders in pages."""

    covered: Span
    states: States
    pages: AsyncIterator[list[OrderRow]]


async def statement(new_uow: UnitOfWorkFactory, *, actor: Actor, covered: Span) -> Statement:
    """The actor's own orders placed in the days covered, newest first."""
    async with new_uow(read_only=True) as uow:
        states = await uow.results.by_state(actor.id, since=covered.since, until=covered.until)
    return Statement(covered=covered, states=states, pages=_pages(new_uow, actor, covered))


async def _pages(
    new_uow: UnitOfWorkFactory, actor: Actor, covered: Span
) -> AsyncIterator[list[OrderRow]]:
    since, until = covered.moments
    after = None
    while True:
        async with new_uow(read_only=True) as uow:
            page = list(
                await uow.orders.of_creator(
                    actor.id, states=(), since=since, until=until, after=after, limit=PAGE
                )
            )
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = page[-1].ordered_at, OrderId(page[-1].id)


async def send_month_summaries(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Tell every creator who earned last month what it brought; returns how many were told.

    On the first days of a month, from the morning in Almaty on. A creator is told once a month.
    """
    now = clock().astimezone(ALMATY)
    if now.day > SUMMARY_DAYS or (now.day == 1 and now.hour < SUMMARY_HOUR):
        return 0
    first = before(now.date())
    covered = month(first)
    assert covered.since
    assert covered.until
    told = 0
    after: PersonId | None = None
    while True:
        async with new_uow(background=True) as uow:
            people = await uow.results.earners(
                since=covered.since,
                until=covered.until,
                untold=_summary_key(first),
                after=after,
                limit=BATCH,
            )
            if not people:
                return told
            await uow.outbox.add(
                [await _summary(uow, person, first) for person in people], now=clock()
            )
            await uow.commit()
        told += len(people)
        after = people[-1]


def _summary_key(first: date) -> str:
    return f"month:{first:%Y-%m}:"


async def _summary(uow: UnitOfWork, person: PersonId, first: date) -> Notification:
    covered, earlier = month(first), month(before(first))
    assert covered.since
    assert covered.until
    states = await uow.results.by_state(person, since=covered.since, until=covered.until)
    past = await uow.results.by_state(person, since=earlier.since, until=earlier.until)
    days = await uow.results.by_day(person, since=covered.since, until=covered.until)
    offers = await uow.results.by_offer(person, since=covered.since, until=covered.until)
    facts: dict[str, Any] = {
        "month": first.isoformat(),
        "orders": together(states).orders,
        "approved": together(states, *APPROVED).orders,
        "lost": together(states, *LOST).orders,
        "earned_minor": together(states, *APPROVED).amount.minor,
        "waiting_minor": together(states, CommissionState.PENDING).amount.minor,
        "past_orders": together(past).orders,
        "past_minor": together(past).amount.minor,
        "best": {str(locale): title for locale, title in offers[0].titles.items()},
        "best_minor": together(offers[0].states).amount.minor,
        "days": [
            [
                together(days.get(day, {}), *APPROVED).amount.minor,
                together(days.get(day, {}), CommissionState.PENDING).amount.minor,
            ]
            for day in _days(covered)
        ],
    }
    return Notification(
        person=person,
        kind=NoteKind.MONTH_SUMMARY,
        key=f"{_summary_key(first)}{person}",
        facts=facts,
    )
