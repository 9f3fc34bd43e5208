"""What a creator earns over time: sums that are kept, lists that narrow, files, summaries."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.callbacks.wallet import FileKind
from bot.i18n import translator
from bot.statements import statement_file
from core.commissions import CommissionState
from core.errors import NotFound
from core.money import tenge
from core.notifications import NoteKind
from core.orders import OrderStatus
from core.people import Locale
from core.periods import Period, Span, span
from core.ports import UnitOfWorkFactory
from core.usecases import earnings as usecases
from core.usecases.books import check_ledger
from core.usecases.commissions import release_holds
from core.usecases.earnings import (
    APPROVED,
    LOST,
    earnings,
    forecast,
    send_month_summaries,
    statement,
    together,
)
from core.usecases.orders import creator_offers, creator_orders
from core.usecases.payouts import my_payout, refuse_payout, request_payout, wallet
from db.models import handle_results, holds, month_results, results
from tests.builders import told
from tests.conftest import FrozenClock
from tests.usecases.money_builders import TAIL, a_rich_creator, an_accountant
from tests.usecases.order_builders import Shop, a_shop, an_order, report

PENDING, DONE = OrderStatus.PENDING, OrderStatus.APPROVED
CANCELLED, RETURNED = OrderStatus.REJECTED, OrderStatus.RETURNED


async def some_orders(new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop) -> None:
    """One order of each fate, placed today."""
    at = clock()
    for number, status in enumerate((PENDING, DONE, CANCELLED, RETURNED, PENDING, DONE)):
        order = an_order(str(number), status, shop.code, at=at, changed=at)
        await report(new_uow, clock, shop, order)


async def test_results_follow_every_step_of_an_order(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    placed = clock()
    steps = (
        (PENDING, CommissionState.PENDING),
        (DONE, CommissionState.IN_HOLD),
        (RETURNED, CommissionState.VOID),
    )
    for status, state in steps:
        order = an_order("1", status, shop.code, at=placed, changed=clock())
        await report(new_uow, clock, shop, order)
        await report(new_uow, clock, shop, order)  # a second delivery counts once
        earned = await earnings(new_uow, clock, actor=shop.creator, period=Period.DAYS)
        assert {each: sums.orders for each, sums in earned.states.items()} == {state: 1}
        clock.advance(days=1)

    total = together(earned.states)
    assert (total.net, total.amount) == (tenge(10_000), tenge(0))
    assert together(earned.states, *LOST).orders == 1


async def test_a_period_is_counted_in_days_of_almaty(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    evening = datetime.fromisoformat("2026-11-30T23:59:00+05:00")
    for number, at in enumerate((evening, evening + timedelta(minutes=2))):
        await report(new_uow, clock, shop, an_order(str(number), DONE, shop.code, at=at))
    clock.now = evening + timedelta(hours=1)

    counts = {}
    for period in Period:
        page = await creator_orders(
            new_uow, actor=shop.creator, covered=span(period, clock()), after=None, limit=9
        )
        assert len(page.rows) == page.sums.orders
        counts[period] = page.sums.orders
    rolling = {Period.ALL: 2, Period.WEEK: 2, Period.DAYS: 2, Period.QUARTER: 2}
    assert counts == {**rolling, Period.MONTH: 1, Period.LAST_MONTH: 1}


async def test_orders_are_narrowed_by_state_and_offer_and_nobody_sees_anothers(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, other = await a_shop(new_uow, clock), await a_shop(new_uow, clock, name="Дана")
    await some_orders(new_uow, clock, shop)
    await report(new_uow, clock, other, an_order("9", DONE, other.code, at=clock()))

    lost = await creator_orders(new_uow, actor=shop.creator, states=LOST, after=None, limit=9)
    assert {row.status for row in lost.rows} == {CANCELLED, RETURNED}
    assert lost.sums.orders == 2
    (own,) = await creator_offers(new_uow, actor=shop.creator)
    of_offer = await creator_orders(
        new_uow, actor=shop.creator, enrolment=own.enrolment, after=None, limit=9
    )
    assert (len(of_offer.rows), of_offer.sums.amount) == (6, tenge(4_000))
    forged = await creator_orders(
        new_uow, actor=other.creator, enrolment=own.enrolment, after=None, limit=9
    )
    assert (forged.rows, forged.sums.orders) == ([], 0)


async def test_what_comes_when_is_told_by_week_and_is_what_comes(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await some_orders(new_uow, clock, shop)

    coming = await forecast(new_uow, clock, actor=shop.creator)
    (week,) = coming.weeks
    due = (clock() + timedelta(days=14)).date()
    assert week.monday <= due < week.monday + timedelta(days=7)
    assert (week.orders, week.amount, week.waiting) == (2, tenge(2_000), tenge(0))
    assert coming.held.release == due

    clock.advance(days=15)
    assert await release_holds(new_uow, clock) == 2
    assert (await wallet(new_uow, actor=shop.creator)).available == week.amount
    assert not (await forecast(new_uow, clock, actor=shop.creator)).weeks


async def test_what_is_over_leaves_no_rows_behind_and_months_are_their_days(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    for number in range(3):
        order = an_order(str(number), DONE, shop.code, at=clock(), changed=clock())
        await report(new_uow, clock, shop, order)
        clock.advance(days=20)
    clock.advance(days=15)
    await release_holds(new_uow, clock)

    async with engine.connect() as connection:
        for table, rows in ((holds, 0), (results, 3), (month_results, 2), (handle_results, 3)):
            count = sa.select(sa.func.count()).select_from(table)
            assert await connection.scalar(count) == rows, table.name
    year = await earnings(new_uow, clock, actor=shop.creator, period=Period.ALL)
    sums = {step: together(states).orders for step, states in year.steps.items()}
    assert {step: orders for step, orders in sums.items() if orders} == {
        date(2026, 11, 1): 1,
        date(2026, 12, 1): 2,
    }
    assert together(year.states).orders == together(year.offers[0].states).orders == 3


async def test_the_check_finds_sums_that_their_orders_do_not_explain(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await some_orders(new_uow, clock, shop)
    async with engine.connect() as connection:
        for table in (results, month_results, holds):
            column = table.c.orders
            await connection.execute(sa.update(table).values(orders=column + 1))
            await connection.commit()
            assert (await check_ledger(new_uow)).wrong_results >= 1
            await connection.execute(sa.update(table).values(orders=column - 1))
            await connection.commit()
    assert (await check_ledger(new_uow)).sound


@pytest.mark.parametrize("kind", FileKind)
async def test_a_statement_has_every_order_and_its_sums(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    kind: FileKind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(usecases, "PAGE", 2)
    shop = await a_shop(new_uow, clock)
    await some_orders(new_uow, clock, shop)
    await report(new_uow, clock, shop, an_order("=1+1", DONE, shop.code, at=clock()))

    told_of = await statement(new_uow, actor=shop.creator, covered=Span())
    file = await statement_file(translator(Locale.KK), told_of, kind, "ules")

    rows: list[list[Any]]
    if kind is FileKind.XLSX:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.data))
        rows = book.get_sheet_by_index(0).to_python()
        assert isinstance(rows[1][0], datetime)
        assert isinstance(rows[1][6], float)
        assert rows[1][1] == "=1+1"
        assert rows[-1][6] == 5_000
        assert any(isinstance(row[9], date) for row in rows[1:])
    else:
        assert file.data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig")), delimiter=";"))
        assert rows[1][1] == "'=1+1"
        assert rows[-1][6] == "5000,00"
    assert file.name == f"ules.{kind.name.lower()}"
    assert len(rows) == 1 + 7 + 1
    assert len({row[1] for row in rows[1:-1]}) == 7


async def test_last_month_is_told_once_to_whoever_earned(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, idle = await a_shop(new_uow, clock), await a_shop(new_uow, clock, name="Дана")
    await some_orders(new_uow, clock, shop)
    assert await send_month_summaries(new_uow, clock) == 0  # the month goes on
    clock.now = datetime.fromisoformat("2026-12-01T08:59:00+05:00")
    assert await send_month_summaries(new_uow, clock) == 0  # people sleep

    clock.advance(minutes=2)
    assert await send_month_summaries(new_uow, clock) == 1
    assert await send_month_summaries(new_uow, clock) == 0
    clock.advance(days=1)
    assert await send_month_summaries(new_uow, clock) == 0

    assert (await told(new_uow, shop.creator)).count(NoteKind.MONTH_SUMMARY) == 1
    assert NoteKind.MONTH_SUMMARY not in await told(new_uow, idle.creator)
    earned = await earnings(new_uow, clock, actor=shop.creator, period=Period.LAST_MONTH)
    assert together(earned.states, *APPROVED).orders == 2


async def test_a_payout_shows_what_it_is_made_of_to_its_creator_alone(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    creator = await a_rich_creator(new_uow, clock, shop)
    payout = await request_payout(
        new_uow, clock, actor=creator, amount=tenge(12_000), iban_tail=TAIL
    )
    assert payout.id is not None

    view = await my_payout(new_uow, actor=creator, payout=payout.id)
    assert (view.orders, view.released) == (1, tenge(20_000))
    with pytest.raises(NotFound):
        await my_payout(new_uow, actor=shop.manager, payout=payout.id)

    staff = await an_accountant(new_uow, clock)
    await refuse_payout(new_uow, clock, actor=staff, payout=payout.id, reason="IBAN")
    again = await request_payout(
        new_uow, clock, actor=creator, amount=tenge(12_000), iban_tail=TAIL
    )
    assert again.id is not None
    after = await my_payout(new_uow, actor=creator, payout=again.id)
    assert (after.orders, after.released) == (0, tenge(0))
