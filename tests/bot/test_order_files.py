"""Order files in the chat: sent, looked at, set right, taken in, and what is handed back."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass

import openpyxl
import pytest

from bot import jobs
from bot.settings import Settings
from core.ids import OfferId
from core.people import Actor, Brand, BrandRole, Locale
from core.usecases import imports
from core.usecases.enrolments import take_offer
from scripts.sandbox import Person
from tests.bot.conftest import Open, Stage
from tests.builders import a_brand, a_creator, an_offer
from tests.sources.spreadsheets import SHOPIFY_ORDER, kaspi, shopify, table, zipped


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
    return await a_scene(stage)


async def a_scene(stage: Stage) -> Scene:
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
    await manager.click("📄 Lines not taken")
    looked = await manager.expect("Line 4: the date of the order cannot be read")
    for words in ("1003 | вчера | 7 000 | Новый", "Line 5: the amount cannot be read"):
        assert words in looked.text
    await manager.click("CSV")
    handed = await manager.expect_file("lines-1.csv")
    rows = list(csv.reader(io.StringIO(handed.download().decode("utf-8-sig")), delimiter=";"))
    assert rows[1][:2] == ["4", "the date of the order cannot be read"]
    assert rows[2][:2] == ["5", "the amount cannot be read"]
    assert '\'=HYPERLINK("http://evil")' in rows[2]
    await manager.click("XLSX", message=looked)
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
    await scene.creator.expect("News of your orders")
    await scene.creator.expect_nothing()
    assert scene.creator.count("News of your orders") == 1


async def test_a_strange_table_is_set_right_column_by_column(scene: Scene) -> None:
    manager = scene.manager
    await manager.send("/import")
    await manager.expect("Send the file to this chat")
    await manager.send("here you are")
    await manager.expect("Send the file to this chat")
    await manager.send_document(
        "kassa.csv", table("Чек;Когда;Почём;Кто", "7;21.11.2026;9 000;AIGERIM10")
    )
    await manager.expect("I did not find these columns")

    for field, column in (
        ("Order number", "Чек"),
        ("Date of the order", "Когда"),
        ("Amount", "Почём"),
    ):
        await manager.click(field)
        await manager.expect("Which column of your file is it?")
        await manager.click(column)
        await manager.expect(f"{field} ← {column}")
    await manager.expect("Are these orders delivered, or only placed?")
    await manager.click("All are delivered")
    await manager.expect("none, all are: confirmed")
    await manager.click("In the store")
    await manager.click("Change the columns")
    await manager.click("Promo code ←")
    await manager.click("Кто")
    ready = await manager.expect("Promo code ← Кто")
    assert "7 · 21.11.2026 · 9,000\u00a0₸ · confirmed · AIGERIM10" in ready.text
    await manager.click("Take the orders in")

    await manager.expect("Credited to creators: 1")
    assert scene.stage.sandbox.unanswered == []


async def test_a_column_that_makes_no_sense_is_refused_and_the_one_before_stays(
    scene: Scene,
) -> None:
    manager = scene.manager
    lines = (f"{n};{n}0000000;21.11.2026;9 000;Новый" for n in range(1, 9))
    await manager.send_document("o.csv", table("Номер;Счёт;Дата;Сумма;Статус", *lines))
    await manager.expect("Order number ← Номер")
    await manager.click("Change the columns")
    await manager.click("Order number ←")

    await manager.click("Счёт")

    shown = await manager.expect("The order numbers are damaged")
    assert "Order number ← Номер" in shown.text


async def test_the_brands_own_words_for_statuses_are_asked_and_learnt(scene: Scene) -> None:
    manager = scene.manager
    await manager.send_document(
        "o.csv", table("Номер;Дата;Сумма;Статус", "1;21.11.2026;9 000;Ок, <забрали>")
    )
    await manager.click("Kaspi")
    await manager.expect("Statuses that I do not know: «Ок, <забрали>»")

    await manager.click("What do the statuses mean?")
    await manager.click("Ок, <забрали>")
    await manager.expect("What does «Ок, <забрали>» mean?")
    await manager.click("confirmed")

    learnt = await manager.expect("1 · 21.11.2026 · 9,000\u00a0₸ · confirmed")
    assert "Statuses that I do not know" not in learnt.text


async def test_a_kaspi_export_asks_nothing(scene: Scene) -> None:
    await scene.manager.send_document("ArchiveOrders.xlsx", kaspi({}))
    shown = await scene.manager.expect("Recognised: Kaspi seller cabinet, XLSX file")

    assert "Where it was bought: Kaspi" in shown.text
    assert "Change the columns" not in shown.labels
    await scene.manager.click("Take the orders in")
    await scene.manager.expect("New orders: 1")


async def test_a_shopify_export_is_recognised(scene: Scene) -> None:
    await scene.manager.send_document("orders_export.csv", shopify(SHOPIFY_ORDER))

    shown = await scene.manager.expect("Recognised: Shopify, CSV file")
    assert "Where it was bought: Online shop" in shown.text


@pytest.mark.parametrize(
    ("name", "content", "size", "words"),
    [
        ("o.pdf", b"%PDF-1.7", None, "This is not a table of orders"),
        ("o.csv", b" \n", None, "The file is empty"),
        ("o.csv", b"x", 25 * 1024 * 1024, "Your file is larger"),
        (
            "o.csv",
            table("Номер;Дата;Сумма;Статус", *(f"{n},5E+11;1;1;1" for n in range(9))),
            None,
            "Line: 2",
        ),
    ],
)
async def test_a_file_that_is_refused_says_why_and_the_next_one_is_awaited(
    scene: Scene, name: str, content: bytes, size: int | None, words: str
) -> None:
    manager = scene.manager
    await manager.send_document(name, content, size=size)
    await manager.expect(words)

    await manager.send_document("orders.csv", ORDERS)
    await manager.expect("Rows: 4")


async def test_with_several_brands_the_file_waits_until_one_is_named(scene: Scene) -> None:
    second, _ = await a_brand(scene.stage.new_uow, scene.stage.clock(), "Aina")
    async with scene.stage.new_uow() as uow:
        await uow.brands.set_manager(second.id, scene.actor.id, BrandRole.MEMBER)
        await uow.commit()

    await scene.manager.send_document("orders.csv", ORDERS)
    await scene.manager.expect("Whose orders are in the file orders.csv?")
    await scene.manager.click("Aina")

    await scene.manager.expect("orders.csv · Aina")


async def test_a_file_survives_a_restart_and_an_old_button_says_so(
    application: Open, settings: Settings
) -> None:
    async with application() as stage:
        scene = await a_scene(stage)
        await scene.manager.send_document("first.csv", ORDERS)
        old = await scene.manager.expect("first.csv")
        await scene.manager.send_document("second.csv", table(*ORDERS.decode().splitlines()[:2]))
        await scene.manager.expect("second.csv")

    async with application():
        await scene.manager.click("Kaspi", message=scene.manager.last)
        await scene.manager.expect("Where it was bought: Kaspi")
        await scene.manager.click("Kaspi", message=old)
        await scene.manager.expect_alert("out of date")


async def test_an_import_that_a_stop_interrupts_goes_on_in_its_message_after_the_next_start(
    application: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_ROWS", 5)
    header, *_ = ORDERS.decode().splitlines()
    many = table(header, *(f"{n};21.11.2026;10 000;Новый;AIGERIM10" for n in range(2_000)))
    async with application() as stage:
        scene = await a_scene(stage)
        await scene.manager.send_document("many.csv", many)
        await scene.manager.click("Kaspi")
        await scene.manager.click("Take the orders in")
        begun = await scene.manager.expect("is about to be read")
    monkeypatch.setattr(imports, "BATCH_ROWS", 500)

    async with application() as stage:
        await stage.running.jobs.sweep()
        result = await scene.manager.expect("New orders: 2,000", timeout=20)

    assert result.message_id == begun.message_id
    assert "Rewards: 2,000" in result.text


async def test_the_result_comes_though_telegram_was_away_during_the_import(scene: Scene) -> None:
    manager = scene.manager
    await manager.send_document("orders.csv", ORDERS)
    await manager.click("Online shop")
    await manager.expect("Where it was bought")
    scene.stage.sandbox.fail("error", "editMessageText", status=502, times=9)

    await manager.click("Take the orders in")

    await manager.expect("The file orders.csv has been taken in", timeout=20)


async def test_a_creator_is_not_asked_for_order_files(scene: Scene) -> None:
    await scene.creator.send_document("orders.csv", ORDERS)

    await scene.creator.expect("I did not understand that")


async def test_a_file_does_not_disturb_the_form_of_an_offer(scene: Scene) -> None:
    await scene.manager.send("/newoffer")
    await scene.manager.expect("Title in Kazakh")

    await scene.manager.send_document("orders.csv", ORDERS)

    shown = await scene.manager.expect("Title in Kazakh")
    assert "Rows" not in shown.text


async def test_a_long_import_shows_how_far_it_is(
    application: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH_ROWS", 20)
    monkeypatch.setattr(jobs, "SHOW_SECONDS", 0.05)
    header, *_ = ORDERS.decode().splitlines()
    many = table(header, *(f"{n};21.11.2026;10 000;Новый;AIGERIM10" for n in range(1_000)))
    async with application() as stage:
        manager = (await a_scene(stage)).manager
        await manager.send_document("many.csv", many)
        await manager.click("Kaspi")
        await manager.click("Take the orders in")

        first = await manager.expect("of 1,000")
        last = await manager.expect("New orders: 1,000", timeout=20)

    assert "Credited to creators" in first.text
    assert first.message_id == last.message_id


async def test_an_archive_with_one_table_is_taken_and_one_with_two_says_what_is_inside(
    scene: Scene,
) -> None:
    manager = scene.manager
    await manager.send_document("march.zip", zipped({"a/orders.csv": ORDERS, "note.txt": b"hi"}))
    await manager.expect("File in the archive: orders.csv")
    await manager.send_document("both.zip", zipped({"march.csv": ORDERS, "april.csv": ORDERS}))
    await manager.expect("Inside: march.csv, april.csv.")

    await manager.send_document("march.csv.gz", gzip.compress(ORDERS))
    shown = await manager.expect("march.csv.gz")
    await manager.click("Kaspi", message=shown)
    await manager.click("Take the orders in")

    await manager.expect("New orders: 2")


KASSA = "Чек;Когда;Почём;Как там;Кто"


async def a_confirmed_shape(manager: Person) -> None:
    """A table of the brand's own words, mapped by hand and taken in once."""
    await manager.send_document("kassa.csv", table(KASSA, "7;21.11.2026;9 000;отдали;AIGERIM10"))
    for field, column in (
        ("Order number", "Чек"),
        ("Date of the order", "Когда"),
        ("Amount", "Почём"),
    ):
        await manager.click(field)
        await manager.click(column)
        await manager.expect(f"{field} ← {column}")
    await manager.click("There is a column with statuses")
    await manager.click("Как там")
    await manager.click("In the store")
    await manager.click("Change the columns")
    await manager.click("Promo code ←")
    await manager.click("Кто")
    await manager.click("What do the statuses mean?")
    await manager.click("отдали")
    await manager.click("confirmed")
    await manager.expect("7 · 21.11.2026 · 9,000\u00a0₸ · confirmed · AIGERIM10")
    await manager.click("Take the orders in")
    await manager.expect("New orders: 1")


