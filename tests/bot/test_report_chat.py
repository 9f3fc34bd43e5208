"""The report in the chat: periods, breakdowns, own dates, the workbook, and who gets none of it."""

from __future__ import annotations

from datetime import timedelta

from bot.callbacks.brand_reports import BrandReport, ReportDates, ReportFile
from bot.callbacks.market import Market
from core.orders import OrderStatus
from core.usecases.market import count_market
from tests.bot.conftest import Stage
from tests.bot.test_money_chat import enter
from tests.usecases.money_builders import an_accountant
from tests.usecases.order_builders import a_shop, an_order, report


async def test_a_manager_reads_the_report_and_takes_it_along(stage: Stage) -> None:
    shop = await a_shop(stage.new_uow, stage.clock)
    manager = await enter(stage, shop.manager, "Manager")
    await manager.click("Report")
    await manager.expect("Nobody clicked and nothing was ordered")
    for number, status in enumerate((OrderStatus.APPROVED, OrderStatus.PENDING)):
        at = stage.clock()
        order = an_order(str(number), status, shop.code, at=at, changed=at)
        await report(stage.new_uow, stage.clock, shop, order)

    await manager.send("/report")
    shown = await manager.expect_photo("Orders: 2")
    assert "Approval rate (AR): 100%" in shown.text
    assert "EPC" not in shown.text  # without clicks there is none
    for label, words in (
        ("By creator", "Айгерім"),
        ("By promo code", shop.code),
        ("By placement", "Nobody used the creators' links"),
        ("By day", "21.11.2026"),
        ("By offer", "2 orders"),
    ):
        await manager.click(label)
        await manager.expect(words)
        await manager.click("Back")
        await manager.expect("Orders: 2")
    await manager.click("Excel")
    file = await manager.expect_file("ules-report-2026-10-23-2026-11-21.xlsx")
    assert file.download()[:2] == b"PK"

    await manager.send("/report")
    await manager.click("Own dates")
    await manager.expect("Send the first and the last day")
    await manager.send("yesterday")
    await manager.expect("Send two days")
    await manager.send("1.11 - 20.11.2026")
    await manager.expect("01.11.2026 – 20.11.2026")
    await manager.send("21.11")
    assert stage.sandbox.unanswered == []


async def test_others_reports_are_refused(stage: Stage) -> None:
    shop = await a_shop(stage.new_uow, stage.clock)
    other = await a_shop(stage.new_uow, stage.clock, name="Дана")
    brand = int(shop.brand.id)
    since = (stage.clock().date() - timedelta(days=3)).toordinal()
    for person in (
        await enter(stage, other.manager, "Other"),
        await enter(stage, shop.creator, "Айгерім"),
    ):
        for forged in (
            BrandReport(brand=brand),
            ReportFile(brand=brand),
            ReportDates(brand=brand),
            BrandReport(brand=brand, since=since, until=since + 2),
        ):
            await person.tap(forged.pack())
            await person.expect_alert()
    assert stage.sandbox.unanswered == []


async def test_staff_look_at_the_market(stage: Stage) -> None:
    shop = await a_shop(stage.new_uow, stage.clock)
    staff = await enter(stage, await an_accountant(stage.new_uow, stage.clock), "Saule")
    await staff.send("/market")
    await staff.expect("The figures are being counted")
    at = stage.clock()
    await report(
        stage.new_uow,
        stage.clock,
        shop,
        an_order("1", OrderStatus.APPROVED, shop.code, at=at, changed=at),
        an_order("2", OrderStatus.APPROVED, at=at, changed=at),
    )
    await count_market(stage.new_uow, stage.clock)

    await staff.send("/menu")
    await staff.click("More")
    await staff.click("Market")
    shown = await staff.expect_photo("Orders: 2")
    assert "Credited to nobody: 50%" in shown.text
    await staff.click("Quality")
    await staff.expect_photo("Approval rate (AR): 100%")
    await staff.click("Days to pay")
    await staff.expect("1 creator")

    manager = await enter(stage, shop.manager, "Manager")
    await manager.tap(Market().pack())
    await manager.expect_alert()
    await manager.send("/funds")
    await manager.expect("How long the money lasts cannot be told yet")
    assert stage.sandbox.unanswered == []


async def test_a_manager_narrows_down_the_orders(stage: Stage) -> None:
    shop = await a_shop(stage.new_uow, stage.clock)
    manager = await enter(stage, shop.manager, "Manager")
    at = stage.clock()
    await report(
        stage.new_uow,
        stage.clock,
        shop,
        an_order("1", OrderStatus.APPROVED, shop.code, at=at, changed=at),
        an_order("2", OrderStatus.PENDING, at=at),
    )
    await manager.send("/orders")
    shown = await manager.expect("Orders")
    assert sum("10,000" in label for label in shown.labels) == 2
    await manager.click("Confirmed")
    await manager.expect("1 order for")
    await manager.click("All creators")
    await manager.expect("Of which creator")
    await manager.click("Айгерім · 1")
    await manager.expect("Айгерім")
    await manager.click("Cancelled")
    await manager.expect("No orders fit this choice")
    await manager.click("Nobody's")
    shown = await manager.expect("Orders")
    assert sum("10,000" in label for label in shown.labels) == 1
    assert stage.sandbox.unanswered == []
