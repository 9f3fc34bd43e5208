"""A brand's report: figures that its orders and clicks explain, for whoever may see them."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.i18n import translator
from bot.reports_file import report_file
from core.errors import BadInput, NotAllowed
from core.evidence import EvidenceKind
from core.links import Click
from core.money import Money, tenge
from core.orders import OrderStatus
from core.people import BrandRole, Locale, Permission
from core.periods import Period
from core.ports import UnitOfWorkFactory
from core.reports import Breakdown, Figures
from core.results import day_of
from core.usecases.books import check_ledger
from core.usecases.commissions import release_holds
from core.usecases.links import link_target, store_clicks
from core.usecases.reports import brand_report, covered_days, own_days, report_sheets
from db.models import clicks, commissions, handle_results, orders
from tests.builders import a_moderator
from tests.conftest import FrozenClock
from tests.usecases.order_builders import Shop, a_shop, an_order, one_more, report

PENDING, DONE = OrderStatus.PENDING, OrderStatus.APPROVED
CANCELLED, RETURNED = OrderStatus.REJECTED, OrderStatus.RETURNED
FATES = (PENDING, DONE, DONE, CANCELLED, RETURNED, DONE)


async def visit(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, *names: str, counted: bool = True
) -> None:
    """Clicks on the plain link of the shop's creator."""
    target = await link_target(new_uow, clock, shop.enrolment.slug)
    assert target
    await store_clicks(
        new_uow,
        [
            Click(
                id=name,
                link_id=target.link_id,
                at=clock(),
                visitor=name,
                lang=Locale.KK,
                counted=counted,
            )
            for name in names
        ],
    )


async def two_sellers(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> tuple[Shop, Shop]:
    """A brand with two creators who sold by code and by link over some days, and another brand."""
    shop = await a_shop(new_uow, clock)
    creator, enrolment = await one_more(new_uow, clock, shop.brand, "=Дана")
    second = replace(shop, creator=creator, enrolment=enrolment)
    await visit(new_uow, clock, shop, "a1", "a2", "a3", "a4")
    await visit(new_uow, clock, second, "b1", "b2")
    await visit(new_uow, clock, second, "robot", counted=False)
    clock.advance(hours=1)
    number = 0
    for days in range(2):
        for seller, fates in ((shop, FATES), (second, FATES[:3])):
            for fate in fates:
                number += 1
                at = clock() + timedelta(minutes=number)
                order = an_order(str(number), fate, seller.code, at=at, changed=at)
                await report(new_uow, clock, seller, order)
        clock.advance(days=1 + days)
    by_link = an_order("by link", DONE, at=clock(), changed=clock(), click_ids=("b1",))
    await report(new_uow, clock, second, by_link)
    other = await a_shop(new_uow, clock, name="Айгүл")
    await visit(new_uow, clock, other, "c1")
    await report(new_uow, clock, other, an_order("x", DONE, other.code, at=clock()))
    clock.advance(days=15)
    await release_holds(new_uow, clock)
    return shop, second


async def recomputed(engine: AsyncEngine, shop: Shop) -> Figures:
    """The same from the orders, commissions and clicks themselves."""
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.select(
                orders.c.status,
                orders.c.net_minor,
                commissions.c.amount_minor,
                commissions.c.fee_minor,
            )
            .select_from(orders.outerjoin(commissions))
            .where(orders.c.brand_id == shop.brand.id, orders.c.enrolment_id.is_not(None))
        )
        found = Figures()
        for status, net, amount, fee in rows:
            lost = status in (CANCELLED, RETURNED)
            found += Figures(
                orders=1,
                approved=status == DONE,
                lost=lost,
                net=Money(0 if lost else net),
                reward=Money(amount or 0),
                fee=Money(fee or 0),
            )
        clicked = await connection.scalar(
            sa.select(sa.func.count()).select_from(clicks).where(clicks.c.counted)
        )
    return replace(found, clicks=int(clicked or 0) - 1)  # one is the other brand's


