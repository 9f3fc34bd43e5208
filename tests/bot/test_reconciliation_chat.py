"""Both sides see how far a brand's orders are reconciled, what is due, and what silence means."""

from __future__ import annotations

from dataclasses import replace

from bot.callbacks.reconciliation import BrandReconciliation
from core.money import tenge
from core.orders import OrderStatus
from core.usecases.catalogue import catalogue
from core.usecases.deadlines import approve_silent, tell_of_late, warn_of_silence
from tests.bot.conftest import Stage
from tests.bot.test_money_chat import enter
from tests.usecases.order_builders import TEN_PERCENT, Shop, a_reading, a_shop, an_order

MONTH = replace(TEN_PERCENT, auto_approve_days=30)
PENDING, APPROVED, REJECTED, RETURNED = OrderStatus


async def days_later(stage: Stage, days: int) -> None:
    """Time passes, and the sweeps of deadlines run."""
    stage.clock.advance(days=days)
    await tell_of_late(stage.new_uow, stage.clock)
    await warn_of_silence(stage.new_uow, stage.clock)
    await approve_silent(stage.new_uow, stage.clock)


async def a_first_file(stage: Stage) -> Shop:
    shop = await a_shop(stage.new_uow, stage.clock, MONTH, funds=tenge(100_000))
    await a_reading(
        stage.new_uow,
        stage.clock,
        shop,
        an_order("1", PENDING, shop.code),
        an_order("2", PENDING, shop.code),
        an_order("3", APPROVED, shop.code, net=tenge(20_000)),
        an_order("4", PENDING),
    )
    return shop


async def test_after_a_file_both_sides_see_what_it_brought(stage: Stage) -> None:
    shop = await a_first_file(stage)
    manager = await enter(stage, shop.manager, "Manager")
    creator = await enter(stage, shop.creator, "Айгерім")

    await manager.click("Reconciliation")
    shown = await manager.expect("Reconciliation · ")
    for words in (
        "Last: 21.11.2026, 12:00 · orders.csv",
        "Rows: 4 · new: 4",
        "Credited to creators: 3 · without a creator: 1",
        "The next one is due on 28.11.2026.",
        "Waiting for your answer: 2 orders, the oldest of 21.11.2026.",
        "2 orders, 2,000\u00a0₸: confirmed by the terms unless a file comes by the end of 21.12",
    ):
        assert words in shown.text
    await manager.click("Kaspi")
    await manager.expect("New orders: 4")
    await manager.click("Reconciliation")
    await manager.click("How often")
    await manager.expect("Reminders about order files")

    await creator.click("Orders")
    await creator.click("Reconciliation")
    seen = await creator.expect("What brands have reported of your orders.")
    for words in (
        "Last reconciliation: 21.11.2026. The next one is due on 28.11.2026.",
        "In it: 4 rows, credited to creators: 3, not taken: 0",
        "Yours in it: 3 new orders, 1 confirmed; reward 4,000\u00a0₸",
        "Waiting for the shop: 2,000\u00a0₸",
        "If the brand stays silent, what waits is confirmed on 22.12.2026.",
    ):
        assert words in seen.text
    assert "orders.csv" not in seen.text  # the brand's own
    await creator.click(shop.code)
    card = await creator.expect("Last reconciliation: 21.11.2026")
    assert "Yours in it: 3 new orders" in card.text
    assert stage.sandbox.unanswered == []


async def test_a_late_brand_has_that_on_its_offers_until_it_speaks(stage: Stage) -> None:
    shop = await a_first_file(stage)
    manager = await enter(stage, shop.manager, "Manager")
    creator = await enter(stage, shop.creator, "Айгерім")

    async def listed() -> int:
        page = await catalogue(stage.new_uow, stage.clock, actor=shop.creator)
        return page.listings[0].late

    await days_later(stage, 9)
    assert await listed() == 0
    await days_later(stage, 1)
    assert await listed() == 3
    await creator.click("Offers")
    await creator.expect("reconciliation 3 days late")
    await creator.click("Уход за лицом")
    await creator.expect("Reconciliation is 3 days late: the last one was on 21.11.2026.")
    await manager.expect("reconciliation is late")
    await a_reading(stage.new_uow, stage.clock, shop, an_order("1", APPROVED, shop.code))
    assert await listed() == 0
    await creator.send("/offers")
    assert "late" not in (await creator.expect("Offers")).text


async def test_silence_is_warned_of_and_its_approval_is_seen_as_such(stage: Stage) -> None:
    shop = await a_first_file(stage)
    manager = await enter(stage, shop.manager, "Manager")
    creator = await enter(stage, shop.creator, "Айгерім")
    await days_later(stage, 23)
    warned = await manager.expect("no orders have come since 21.11.2026. 2 orders wait")
    assert "by the end of 21.12.2026" in warned.text
    await days_later(stage, 8)
    await manager.expect("2 orders confirmed by the terms")
    note = await creator.expect("2 orders confirmed by the terms")
    assert "Reward: 2,000\u00a0₸" in note.text
    await creator.click("Open", message=note)
    listing = await creator.expect("My orders")
    labels = [label for label in listing.labels if "1,000" in label]
    await creator.click(labels[0], message=listing)
    await creator.expect("Confirmed by the terms on 22.12.2026: the brand was silent.")


async def test_another_brands_reconciliation_is_refused(stage: Stage) -> None:
    shop = await a_first_file(stage)
    other = await a_shop(stage.new_uow, stage.clock, name="Дана")
    forged = BrandReconciliation(brand=int(shop.brand.id)).pack()
    for person in (
        await enter(stage, other.manager, "Other"),
        await enter(stage, shop.creator, "Айгерім"),
    ):
        await person.tap(forged)
        await person.expect_alert()
