"""Articles, ids and tags through the chat: lent by a manager, seen by their creator."""

from __future__ import annotations

from dataclasses import replace

from bot.callbacks.brand_handles import HandleList, OwnHandles, TakeBack
from core.ids import EnrolmentId, OfferId
from core.orders import Place
from core.people import Brand, Locale
from core.usecases.enrolments import take_offer
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.bot.test_offers_and_codes import TITLES
from tests.builders import DRAFT, a_brand, a_creator, an_offer
from tests.sandbox.pictures import png

FILE = "Название;Артикул\nКрем;412345678\nМыло;S-2\n".encode()


async def market(
    stage: Stage, locale: Locale, place: Place = Place.WILDBERRIES
) -> tuple[Brand, Person, Person, list[EnrolmentId], OfferId]:
    """A brand's manager, a creator who chats, and both creators' enrolments."""
    manager = stage.sandbox.person("Manager", language_code=str(locale))
    brand, _ = await a_brand(stage.new_uow, stage.clock(), manager_id=manager.id, locale=locale)
    draft = replace(DRAFT, texts=TITLES, place=place)
    offer = await an_offer(stage.new_uow, stage.clock(), brand.id, draft)
    assert offer.id
    creator = stage.sandbox.person("Дана", language_code=str(locale))
    enrolments = []
    for name, number in (("Дана", creator.id), ("Марат <3", None)):
        actor = await a_creator(
            stage.new_uow, stage.clock(), name, telegram_id=number, locale=locale
        )
        card = await take_offer(stage.new_uow, stage.clock, actor=actor, offer=offer.id)
        enrolments.append(card.enrolment.id)
    for person in (manager, creator):
        await person.send("/menu")  # a bot may write only to whom has written before
        await person.expect("Üles")
    return brand, manager, creator, enrolments, offer.id


async def test_a_manager_lends_articles_in_russian_and_the_creator_sees_them(stage: Stage) -> None:
    _, manager, dana, (first, second), _ = await market(stage, Locale.RU)
    await manager.send("/creators")
    await manager.expect("Блогеры бренда «Qyran»")
    await manager.click("Дана · Уход за лицом")
    await manager.expect("Промокод: DANA10")
    await manager.click("Артикулы, ID и метки")
    await manager.expect("Если в заказах нет промокода")
    await manager.click("Закрепить подменные артикулы")
    await manager.expect("Id подменного артикула")
    await manager.send_photo(png(64, 64))
    await manager.expect("Отправьте по одному в строке")
    await manager.send("412345678\n<b>=1+1\n412345678")
    shown = await manager.expect("Свободно: 2")
    assert "<b>=1+1" in shown.text
    assert "стоит в списке дважды" in shown.text
    await manager.send("когда-нибудь")
    await manager.expect("Отправьте первый день")
    await manager.send("01.11.2026 - 30.11.2026")
    await manager.expect("Срок: 01.11.2026 – 30.11.2026")
    await manager.click("Закрепить · 2")
    listed = await manager.expect("Закреплено: 2.")
    assert "01.11.2026 – 30.11.2026" in listed.text

    told = await dana.expect("бренд закрепил за вами новое")
    assert "412345678" in told.text
    await dana.click("Открыть", message=told)
    await dana.expect("Заказ с одним из них, сделанный в эти дни, ваш")

    await manager.tap(HandleList(enrolment=second).pack())
    await manager.expect("Марат <3")
    await manager.click("Закрепить артикулы (SKU)")
    await manager.expect("CR-50-A")
    await manager.send_document("articles.csv", FILE)
    shown = await manager.expect("Свободно: 1")
    assert "закреплено за блогером Дана" in shown.text
    await manager.click("Закрепить · 1")
    await manager.expect("Закреплено: 1.")

    await manager.tap(HandleList(enrolment=first).pack())
    await manager.expect("412345678")
    await manager.click("✕ 412345678")
    await manager.expect("Снять закрепление 412345678?")
    await manager.click("Да, снять")
    await manager.expect("Закрепление снято")
    await dana.expect("бренд снял закрепление: 412345678")


async def test_a_creator_reads_them_in_kazakh_and_nobody_reaches_anothers(stage: Stage) -> None:
    _, manager, dana, (first, second), _ = await market(stage, Locale.KK, Place.KASPI)
    await manager.tap(HandleList(enrolment=first).pack())
    shown = await manager.expect("Артикулдар, ID, UTM")
    assert not any("лмастырушы" in label or "белгі" in label for label in shown.labels)
    await manager.click("Артикулдарды (SKU) бекіту")
    await manager.expect("Тек осы блогер арқылы сатылатын")
    await manager.send("CR-50")
    await manager.expect("мерзімсіз")
    await manager.click("Бекіту · 1")
    await manager.expect("Бекітілді: 1.")
    await dana.expect("бренд Сізге мынаны бекітті")
    await dana.send("/codes")
    await dana.expect("Менің кодтарым")
    await dana.click("DANA10 · Qyran")
    await dana.expect("Кодыңыз: DANA10")
    await dana.click("Артикулдар, ID, UTM · 1")
    await dana.expect("CR-50")

    await dana.tap(OwnHandles(enrolment=second).pack())
    await dana.expect_alert()
    for forged in (HandleList(enrolment=first), TakeBack(enrolment=first, handle=0, sure=True)):
        await dana.tap(forged.pack())
        await dana.expect_alert()
    await manager.tap(TakeBack(enrolment=first, handle=0, sure=True).pack())
    await manager.expect("Бекіту алып тасталды")
    await manager.tap(TakeBack(enrolment=first, handle=0, sure=True).pack())
    await manager.expect_alert()
