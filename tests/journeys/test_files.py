"""Files that nobody should send to a bot, and one that is sent twice at once."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl

from bot.callbacks.brand_import import Format, ImportAction, ImportForm, RejectedFile
from bot.callbacks.brand_orders import BrandOrders
from core.orders import ALMATY, OrderStatus, Place
from scripts.application import press, shown
from scripts.sandbox import actions
from tests.journeys.conftest import Market
from tests.sources.spreadsheets import sheet_xml, with_sheet

HEADER = ("Номер заказа", "Дата заказа", "Статус", "Сумма заказа", "Промокод")
FORMULAS = ('=HYPERLINK("http://evil.example","x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1")
HERE = list(Place).index(Place.KASPI)


def orders(market: Market, count: int, *strange: tuple[str, ...]) -> bytes:
    """So many orders with the creator's code, made an hour ago, then strange lines."""
    at = market.app.clock().astimezone(ALMATY) + timedelta(minutes=5)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADER)
    for number in range(count):
        row = (f"B-{number}", f"{at:%d.%m.%Y %H:%M}", "Доставлен", "10 000")
        writer.writerow((*row, market.card.enrolment.code))
    writer.writerows(strange)
    return text.getvalue().encode()


async def test_what_cannot_be_read_is_refused_with_the_reason(market: Market) -> None:
    manager = market.manager
    bomb = with_sheet(sheet_xml(" " * 100_000_000))

    await manager.send_document("orders.xlsx", b"x" * 1_000, size=25 * 1024 * 1024)
    await manager.expect("20 MB")
    for name, content in (
        ("orders.xlsx", bomb),
        ("orders.csv", b"\n"),
        ("orders.csv", b"\x00\x01\x02" * 1_000),
        ("orders.xlsx", b"PK\x03\x04nothing"),
        ("orders.csv", "Привет; как; дела".encode("utf-16")),
        ("orders.pdf", b"%PDF-1.7"),
    ):
        await manager.send_document(name, content)
        await manager.expect("⚠️", timeout=15)
    await manager.send_document("😀<b>.csv", b"a,b\n1,2\n")
    await manager.expect("I did not find these columns")

    await market.app.settle()
    async with market.app.new_uow(read_only=True) as uow:
        assert not await uow.runs.latest(None, after=None, limit=5)


async def test_twenty_megabytes_are_read_and_taken_in(market: Market) -> None:
    manager = market.manager
    padding = "х" * 4_000
    wide = orders(
        market, 3, *((f"C-{n}", "вчера", "Доставлен", "1", padding) for n in range(2_450))
    )
    assert 18 * 2**20 < len(wide) < 20 * 2**20

    await manager.send_document("orders.csv", wide)
    await press(manager, ImportForm, action=ImportAction.PLACE, index=HERE, seconds=30)
    await press(manager, ImportForm, action=ImportAction.START, seconds=30)
    await shown(manager, BrandOrders, newest=True, seconds=30)
    await market.app.settle()

    async with market.app.new_uow(read_only=True) as uow:
        ((run, _),) = await uow.runs.latest(None, after=None, limit=5)
    assert (run.counts.new, run.counts.matched, run.counts.rejected) == (3, 3, 2_450)


async def test_formulas_do_not_travel_on_in_the_rejected_lines(market: Market) -> None:
    manager = market.manager
    strange = [(f"F-{number}", text, text, text, text) for number, text in enumerate(FORMULAS)]
    await manager.send_document("orders.csv", orders(market, 1, *strange))
    await press(manager, ImportForm, action=ImportAction.PLACE, index=HERE)
    await press(manager, ImportForm, action=ImportAction.START)
    await shown(manager, BrandOrders, newest=True)

    await press(manager, RejectedFile, format=Format.XLSX)
    book = openpyxl.load_workbook(io.BytesIO((await manager.expect_file(".xlsx")).download()))
    await press(manager, RejectedFile, format=Format.CSV)
    text = (await manager.expect_file(".csv")).download().decode("utf-8-sig")

    (sheet,) = book.worksheets
    assert sheet.max_row == 1 + len(FORMULAS)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    for row in csv.reader(io.StringIO(text), delimiter=";"):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row), row


async def test_the_same_file_sent_twice_at_once_is_taken_in_once(market: Market) -> None:
    app, manager, content = market.app, market.manager, orders(market, 2)
    await manager.send_document("orders.csv", content)
    await manager.send_document("orders.csv", content)
    await press(manager, ImportForm, action=ImportAction.PLACE, index=HERE)
    message, _, data = await shown(manager, ImportForm, action=ImportAction.START)
    for _ in range(3):
        actions.click(manager.state, manager.profile, message.message_id, data)
    await shown(manager, BrandOrders)
    await app.settle()

    async with app.new_uow(read_only=True) as uow:
        runs = await uow.runs.latest(None, after=None, limit=5)
        rows = await uow.orders.of_brand(market.brand.id, after=None, limit=10)
    assert sum(run.counts.new for run, _ in runs) == 2
    assert [row.status for row in rows] == [OrderStatus.APPROVED] * 2
    assert not app.sandbox.unanswered
