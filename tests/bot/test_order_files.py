"""Order files in the chat: sent, looked at, set right, taken in, and what is handed back."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import openpyxl
import pytest

from core.ids import OfferId
from core.people import Actor, Brand, Locale
from core.usecases.enrolments import take_offer
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.builders import a_brand, a_creator, an_offer
from tests.sources.spreadsheets import table


@dataclass
class Scene:
    """A manager in the chat, reading English, and a creator whose code is AIGERIM10."""

    stage: Stage
    manager: Person
    actor: Actor
    brand: Brand
    creator: Person


@pytest.fixture
async def scene(stage: Stage) -> Scene:
    now, new_uow = stage.clock(), stage.new_uow
    manager, creator = stage.sandbox.person("Manager"), stage.sandbox.person("Айгерім")
    brand, actor = await a_brand(new_uow, now, "Qyran", manager_id=manager.id, locale=Locale.EN)
    promoter = await a_creator(new_uow, now, telegram_id=creator.id, locale=Locale.EN)
    offer = await an_offer(new_uow, now, brand.id)
    await take_offer(new_uow, stage.clock, actor=promoter, offer=OfferId(offer.id or 0))
    await creator.start()
    return Scene(stage=stage, manager=manager, actor=actor, brand=brand, creator=creator)


ORDERS = table(
    "Номер;Дата;Сумма;Состояние;Промокод",
    "1001;21.11.2026;10 000 ₸;Выполнен;aigerim10",
    "1002;21.11.2026;5 000;Новый;",
    "1003;вчера;7 000;Новый;",
    '1004;21.11.2026;=HYPERLINK("http://evil");Новый;',
)


async def test_a_table_is_looked_at_taken_in_and_its_bad_lines_handed_back(scene: Scene) -> None:
    manager = scene.manager
    await manager.send_document("orders.csv", ORDERS)
    shown = await manager.expect("Where were these orders placed?")
    for words in (
        "orders.csv · Qyran",
        "Rows: 4",
        "Order number ← Номер",
        "Promo code ← Промокод",
        "1001 · 21.11.2026 · 10,000\u00a0₸ · confirmed · aigerim10",
    ):
        assert words in shown.text
    await manager.click("Online shop")
    await manager.expect("Where it was bought: Online shop")

    await manager.click("Take the orders in")
    result = await manager.expect("New orders: 2")

    assert result.message_id == shown.message_id
    for words in ("✅ done", "Lines not taken: 2", "Credited to creators: 1", "Rewards: 1"):
        assert words in result.text
    await manager.click("CSV")
    handed = await manager.expect_file("lines-1.csv")
    rows = list(csv.reader(io.StringIO(handed.download().decode("utf-8-sig")), delimiter=";"))
    assert rows[1][:2] == ["4", "the date of the order cannot be read"]
    assert rows[2][:2] == ["5", "the amount cannot be read"]
    assert '\'=HYPERLINK("http://evil")' in rows[2]
    await manager.click("Lines not taken, XLSX")
    book = openpyxl.load_workbook(
        io.BytesIO((await manager.expect_file("lines-1.xlsx")).download())
    )
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    await scene.creator.expect("News of your orders")
    assert scene.stage.sandbox.unanswered == []


async def test_the_same_file_again_asks_nothing_and_changes_nothing(scene: Scene) -> None:
    manager = scene.manager
    await manager.send_document("orders.csv", ORDERS)
    await manager.click("Online shop")
    await manager.click("Take the orders in")
    await manager.expect("New orders: 2")

    await manager.send_document("again.csv", ORDERS)
    again = await manager.expect("as you sent before")
    assert "Where it was bought: Online shop" in again.text
    await manager.click("Take the orders in", message=again)
    result = await manager.expect("As before: 2")

    assert "New orders" not in result.text
    assert scene.creator.count("News of your orders") == 1
