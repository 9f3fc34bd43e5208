"""Deadlines of reconciliation: readings are noted, the late told, and the silent outvoted.

A brand that sends nothing for as long as the terms of an offer allow is warned, and when its last
day is over the orders that wait are approved by the terms. This is a change of orders like any
other: it goes through the decision on a commission's money, prices months anew where a ladder
counts approved orders, and posts the difference. Whatever the brand reports later is decided with
it in mind (core.reconciliation.by_terms).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from core.commissions import Commission, Earning, advance
from core.deadlines import (
    GRACE,
    OPEN,
    POLLED_DAYS,
    WARNING_DAYS,
    OwnNews,
    Silence,
    SilenceState,
    last_day,
)
from core.errors import NotFound
from core.ids import EnrolmentId, OrderId, PersonId, RunId
from core.ledger import Account
from core.money import ZERO, Money
from core.months import MonthKey
from core.notifications import NoteKind, Notification
from core.orders import ALMATY, OrderStatus
from core.people import Permission
from core.periods import midnight
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.deadlines import Overdue, Silent, Waiting
from core.reconciliation import EnrolmentFacts, Facts, settle_months
from core.reminders import REMIND_FROM, Rhythm, expected
from core.results import day_of
from core.runs import Run, RunState, Source
from core.sources.base import SourceKind
from core.usecases.budgets import hold_to_budgets
from core.usecases.reconciliation import settle, spent
from core.usecases.referrals import reward_inviters

BATCH: Final = 200  # orders approved in one transaction, for which a tap may have to wait
PAGE: Final = 100  # silences, or late places, looked at together
READ_WITHIN: Final = timedelta(days=2)  # a run that takes longer is held to be dead


async def note_run(uow: UnitOfWork, run: RunId, news: Sequence[OwnNews], now: datetime) -> None:
    """Keep what an ended run changed for whom, and when the next one is due.

    A file in which no line was an order is no news of orders: it ends no silence.
    """
    await uow.deadlines.keep_results(run, news)
    ended = await uow.runs.get(run)
    source = await uow.sources.get(ended.source)
    polled = source.kind is SourceKind.KASPI_API
    if ended.state is not RunState.DONE:
        return
    if not polled and ended.counts.rows <= ended.counts.rejected:
        return
    at = now if polled else ended.seen_at
    last = day_of(at)
    if polled:
        due = last + timedelta(days=POLLED_DAYS)
    else:
        rhythm, days = await _rhythm(uow, source, ended)
        due = expected(last, rhythm, days)
    await uow.deadlines.read(
        source.brand, source.place, source=source.id, run=run, at=at, due=due, now=now
    )


async def _rhythm(uow: UnitOfWork, source: Source, run: Run) -> tuple[Rhythm | None, Sequence[Any]]:
    try:
        fed = await uow.file_rhythms.get(source.id)
    except NotFound:  # staff have stopped the source meanwhile
        return None, [day_of(run.seen_at)]
    return fed.rhythm, fed.days


async def tell_of_late(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Tell managers, once for each due date, that their offers now say they are late."""
    now = clock()
    if now.astimezone(ALMATY).hour < REMIND_FROM:
        return 0
    before = day_of(now) - timedelta(days=GRACE)
    told = 0
    after = None
    while True:
        async with new_uow(background=True) as uow:
            late = await uow.deadlines.overdue(before=before, after=after, limit=PAGE)
            for one in late:
                await _tell_late(uow, one, now)
            await uow.commit()
        told += len(late)
        if len(late) < PAGE:
            return told
        after = late[-1].reading.brand, late[-1].reading.place


async def _tell_late(uow: UnitOfWork, late: Overdue, now: datetime) -> None:
    reading = late.reading
    await uow.deadlines.told_late(reading)
    await uow.outbox.add(
        [
            Notification(
                person=manager,
                kind=NoteKind.FILE_LATE,
                key=f"{NoteKind.FILE_LATE}:{reading.brand}:{reading.place}:{reading.due}:{manager}",
                facts={
                    "brand": reading.brand,
                    "name": late.brand_name,
                    "place": reading.place,
                    "last": day_of(reading.at).isoformat(),
                    "due": reading.due.isoformat(),
                },
            )
            for manager in await uow.brands.managers(reading.brand)
        ],
        now=now,
    )