async def test_a_header_that_changed_is_asked_about_and_then_known(scene: Scene) -> None:
    manager = scene.manager
    await a_confirmed_shape(manager)
    changed = table("Город;Чек;Когда;Цена, тг;Как там", "Алматы;8;21.11.2026;5 000;отдали")

    await manager.send_document("april.csv", changed)
    shown = await manager.expect("almost as you sent before")

    for words in (
        "The columns have changed since your last file:",
        "the column «Почём» (Amount) is no longer there",
        "the column «Кто» (Promo code) is no longer there",
        "new columns, not used: «Город», «Цена, тг»",
        "Where it was bought: In the store",
        "Order number ← Чек",
        "Promo code ← ❗ not found",
        "Which column is «Amount» now? It was «Почём».",
    ):
        assert words in shown.text, words
    assert "Take the orders in" not in shown.labels
    await manager.click("✅ Цена, тг", message=shown)
    await manager.expect("Which column is «Promo code» now? It was «Кто».")
    await manager.click("There is no such column")
    ready = await manager.expect("8 · 21.11.2026 · 5,000\u00a0₸ · confirmed")
    assert "new columns, not used: «Город»" in ready.text
    await manager.click("Take the orders in", message=ready)
    await manager.expect("New orders: 1")

    await manager.send_document("may.csv", changed)
    again = await manager.expect("as you sent before")
    assert "have changed" not in again.text
    assert scene.stage.sandbox.unanswered == []


async def test_a_column_that_is_there_twice_is_said(scene: Scene) -> None:
    data = table("Номер;Дата;Сумма;Сумма;Статус", "1;21.11.2026;5 000;7 000;Новый")

    await scene.manager.send_document("o.csv", data)

    await scene.manager.expect("Amount ← Сумма (the first of several with this name)")


async def test_columns_that_only_moved_are_said_and_not_asked(scene: Scene) -> None:
    manager = scene.manager
    await a_confirmed_shape(manager)

    await manager.send_document(
        "april.csv",
        table("Когда;Чек;Почём;Скидка;Как там;Кто", "21.11.2026;8;5 000;0;отдали;AIGERIM10"),
    )
    shown = await manager.expect("all that are needed are there:")

    assert "new columns, not used: «Скидка»" in shown.text
    assert "columns have changed places" in shown.text
    assert "8 · 21.11.2026 · 5,000\u00a0₸ · confirmed · AIGERIM10" in shown.text
    await manager.click("This is another table", message=shown)
    await manager.expect("I did not find these columns")