async def test_every_breakdown_adds_up_to_what_orders_and_clicks_say(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, _second = await two_sellers(new_uow, clock)
    since, until = covered_days(Period.QUARTER, clock)

    told, sheets = await report_sheets(
        new_uow, actor=shop.manager, brand=shop.brand.id, since=since, until=until
    )

    expected = await recomputed(engine, shop)
    assert told.total == expected
    assert (expected.orders, expected.approved, expected.lost) == (19, 11, 4)
    for by in (Breakdown.DAY, Breakdown.OFFER, Breakdown.CREATOR):
        assert sum((line.figures for line in sheets[by]), Figures()) == expected, by
    by_code = {line.handle: line.figures for line in sheets[Breakdown.CODE]}
    assert {code: each.orders for code, each in by_code.items()} == {
        shop.code: 12,
        _second.code: 6,
    }
    by_place = {line.creator: line.figures for line in sheets[Breakdown.PLACEMENT]}
    assert {name: (each.clicks, each.orders) for name, each in by_place.items()} == {
        "=Дана": (2, 1),
        "Айгерім": (4, 0),
    }
    assert {step for step, figures in told.steps.items() if figures} == {
        day_of(clock() - timedelta(days=days)) for days in (18, 17, 15)
    }


async def test_ratios_are_those_of_the_field_and_are_left_out_where_nothing_can_be_told() -> None:
    figures = Figures(
        orders=10,
        approved=6,
        lost=2,
        net=tenge(80_000),
        reward=tenge(8_000),
        fee=tenge(1_200),
        clicks=400,
    )

    assert figures.approval_bps == 7_500
    assert figures.conversion_bps == 250
    assert figures.average == tenge(10_000)
    assert figures.per_click == tenge(20)  # of the reward; the revenue per click would be 200
    assert figures.cost_bps == 1_150
    nothing = Figures(orders=1)
    assert (nothing.approval_bps, nothing.conversion_bps, nothing.per_click) == (None, None, None)
    hidden = figures.without_money()
    assert (hidden.cost, hidden.per_click, hidden.cost_bps) == (None, None, None)


async def test_members_see_orders_owners_money_and_others_nothing(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, other = await a_shop(new_uow, clock), await a_shop(new_uow, clock, name="Дана")
    await report(new_uow, clock, shop, an_order("1", DONE, shop.code, at=clock()))
    since, until = covered_days(Period.DAYS, clock)
    member = replace(other.creator, brands=((shop.brand.id, BrandRole.MEMBER),))
    moderator = await a_moderator(new_uow, clock())
    finance = replace(moderator, permissions=frozenset({Permission.FINANCE}))

    for actor, cost in (
        (shop.manager, tenge(1_150)),
        (finance, tenge(1_150)),
        (member, None),
        (moderator, None),
    ):
        told, sheets = await report_sheets(
            new_uow, actor=actor, brand=shop.brand.id, since=since, until=until
        )
        assert told.total.orders == 1
        shown = [told.total, *told.steps.values(), *(one.figures for one in sheets[Breakdown.CODE])]
        assert {each.cost for each in shown if each.orders} == {cost}
    for stranger in (other.manager, shop.creator):
        with pytest.raises(NotAllowed):
            await brand_report(
                new_uow, actor=stranger, brand=shop.brand.id, since=since, until=until
            )


async def test_pages_follow_each_other_and_long_periods_go_by_months(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, _second = await two_sellers(new_uow, clock)
    last = day_of(clock())
    own = own_days(last - timedelta(days=200), last, clock)
    assert own.since
    assert own.until
    seen: list[date | None] = []
    for offset in range(5):
        told = await brand_report(
            new_uow,
            actor=shop.manager,
            brand=shop.brand.id,
            since=own.since,
            until=own.until,
            by=Breakdown.DAY,
            offset=offset,
            limit=1,
        )
        seen += [line.day for line in told.lines]
        assert told.more is (offset < 2)
    assert seen == [last - timedelta(days=days) for days in (15, 17, 18)]
    told = await brand_report(
        new_uow, actor=shop.manager, brand=shop.brand.id, since=own.since, until=own.until
    )
    assert told.monthly
    assert all(day.day == 1 for day in told.steps)
    assert sum(told.steps.values(), Figures()) == told.total
    for first, end in ((last, last - timedelta(days=1)), (last - timedelta(days=800), last)):
        with pytest.raises(BadInput):
            own_days(first, end, clock)


async def test_the_check_finds_evidence_that_orders_do_not_explain(
    engine: AsyncEngine, new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", DONE, shop.code, at=clock()))
    async with engine.connect() as connection:
        for kind, wrong in ((EvidenceKind.SKU, True), (EvidenceKind.CODE, False)):
            await connection.execute(sa.update(handle_results).values(kind=kind))
            await connection.commit()
            assert bool((await check_ledger(new_uow)).wrong_results) is wrong


async def test_the_workbook_has_typed_cells_totals_and_no_formula(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop, _second = await two_sellers(new_uow, clock)
    since, until = covered_days(Period.QUARTER, clock)
    told, sheets = await report_sheets(
        new_uow, actor=shop.manager, brand=shop.brand.id, since=since, until=until
    )

    for locale in Locale:
        data = report_file(translator(locale), told, sheets)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        assert len(book.sheet_names) == len(Breakdown) + 1
    days, _offers, people, codes = (
        book.get_sheet_by_name(name).to_python() for name in book.sheet_names[:4]
    )
    assert days[1][0] == day_of(clock() - timedelta(days=15))
    assert days[-1][:3] == ["Total", 6, 19]
    assert days[-1][6] == 150_000  # sales in tenge
    assert "=Дана" in {row[0] for row in people}
    assert {row[2] for row in codes[1:]} == {""}  # a code has no clicks of its own


async def test_no_screen_of_a_report_reads_orders_or_clicks(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_shop(new_uow, clock)
    since, until = covered_days(Period.QUARTER, clock)
    asked: list[str] = []

    def listen(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    for by in (None, *Breakdown):
        await brand_report(
            new_uow,
            actor=shop.manager,
            brand=shop.brand.id,
            since=since,
            until=until,
            by=by,
            limit=7,
        )
    sa.event.remove(sa.Engine, "before_cursor_execute", listen)

    assert sum("results" in statement for statement in asked) == 6
    raw = re.compile(r"\b(?:FROM|JOIN) (?:orders|commissions|clicks|entries)\b")
    assert not [statement for statement in asked if raw.search(statement)]
