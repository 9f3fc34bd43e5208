"""What a silent brand leaves unanswered is approved by the terms: after a warning, not for good."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations, permutations

import pytest

from core.commissions import CommissionState, Rule
from core.deadlines import last_day, late_days, warned_from
from core.money import tenge
from core.notifications import NoteKind
from core.orders import NormalisedOrder, OrderStatus, Place
from core.ports import UnitOfWorkFactory
from core.pricing import Rung
from core.reminders import Rhythm
from core.results import day_of
from core.runs import RunState
from core.usecases import deadlines
from core.usecases.commissions import release_holds
from core.usecases.deadlines import approve_silent, tell_of_late, warn_of_silence
from core.usecases.imports import tell_creators
from core.usecases.reminders import set_rhythm
from tests.builders import told
from tests.conftest import FrozenClock
from tests.usecases.order_builders import (
    NOON,
    TEN_PERCENT,
    a_reading,
    a_shop,
    a_source,
    an_order,
    books,
    known_orders,
    one_more,
)

MONTH = replace(TEN_PERCENT, auto_approve_days=30)
PENDING, APPROVED, REJECTED, RETURNED = OrderStatus


async def sweep(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> tuple[int, int]:
    return await warn_of_silence(new_uow, clock), await approve_silent(new_uow, clock)


async def sound(new_uow: UnitOfWorkFactory) -> bool:
    async with new_uow(read_only=True) as uow:
        return (await uow.ledger.check()).sound


def test_days_of_silence_are_whole_ones_and_a_warning_is_a_week() -> None:
    noon = datetime(2026, 11, 1, 7, tzinfo=NOON.tzinfo)

    assert warned_from(noon, 30) == date(2026, 11, 24)
    assert last_day(noon, 30) == date(2026, 12, 1)
    assert last_day(noon, 30, warned=date(2026, 11, 24)) == date(2026, 12, 1)
    assert last_day(noon, 30, warned=date(2026, 12, 20)) == date(2026, 12, 27)
    due = date(2026, 11, 8)
    assert [late_days(due, due + timedelta(days=n)) for n in range(5)] == [0, 0, 0, 3, 4]
    assert late_days(None, due) == 0


async def test_a_silent_brand_is_warned_and_then_its_orders_are_approved(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, MONTH, funds=tenge(100_000))
    await a_reading(
        new_uow,
        clock,
        shop,
        *(an_order(str(n), PENDING, shop.code) for n in range(3)),
        an_order("risk", PENDING, shop.code, at_risk=True),
        an_order("gone", REJECTED, shop.code),
        an_order("nobody", PENDING),
    )
    before = await books(new_uow, shop)
    known = len(await told(new_uow, shop.manager))
    clock.advance(days=22)
    assert await sweep(new_uow, clock) == (0, 0)

    clock.advance(days=1)
    assert await sweep(new_uow, clock) == (1, 0)
    assert await sweep(new_uow, clock) == (0, 0)
    assert (await told(new_uow, shop.manager))[known:] == [NoteKind.SILENCE_WARNED]
    clock.advance(days=7)
    assert await sweep(new_uow, clock) == (0, 0)  # the last day is not over
    clock.advance(hours=12)
    assert await sweep(new_uow, clock) == (0, 3)
    assert await sweep(new_uow, clock) == (0, 0)

    rows = await known_orders(new_uow, shop)
    assert {row.external_id for row in rows.values() if row.by_terms_at} == {"0", "1", "2"}
    assert rows["0"].status is APPROVED
    assert rows["0"].commission_state is CommissionState.IN_HOLD
    assert rows["0"].hold_until == clock() + timedelta(days=14)
    assert rows["risk"].commission_state is CommissionState.PENDING
    assert rows["nobody"].status is PENDING
    assert await books(new_uow, shop) == before  # in hold is pending money
    assert (await told(new_uow, shop.creator)).count(NoteKind.APPROVED_BY_TERMS) == 1
    assert (await told(new_uow, shop.manager))[known + 1 :] == [NoteKind.SILENCE_OVER]
    clock.advance(days=15)
    assert await release_holds(new_uow, clock) == 3
    assert (await books(new_uow, shop)).available == tenge(3_000)
    assert await sound(new_uow)


async def test_nothing_is_approved_without_a_warning_or_after_a_sign_of_life(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, MONTH)
    await a_reading(new_uow, clock, shop, an_order("1", PENDING, shop.code))

    clock.advance(days=60)  # we were away ourselves
    assert await approve_silent(new_uow, clock) == 0
    assert await warn_of_silence(new_uow, clock) == 1
    clock.advance(days=7)
    assert await approve_silent(new_uow, clock) == 0
    source = await a_source(new_uow, clock(), shop.brand.id)
    async with new_uow() as uow:  # a file has been sent, and is not read yet
        run = await uow.runs.add(
            source,
            seen_at=clock(),
            upload=None,
            file_name="late.csv",
            file_sha256="late",
            total=1,
            started_by=None,
        )
        await uow.commit()
    clock.advance(days=1)
    assert await approve_silent(new_uow, clock) == 0
    async with new_uow() as uow:
        await uow.runs.finish(run.id, RunState.FAILED, now=clock())
        await tell_creators(uow, run, clock)
        await uow.commit()
    # What could not be read says nothing; what is read and still waits does.
    await a_reading(new_uow, clock, shop, an_order("1", PENDING, shop.code))
    assert await sweep(new_uow, clock) == (0, 0)
    clock.advance(days=22)
    assert await sweep(new_uow, clock) == (0, 0)
    clock.advance(days=1)
    assert await sweep(new_uow, clock) == (1, 0)
    rows = await known_orders(new_uow, shop)
    assert rows["1"].status is PENDING
    assert NoteKind.APPROVED_BY_TERMS not in await told(new_uow, shop.creator)


async def test_each_order_is_judged_by_its_own_terms(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, MONTH)
    _, never = await one_more(new_uow, clock, shop.brand, "Дана", TEN_PERCENT)
    _, soon = await one_more(
        new_uow, clock, shop.brand, "Сара", replace(TEN_PERCENT, auto_approve_days=14)
    )
    codes = {"month": shop.code, "never": never.code, "soon": soon.code}
    await a_reading(
        new_uow, clock, shop, *(an_order(name, PENDING, code) for name, code in codes.items())
    )
    approved: dict[str, int] = {}
    for day in range(60):
        await sweep(new_uow, clock)
        for row in (await known_orders(new_uow, shop)).values() if day % 3 == 0 else ():
            if row.by_terms_at:
                approved.setdefault(row.external_id, day)
        clock.advance(days=1)

    assert approved == {"soon": 15, "month": 33}
    assert await sound(new_uow)


async def test_a_rejection_or_return_that_comes_later_takes_the_approval_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, MONTH, funds=tenge(100_000))
    await a_reading(new_uow, clock, shop, *(an_order(str(n), PENDING, shop.code) for n in range(5)))
    clock.advance(days=23)
    await sweep(new_uow, clock)
    clock.advance(days=8)
    assert (await sweep(new_uow, clock))[1] == 5

    clock.advance(days=1)
    await a_reading(
        new_uow,
        clock,
        shop,
        an_order("0", REJECTED, shop.code),
        an_order("1", PENDING, shop.code, utm=(("source", "story"),)),
        an_order("2", APPROVED, shop.code),
        an_order("3", PENDING, shop.code, at_risk=True),
    )
    rows = await known_orders(new_uow, shop)
    assert rows["0"].commission_state is CommissionState.VOID
    assert rows["1"].commission_state is CommissionState.IN_HOLD
    assert rows["1"].by_terms_at is not None
    assert rows["2"].commission_state is CommissionState.IN_HOLD
    assert rows["2"].by_terms_at is None  # the brand says so itself now
    assert rows["2"].hold_until == rows["1"].hold_until  # and does not prolong the hold
    assert rows["3"].commission_state is CommissionState.PENDING
    clock.advance(days=15)
    await release_holds(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("1", RETURNED, shop.code))
    rows = await known_orders(new_uow, shop)
    assert rows["1"].commission_state is CommissionState.CLAWED_BACK
    assert await sound(new_uow)


LATER = (  # what the merchant says, on which day, and whether the buyer wants to return it
    ("older", PENDING, 5, False),
    ("waits", PENDING, 40, False),
    ("asks", PENDING, 41, True),
    ("no", REJECTED, 42, False),
    ("yes", APPROVED, 43, False),
    ("back", RETURNED, 44, False),
    ("long ago", APPROVED, 2, False),
)


async def test_what_is_reported_after_an_approval_counts_the_same_in_any_order(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock, MONTH, funds=tenge(10_000_000))
    histories = {
        f"{number}-{turn}": order
        for number, chosen in enumerate(combinations(LATER, 3))
        for turn, order in enumerate(permutations(chosen))
    }

    def reported(name: str, fact: tuple[str, OrderStatus, int, bool]) -> NormalisedOrder:
        word, status, day, at_risk = fact
        changed = NOON + timedelta(days=day)
        order = an_order(name, status, shop.code, changed=changed)
        return replace(order, status_raw=word, at_risk=at_risk)

    await a_reading(
        new_uow,
        clock,
        shop,
        *(
            an_order(name, PENDING, shop.code, changed=NOON + timedelta(days=3))
            for name in histories
        ),
        seen_at=NOON + timedelta(days=3),
    )
    clock.advance(days=26)
    await sweep(new_uow, clock)
    clock.advance(days=9)
    assert (await sweep(new_uow, clock))[1] == len(histories)
    clock.advance(days=20)
    for turn in range(3):
        await a_reading(
            new_uow,
            clock,
            shop,
            *(reported(name, order[turn]) for name, order in histories.items()),
        )
        again = [reported(name, order[0]) for name, order in histories.items()]
        await a_reading(new_uow, clock, shop, *again)  # a delivery that comes twice

    ends: defaultdict[str, set[object]] = defaultdict(set)
    async with new_uow(read_only=True) as uow:
        for row in await uow.orders.of_brand(shop.brand.id, after=None, limit=10_000):
            ends[row.external_id.split("-")[0]].add(
                (
                    row.status,
                    row.status_raw,
                    row.commission,
                    row.commission_state,
                    row.hold_until,
                    row.by_terms_at,
                )
            )
    assert len(ends) == 35
    assert {len(found) for found in ends.values()} == {1}
    assert await sound(new_uow)


async def test_an_approval_lifts_later_orders_to_the_rung_that_a_report_would_have(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Rule(percent_bps=1_000, ladder=(Rung(orders=2, worth=2_000),))
    shop = await a_shop(new_uow, clock, replace(MONTH, rule=rule), funds=tenge(100_000))
    await a_reading(
        new_uow,
        clock,
        shop,
        *(an_order(str(n), PENDING, shop.code, at=NOON + timedelta(hours=n + 1)) for n in range(4)),
    )
    clock.advance(days=23)
    await sweep(new_uow, clock)
    clock.advance(days=8)
    monkeypatch.setattr("core.usecases.deadlines.BATCH", 1)
    calls = 0
    book = deadlines._book

    async def killed(*args: object, **kwargs: object) -> None:
        nonlocal calls
        calls += 1
        await book(*args, **kwargs)  # type: ignore[arg-type]
        if calls in (1, 3):
            raise RuntimeError("killed before its commit")

    monkeypatch.setattr("core.usecases.deadlines._book", killed)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await approve_silent(new_uow, clock)
        assert await sound(new_uow)
        clock.advance(hours=1)
    await approve_silent(new_uow, clock)

    rows = await known_orders(new_uow, shop)
    assert [rows[str(n)].commission for n in range(4)] == [
        tenge(1_000),
        tenge(1_000),
        tenge(2_000),
        tenge(2_000),
    ]
    assert len({row.by_terms_at for row in rows.values()}) == 1  # one event, whoever finished it
    assert (await told(new_uow, shop.creator)).count(NoteKind.APPROVED_BY_TERMS) == 1
    assert (await books(new_uow, shop)).pending == tenge(6_000)
    assert await sound(new_uow)


async def test_managers_hear_once_that_they_are_late(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await a_reading(new_uow, clock, shop, an_order("1", PENDING, shop.code))
    late: list[int] = []
    for day in range(14):
        if await tell_of_late(new_uow, clock):
            late.append(day)
        clock.advance(days=1)

    assert late == [10]  # due on the seventh day, with a weekend to spare
    assert (await told(new_uow, shop.manager)).count(NoteKind.FILE_LATE) == 1
    await a_reading(new_uow, clock, shop, an_order("1", APPROVED, shop.code))
    assert await tell_of_late(new_uow, clock) == 0
    async with new_uow(read_only=True) as uow:
        reading = await uow.deadlines.reading(shop.brand.id, Place.KASPI)
    assert reading is not None
    assert reading.late(day_of(clock())) == 0
    # The two files came a fortnight apart; who wants to be asked monthly is expected monthly.
    assert reading.due == day_of(clock()) + timedelta(days=7)
    await set_rhythm(new_uow, actor=shop.manager, source=reading.source, rhythm=Rhythm.MONTHLY)
    async with new_uow(read_only=True) as uow:
        reading = await uow.deadlines.reading(shop.brand.id, Place.KASPI)
    assert reading is not None
    assert reading.due == day_of(clock()) + timedelta(days=31)
