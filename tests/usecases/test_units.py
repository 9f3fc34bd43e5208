"""A report of outside traffic pays by units of a tag: once, corrected, confirmed later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.commissions import CommissionState
from core.evidence import EvidenceKind, Grade
from core.handles import HandleKind, Term
from core.money import tenge
from core.orders import OrderStatus
from core.ports import UnitOfWorkFactory
from core.pricing import Limit, Why
from core.runs import Run
from core.sources import files
from core.sources.base import SourceKind
from core.usecases.handles import look_back, release_handles
from core.usecases.imports import execute_run, start_import, upload_orders
from tests.builders import reserve_sku
from tests.conftest import FrozenClock
from tests.sources.spreadsheets import workbook
from tests.usecases.order_builders import (
    BOX,
    NOON,
    Shop,
    a_shop,
    an_order,
    books,
    known_orders,
    report,
    transfers,
)
from tests.usecases.test_handles import UNITS

HEADER = (
    *("Дата", "Source/Medium", "Campaign", "Content", "Term", "Сессии"),
    "Заказано товаров в рамках сессии (шт.)",
    "Суммарная стоимость товаров, заказанных в рамках сессии",
    "Заказано товаров в рамках окна атрибуции (шт.)",
    "Суммарная стоимость товаров, заказанных в рамках окна атрибуции",
)
DAY = timedelta(days=1)


def a_report(*rows: tuple[str, str, Any, Any]) -> bytes:
    """A workbook of days: date, tag, units and their sum within the window of attribution."""
    title = ("Аналитика внешнего трафика",)
    return workbook(
        title,
        HEADER,
        *(
            (date, "instagram / story", "vendor_org_17_cream", tag, "", 40, 1, 900, units, total)
            for date, tag, units, total in rows
        ),
        ("Итого", "", "", "", "", 400, 9, 9_000, 99, 99_000),
    )


async def taken_in(new_uow: UnitOfWorkFactory, clock: FrozenClock, shop: Shop, data: bytes) -> Run:
    view = await upload_orders(
        new_uow, clock, BOX, actor=shop.manager, brand=shop.brand.id, name="t.xlsx", data=data
    )
    assert view.preview.kind is SourceKind.TRAFFIC
    run = await start_import(
        new_uow,
        clock,
        actor=shop.manager,
        brand=shop.brand.id,
        upload=view.upload,
        name=view.name,
        kind=view.preview.kind,
        place=UNITS.place,
        mapping=view.preview.mapping,
        default_status=None,
        total=view.preview.rows,
    )
    return await execute_run(new_uow, clock, BOX, run=run.id)


async def a_tagged_shop(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Shop:
    shop = await a_shop(new_uow, clock, UNITS)
    await reserve_sku(
        new_uow,
        clock,
        actor=shop.manager,
        enrolment=shop.enrolment.id,
        sku="Aigerim",
        kind=HandleKind.TAG,
    )
    return shop


async def test_units_wait_are_confirmed_and_become_available(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_tagged_shop(new_uow, clock)
    clock.advance(days=2)
    data = a_report(
        ("21.11.2026", "aigerim", 3, "12 000,00"),
        ("21.11.2026", "aigerim", 2, 8_000),  # of another campaign or medium: added up
        ("22.11.2026", "AIGERIM", 1, 5_000),
        ("22.11.2026", "somebody", 4, 9_000),
        ("22.11.2026", "", 7, 9_000),
        ("23.11.2026", "aigerim", 0, 0),
    )
    run = await taken_in(new_uow, clock, shop, data)
    assert (run.counts.rows, run.counts.rejected, run.counts.matched) == (4, 0, 2)

    rows = await known_orders(new_uow, shop)
    first = rows["tag:aigerim:2026-11-21"]
    assert (first.status, first.commission, first.net) == (
        OrderStatus.PENDING,
        tenge(1_500),
        tenge(20_000),
    )
    assert (first.grade, first.evidence_kind) == (Grade.A, EvidenceKind.TAG)
    assert first.price
    assert [(part.why, part.units) for part in first.price.parts] == [(Why.UNITS, 5)]
    assert rows["tag:aigerim:2026-11-22"].commission == tenge(300)
    assert rows["tag:somebody:2026-11-22"].creator is None
    assert rows["tag:aigerim:2026-11-23"].creator is None
    before = await transfers(new_uow)
    assert (await taken_in(new_uow, clock, shop, data)).counts.unchanged == 4
    assert await transfers(new_uow) == before

    clock.advance(days=12)  # fourteen days since the beginning of the 21st
    assert (await taken_in(new_uow, clock, shop, data)).counts.changed == 1
    rows = await known_orders(new_uow, shop)
    assert rows["tag:aigerim:2026-11-21"].commission_state is CommissionState.IN_HOLD
    assert rows["tag:aigerim:2026-11-22"].commission_state is CommissionState.PENDING


async def test_a_corrected_report_moves_the_difference_and_takes_back_what_went(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_tagged_shop(new_uow, clock)
    clock.advance(days=1)
    await taken_in(new_uow, clock, shop, a_report(("21.11.2026", "aigerim", 3, 9_000)))
    assert (await books(new_uow, shop)).pending == tenge(900)
    clock.advance(hours=1)
    await taken_in(new_uow, clock, shop, a_report(("21.11.2026", "aigerim", 5, 15_000)))
    assert (await books(new_uow, shop)).pending == tenge(1_500)
    clock.advance(days=1)
    await taken_in(new_uow, clock, shop, a_report(("21.11.2026", "aigerim", 0, 0)))
    assert (await books(new_uow, shop)).pending == tenge(0)
    order = (await known_orders(new_uow, shop))["tag:aigerim:2026-11-21"]
    assert (order.status, order.commission_state) == (OrderStatus.REJECTED, CommissionState.VOID)


async def test_a_tag_that_is_lent_after_the_report_and_one_that_is_taken_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_tagged_shop(new_uow, clock)
    clock.advance(days=1)
    await release_handles(new_uow, clock, actor=shop.manager, enrolment=shop.enrolment.id)
    clock.advance(days=1)
    await taken_in(
        new_uow,
        clock,
        shop,
        a_report(*((f"{day}.11.2026", "aigerim", 1, 1_000) for day in (20, 21, 22, 23))),
    )
    rows = await known_orders(new_uow, shop)
    credited = [day for day in range(20, 24) if rows[f"tag:aigerim:2026-11-{day}"].creator]
    assert credited == [21, 22]  # the days on which it was lent, each to its end

    term = Term(since=NOON - 2 * DAY, until=NOON)
    await reserve_sku(
        new_uow,
        clock,
        actor=shop.manager,
        enrolment=shop.enrolment.id,
        sku="aigerim",
        kind=HandleKind.TAG,
        term=term,
    )
    await look_back(new_uow, clock)
    assert (await books(new_uow, shop)).pending == tenge(900)


async def test_an_order_brings_nothing_where_units_are_paid(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    shop = await a_tagged_shop(new_uow, clock)
    await report(new_uow, clock, shop, an_order("1", OrderStatus.APPROVED, shop.code))

    order = (await known_orders(new_uow, shop))["1"]
    assert (order.creator, order.commission) == (shop.creator.id, tenge(0))
    assert order.price
    assert order.price.limit is Limit.BY_UNITS


def test_damage_is_told_line_by_line_and_a_table_of_orders_is_none() -> None:
    data = a_report(
        ("когда-то", "aigerim", 3, 9_000),
        ("21.11.2026", "aigerim", "много", 9_000),
        ("22.11.2026", "aigerim", 3, 0),
        ("23.11.2026", "Әсем: <b>", 1, 500),
    )
    (batch,) = files.read(data, "t.xlsx", kind=SourceKind.TRAFFIC)
    orders, rejected = batch.read_all()
    assert [order.external_id for order in orders] == ["tag:әсем: <b>:2026-11-23"]
    assert [(line.line, line.reason) for line in rejected] == [
        (3, "date_invalid"),
        (4, "amount_invalid"),
        (5, "amount_invalid"),
    ]
    table = "Номер заказа;Дата;Сумма;Статус;Content\n1;21.11.2026;100;Выполнен;aigerim\n"
    assert files.inspect(table.encode(), "o.csv").kind is SourceKind.TABLE