async def warn_of_silence(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Warn brands a week before their silence approves orders; returns how many warnings there are.

    Without a warning nothing is approved. Where a brand has no manager the staff are warned.
    """
    now = clock()
    if now.astimezone(ALMATY).hour < REMIND_FROM:
        return 0
    today = day_of(now)
    warned = 0
    while True:
        async with new_uow(read_only=True) as uow:
            cutoffs = {
                days: midnight(today - timedelta(days=days - WARNING_DAYS - 1))
                for days in await uow.deadlines.allowed_days()
            }
            found = await uow.deadlines.unwarned(
                {days: cutoff for days, cutoff in cutoffs.items() if cutoff}, limit=PAGE
            )
        for silent in found:
            async with new_uow(read_only=True) as uow:
                orders, amount = await uow.deadlines.waiting_sum(silent)
            async with new_uow(background=True) as uow:
                warned += await _warn(uow, silent, orders, amount, now)
                await uow.commit()
        if len(found) < PAGE:
            return warned


async def _warn(uow: UnitOfWork, silent: Silent, orders: int, amount: Money, now: datetime) -> bool:
    reading = await uow.deadlines.reading(silent.brand, silent.place)
    if reading is None or reading.at != silent.since:
        return False  # it has just spoken
    until = last_day(silent.since, silent.days, warned=day_of(now))
    silence = await uow.deadlines.warn(silent, until=until, orders=orders, amount=amount, now=now)
    if silence is None or not orders:
        return False
    await _tell_brand(uow, silence, NoteKind.SILENCE_WARNED, now)
    return True


async def approve_silent(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Approve what waits for brands that stayed silent; returns how many orders there were.

    Each batch is a transaction that leaves nothing half done, and what is approved is found no
    more: a sweep that is cut short goes on where it was.
    """
    async with new_uow(read_only=True) as uow:
        expired = await uow.deadlines.expired(day_of(clock()), limit=PAGE)
    return sum([await _approve(new_uow, clock, silence) for silence in expired])


async def _approve(new_uow: UnitOfWorkFactory, clock: Clock, silence: Silence) -> int:
    done = 0
    after = EnrolmentId(0)
    while True:
        async with new_uow(background=True) as uow:
            now = clock()
            await uow.orders.lock_brand(silence.brand)
            silence = await uow.deadlines.silence(silence.id)
            if silence.state not in OPEN:
                return done
            if await uow.deadlines.being_read(
                silence.brand, silence.place, since=now - READ_WITHIN
            ):
                return done  # what it brings may answer: the next sweep looks again
            reading = await uow.deadlines.reading(silence.brand, silence.place)
            over = reading is None or reading.at != silence.since
            waiting: Sequence[Waiting] = ()
            if not over:
                silence = await uow.deadlines.begin_approving(silence, now)
                # Before the commissions, as whoever books money of the brand.
                funds = await uow.ledger.balance_for_update(Account.BRAND_FUNDS, silence.brand)
                waiting = await uow.deadlines.waiting(silence, after=after, limit=BATCH)
            if waiting:
                await _book(uow, silence, waiting, funds, now)
            else:
                await _end(uow, silence, now)
            await uow.commit()
        if not waiting:
            return done
        done += len(waiting)
        after = waiting[-1].commission.enrolment


async def _book(
    uow: UnitOfWork, silence: Silence, waiting: Sequence[Waiting], funds: Money, now: datetime
) -> None:
    """Approve orders by the terms, with everything that follows for money and sums."""
    assert silence.approved_at is not None
    brand = await uow.brands.get(silence.brand)
    orders = [each.commission.order for each in waiting]
    enrolments = await uow.orders.enrolment_facts(
        sorted({each.commission.enrolment for each in waiting})
    )
    before = await uow.results.counted(orders)
    await uow.deadlines.approve(orders, silence.approved_at)
    changed, transfers = settle(
        [
            (each.commission.order, each.commission, _approved(each, silence.approved_at))
            for each in waiting
        ],
        funds_minor=funds.minor,
        credit_limit_minor=brand.credit_limit_minor,
        now=now,
    )
    await uow.orders.save_commissions([new for _, new in changed], None)

    # One more approved order may lift others of its month to a higher rung.
    moves = await _moved(uow, silence, waiting, enrolments)
    before |= await uow.results.counted([order for order, _, _ in moves if order not in before])
    moved, more = settle(
        moves, funds_minor=funds.minor, credit_limit_minor=brand.credit_limit_minor, now=now
    )
    await uow.orders.save_commissions([new for _, new in moved], None)
    await uow.results.record(before, await uow.results.counted(list(before)))

    stand = {new.order: new for _, new in [*changed, *moved]}
    rewards = await reward_inviters(uow, list(stand.values()), now)
    await uow.ledger.post([*transfers, *more, *rewards])
    await hold_to_budgets(uow, brand, spent(moved, enrolments), now)
    await uow.deadlines.add_results(silence.id, _sums([stand[order] for order in orders]))


def _approved(waiting: Waiting, at: datetime) -> Commission:
    held = waiting.commission
    new = advance(
        held,
        held.order,
        OrderStatus.APPROVED,
        Earning(
            enrolment=held.enrolment,
            creator=held.creator,
            brand=held.brand,
            amount=held.amount,
            fee=held.fee,
            month=held.month,
            terms=held.terms,
            price=held.price,
        ),
        hold_days=waiting.hold_days,
        approved_at=waiting.approved_at or at,
    )
    assert new is not None
    return new


async def _moved(
    uow: UnitOfWork,
    silence: Silence,
    waiting: Sequence[Waiting],
    enrolments: Mapping[EnrolmentId, EnrolmentFacts],
) -> list[tuple[OrderId, Commission | None, Commission]]:
    starts: dict[MonthKey, datetime] = {}
    for each in waiting:
        if enrolments[each.commission.enrolment].monthly:
            key = each.commission.enrolment, each.commission.month
            starts[key] = min(each.ordered_at, starts.get(key, each.ordered_at))
    if not starts:
        return []
    facts = Facts(
        place=silence.place,
        ownerships={},
        alike={},
        reservations={},
        clicks={},
        enrolments=enrolments,
    )
    so_far = await uow.orders.months_before(starts)
    _, moved = settle_months([], await uow.orders.sales_since(starts), so_far, facts)
    return [(sale.order, sale.commission, new) for sale, new in moved]


def _sums(approved: Sequence[Commission]) -> dict[EnrolmentId, tuple[int, int]]:
    sums: dict[EnrolmentId, tuple[int, int]] = {}
    for each in approved:
        orders, minor = sums.get(each.enrolment, (0, 0))
        sums[each.enrolment] = orders + 1, minor + each.amount.minor
    return sums


async def _end(uow: UnitOfWork, silence: Silence, now: datetime) -> None:
    """End a silence: each creator hears once what was approved, and the brand's managers do."""
    sums = await uow.deadlines.results(silence.id)
    orders = sum(count for count, _ in sums.values())
    amount = sum((money for _, money in sums.values()), ZERO)
    to = SilenceState.APPROVED if orders else SilenceState.BROKEN
    await uow.deadlines.end(silence, to, now=now, orders=orders, amount=amount)
    if not orders:
        return
    brand = await uow.brands.get(silence.brand)
    await uow.outbox.add(
        [
            Notification(
                person=creator,
                kind=NoteKind.APPROVED_BY_TERMS,
                key=f"{NoteKind.APPROVED_BY_TERMS}:{silence.id}:{creator}",
                facts={
                    "brand": brand.name,
                    "place": silence.place,
                    "since": day_of(silence.since).isoformat(),
                    "orders": count,
                    "amount_minor": money.minor,
                },
            )
            for creator, (count, money) in sums.items()
        ],
        now=now,
    )
    ended = await uow.deadlines.silence(silence.id)
    await _tell_brand(uow, ended, NoteKind.SILENCE_OVER, now)
    await uow.audit.write(
        None,
        "orders.approved_by_terms",
        "brand",
        silence.brand,
        now=now,
        facts={
            "place": silence.place,
            "days": silence.days,
            "since": day_of(silence.since).isoformat(),
            "orders": orders,
            "amount_minor": amount.minor,
        },
    )


async def _tell_brand(uow: UnitOfWork, silence: Silence, kind: NoteKind, now: datetime) -> None:
    brand = await uow.brands.get(silence.brand)
    people: Sequence[PersonId] = await uow.brands.managers(silence.brand)
    if not people:
        people = await uow.people.staff(Permission.MODERATION)
    await uow.outbox.add(
        [
            Notification(
                person=person,
                kind=kind,
                key=f"{kind}:{silence.id}:{person}",
                facts={
                    "brand": silence.brand,
                    "name": brand.name,
                    "place": silence.place,
                    "since": day_of(silence.since).isoformat(),
                    "last_day": silence.until.isoformat(),
                    "orders": silence.orders,
                    "amount_minor": silence.amount.minor,
                },
            )
            for person in people
        ],
        now=now,
    )


def by_creator(news: Sequence[OwnNews]) -> dict[PersonId, list[OwnNews]]:
    """What a run changed, creator by creator."""
    found: defaultdict[PersonId, list[OwnNews]] = defaultdict(list)
    for each in news:
        found[each.creator].append(each)
    return dict(found)
