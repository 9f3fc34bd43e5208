"""A manager looks at a mistyped code in the chat and credits the order, in Kazakh and Russian."""

from __future__ import annotations

import pytest

from bot.callbacks.near_misses import NearMissAnswer, NearMisses
from bot.i18n import translator
from core.money import tenge
from core.near_misses import Answer
from core.orders import OrderStatus
from core.people import Locale
from core.usecases.people import choose_locale
from tests.bot.conftest import Stage
from tests.usecases.order_builders import a_shop, an_order, books, report

TYPED = "ТАМАРА10"


@pytest.mark.parametrize("locale", [Locale.KK, Locale.RU])
async def test_a_mistyped_code_is_credited_by_two_taps(stage: Stage, locale: Locale) -> None:
    t = translator(locale)
    shop = await a_shop(stage.new_uow, stage.clock, name="Тамара")
    await report(stage.new_uow, stage.clock, shop, an_order("A-1", OrderStatus.APPROVED, TYPED))
    await choose_locale(stage.new_uow, stage.clock, actor=shop.manager, locale=locale)
    manager = stage.sandbox.person("Менеджер", telegram_id=shop.manager.telegram_id)
    manager.state.chat_of(manager.id).started = True

    await manager.send("/orders")
    await manager.click(t.plain("Codes that almost fit"))
    await manager.expect("TAMARA10")
    await manager.click("A-1")
    card = await manager.expect("TAMARA10")
    assert TYPED in card.text
    await manager.click(t.plain("Credit this order"))
    await manager.expect("✅")
    await manager.tap(NearMissAnswer(miss=1, answer=Answer.ORDER).pack())  # once more, late
    await manager.expect_alert("")
    await manager.tap(NearMisses(brand=int(shop.brand.id)).pack())
    await manager.expect(t.plain("All codes in your orders were clear."))

    assert (await books(stage.new_uow, shop)).pending == tenge(1_000)
