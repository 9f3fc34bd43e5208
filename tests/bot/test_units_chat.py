"""Units of a report through the chat: the offer, the file and the card say so."""

from __future__ import annotations

from dataclasses import replace

from bot.callbacks.brand_handles import HandleList
from core.people import Locale
from core.usecases.enrolments import take_offer
from core.usecases.handles import look_back
from tests.bot.conftest import Stage
from tests.bot.test_offers_and_codes import TITLES
from tests.builders import a_brand, a_creator, an_offer
from tests.usecases.test_handles import UNITS
from tests.usecases.test_units import a_report

MOMENT = "💰 Маркетплейстің сыртқы трафик есебі Сіздің UTM белгіңіз бойынша санаған әр дана үшін"


async def test_a_report_of_traffic_pays_by_units_and_both_sides_read_so(stage: Stage) -> None:
    manager = stage.sandbox.person("Manager", language_code="ru")
    brand, _ = await a_brand(stage.new_uow, stage.clock(), manager_id=manager.id, locale=Locale.RU)
    offer = await an_offer(
        stage.new_uow, stage.clock(), brand.id, replace(UNITS, texts=TITLES, discount_bps=0)
    )
    assert offer.id
    dana = stage.sandbox.person("Дана", language_code="kk")
    actor = await a_creator(stage.new_uow, stage.clock(), "Дана", telegram_id=dana.id)
    card = await take_offer(stage.new_uow, stage.clock, actor=actor, offer=offer.id)
    await dana.start(f"o_{offer.id}")
    shown = await dana.expect("Төлем тапсырыспен емес, есептегі данамен есептеледі")
    assert MOMENT in shown.text
    assert "Мысалы" not in shown.text

    await manager.send("/menu")
    await manager.expect("Üles")
    await manager.tap(HandleList(enrolment=card.enrolment.id).pack())
    shown = await manager.expect("Артикулы, ID и метки")
    assert any("UTM-метки" in label for label in shown.labels)
    assert not any("SKU" in label for label in shown.labels)
    await manager.click("Закрепить UTM-метки")
    await manager.expect("столбец Content")
    await manager.send("aigerim")
    await manager.expect("Свободно: 1")
    await manager.click("Закрепить · 1")
    await manager.expect("Закреплено: 1.")
    await look_back(stage.new_uow, stage.clock)

    stage.clock.advance(days=1)
    await manager.send_document("traffic.xlsx", a_report(("21.11.2026", "aigerim", 5, 20_000)))
    shown = await manager.expect("Ozon, отчёт о внешнем трафике: штуки, не заказы")
    assert "штуки по метке aigerim, 21.11.2026" in shown.text
    await manager.click("Загрузить")
    await manager.expect("Новых заказов: 1")

    await dana.send("/orders")
    await dana.expect("Тапсырыстар")
    await dana.click("1\u00a0500\u00a0₸")
    shown = await dana.expect("aigerim белгісі бойынша даналар")
    assert "300\u00a0₸ × есептегі 5 дана" in shown.text
    assert "Төлем тапсырыспен емес" in shown.text
