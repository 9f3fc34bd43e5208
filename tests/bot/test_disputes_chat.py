"""Disputes in the chat, in Kazakh and Russian: a creator, followers, a brand, the staff."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.i18n import translator
from bot.screens.claim_refusals import RECEIPT
from core.commissions import CommissionState
from core.money import tenge
from core.orders import OrderStatus
from core.people import Locale, Permission
from core.ports import UnitOfWorkFactory
from core.usecases.dispute_deadlines import move_disputes
from core.usecases.people import choose_locale
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.bot.test_claims_chat import RECEIPT_LINK, photo
from tests.sandbox.pictures import png
from tests.usecases.order_builders import (
    TEN_PERCENT,
    Shop,
    a_reading,
    a_shop,
    an_order,
    books,
    known_orders,
)

PENDING, APPROVED, REJECTED, _ = OrderStatus


async def a_scene(stage: Stage) -> tuple[Shop, Person, Person]:
    """A shop whose creator reads Kazakh and whose manager reads Russian."""
    shop = await a_shop(stage.new_uow, stage.clock)
    await choose_locale(stage.new_uow, stage.clock, actor=shop.manager, locale=Locale.RU)
    creator = stage.sandbox.person("Айгерім", telegram_id=shop.creator.telegram_id)
    manager = stage.sandbox.person("Менеджер", telegram_id=shop.manager.telegram_id)
    for person in (creator, manager):
        person.state.chat_of(person.id).started = True
        await person.send("/menu")
        await person.expect("Üles")
    return shop, creator, manager


async def staff(stage: Stage, right: Permission, name: str = "Қызметкер") -> Person:
    person = await stage.person(name, Locale.RU)
    async with stage.new_uow() as uow:
        ids = await uow.people.by_telegram_ids([person.id])
        await uow.people.grant(ids[person.id], [right])
        await uow.commit()
    person.state.chat_of(person.id).started = True
    await person.send("/menu")
    await person.expect("Üles")
    return person


async def sweep(stage: Stage) -> None:
    await move_disputes(stage.new_uow, stage.clock, times=stage.settings.dispute_times)


async def test_a_missing_order_is_found_through_followers_and_credited(stage: Stage) -> None:
    shop, creator, manager = await a_scene(stage)
    new_uow: UnitOfWorkFactory = stage.new_uow
    await a_reading(
        new_uow,
        stage.clock,
        shop,
        an_order("712155089", APPROVED),
        an_order("712155090", APPROVED, shop.code),
        an_order("712159999", REJECTED),
    )
    stage.clock.advance(hours=1)
    await creator.send("/codes")
    await creator.click(shop.code)
    await creator.click("Тапсырысым көрінбейді")
    await creator.expect("Жауап беру мерзімі: 10 күн")
    await creator.click("Жазылушылардан сұрау")
    told = await creator.expect("жіберіңізші")
    link = re.search(r"t\.me/\S+\?start=(d_\w+)", told.text)
    assert link is not None
    await creator.click("Русский")
    assert "кто вы, не увидит никто" in (await creator.expect("Покупали")).text

    follower = stage.sandbox.person("Follower", language_code="ru")
    await follower.start(link[1])
    await follower.expect("Мы храним только номер")
    await follower.send("мой заказ")
    await follower.expect("Здесь нет номера заказа")
    await follower.send("Заказ № 712155089")
    await follower.expect("Спасибо! Принято: 712155089")
    await follower.send("712155089")
    await follower.expect("Спасибо! Принято")
    await creator.start(link[1])
    await creator.expect("жазылушыларыңызға арналған сілтеме")
    stranger = stage.sandbox.person("Stranger", language_code="kk")
    await stranger.start("d_nothing")
    await stranger.expect("Бұл сілтеме")

    await creator.send("/wallet")
    await creator.click("Даулар")
    await creator.click("№1")
    card = await creator.expect("1 жазылушы жіберді")
    assert "Follower" not in card.text
    await creator.click("Нөмір қосу")
    await creator.send("712155090 712159999 33333 ##")
    await creator.expect("Тағы нөмір бар ма")
    await creator.click("Нөмірді алып тастау")
    await creator.click("33333")
    await creator.click("Дауды жіберу")
    await creator.expect("жабылады")
    await creator.click("Дауды жіберу")
    card = await creator.expect("Брендтің жауап беру мерзімі")
    assert "712155090 – Сіздің есебіңізде · сыйақы" in card.text
    assert "712159999 – бас тартылған не қайтарылған" in card.text
    assert "712155089 – бренд жауабын күтуде" in card.text
    await creator.tap("dsa:1:s:1:0")  # the same tap once more, late

    asked = await manager.expect("Ответьте до")
    assert "блогер Айгерім" in asked.text
    await manager.send("/menu")
    await manager.click("Споры · 1")
    await manager.click("№1")
    card = await manager.expect("номер прислал 1 подписчик")
    assert "как пришёл покупатель, неизвестно; без кода" in card.text
    await manager.click("712155089")
    await manager.click("Засчитать блогеру")
    await manager.expect("Засчитать блогеру Айгерім 1 заказ на 10\u00a0000")
    await manager.click("Ответить так")
    await manager.expect("712155089 – засчитан")
    await manager.tap("dsv:1:1:b:paid::1")  # the same tap once more
    await manager.expect_alert("устарел")

    await creator.expect("бір рет қарсылық білдіре аласыз")
    order = (await known_orders(new_uow, shop))["712155089"]
    assert order.creator == shop.creator.id
    assert order.commission_state is CommissionState.IN_HOLD
    assert (await books(new_uow, shop)).pending == tenge(2_000)
    await creator.send("/wallet")
    await creator.click("Даулар")
    await creator.click("№1")
    await creator.click("Тарихы")
    history = await creator.expect("тарихы")
    for words in (
        "Блогер дау ашты",
        "Дүкен деректері бойынша",
        "Брендке сұрау жіберілді",
        "Бренд жауап берді – есептелді: 1",
    ):
        assert words in history.text


async def test_a_follower_shows_a_photo_of_the_receipt(stage: Stage) -> None:
    shop, creator, _ = await a_scene(stage)
    stage.clock.advance(hours=2)
    await a_reading(stage.new_uow, stage.clock, shop, an_order("712155089", APPROVED))
    await creator.send("/codes")
    await creator.click(shop.code)
    await creator.click("Тапсырысым көрінбейді")
    await creator.click("Жазылушылардан сұрау")
    link = re.search(r"t\.me/\S+\?start=(d_\w+)", (await creator.expect("жіберіңізші")).text)
    assert link is not None

    follower = stage.sandbox.person("Follower", language_code="ru")
    await follower.start(link[1])
    await follower.expect("Мы храним только номер")
    await follower.send_photo(png(400, 400))
    await follower.expect(translator(Locale.RU).plain(RECEIPT["no_qr"]))
    await follower.send_photo(photo("https://kaspi.kz/pay/1"))
    await follower.expect(translator(Locale.RU).plain(RECEIPT["unknown_host"]))
    await follower.send_photo(photo(RECEIPT_LINK))
    await follower.expect("Спасибо!")


async def test_amount_and_silence_and_the_staffs_word(stage: Stage) -> None:
    shop, creator, manager = await a_scene(stage)
    judge = await staff(stage, Permission.FINANCE)
    await a_reading(
        stage.new_uow,
        stage.clock,
        shop,
        an_order("A-1", APPROVED, shop.code),
        an_order("D-1", REJECTED, shop.code),
    )
    rows = await known_orders(stage.new_uow, shop)
    await creator.tap(f"orc:{rows['A-1'].id}:0")
    await creator.click("Сомасы қате")
    await creator.send("5000")
    await creator.expect("Ол қазіргіден көп болуы керек")
    await creator.send("15 000 тг")
    card = await creator.expect("Брендтің жауап беру мерзімі")
    assert "Блогердің айтуынша: 15\u00a0000" in card.text
    await creator.tap(f"dsw:{rows['A-1'].id}:amount:0")
    await creator.send("16 000")
    await creator.expect("Бұл тапсырыс бойынша дау бар")

    await manager.expect("Неверная сумма")
    await manager.click("Открыть")
    await manager.click("A-1")
    await manager.click("Указать другую сумму")
    await manager.send("9 000")
    await manager.expect("больше нынешней")
    await manager.send("14 000")
    await manager.expect("Указать сумму заказа 14\u00a0000")
    await manager.click("Ответить так")
    await manager.expect("сумма теперь 14\u00a0000")
    await creator.expect("жабылды – сомасы түзетілді: 1, 14\u00a0000")
    assert (await books(stage.new_uow, shop)).pending == tenge(1_400)

    await creator.tap(f"orc:{rows['D-1'].id}:0")
    await creator.click("Қате бас тартылған")
    await creator.send("Сатып алушы чек көрсетті")
    await creator.expect("«Сатып алушы чек көрсетті»")
    stage.clock.advance(days=10, hours=1)
    await sweep(stage)
    await creator.expect("оператор қызметкерлері шешеді")
    await judge.expect("бренд не ответил в срок")
    await judge.click("Открыть")
    await judge.click("D-1")
    await judge.click("Заказ в силе")
    await judge.click("Ответить так")
    await judge.expect("считается подтверждённым")
    await manager.expect("сотрудники оператора решили")
    await creator.expect("жабылды – есептелді: 1")
    assert (await books(stage.new_uow, shop)).pending == tenge(2_400)


async def test_an_answer_is_declined_and_objected_to(stage: Stage) -> None:
    shop, creator, manager = await a_scene(stage)
    judge = await staff(stage, Permission.MODERATION)
    await a_reading(stage.new_uow, stage.clock, shop, an_order("5001", APPROVED))
    await creator.tap(f"dsn:{shop.enrolment.id}:0")
    await creator.click("Нөмірлер бар")
    await creator.send("мына тапсырыс")
    await creator.expect("Мұнда тапсырыс нөмірі жоқ")
    await creator.send("5001, 5001")
    await creator.click("Дауды жіберу")
    await creator.expect("жабылады")
    await creator.click("Дауды жіберу")
    await manager.expect("Ответьте до")
    await manager.click("Открыть")
    await manager.click("5001")
    await manager.click("Отклонить")
    await manager.click("другой рекламе")
    await manager.expect("Причина: покупатель пришёл по другой рекламе")
    await manager.click("Ответить так")
    await creator.expect("басқа жарнама арқылы келген")
    await creator.click("Ашу")
    await creator.click("Қарсылық білдіру")
    await creator.send("Ол менің сілтемеммен келген")
    await creator.expect("Оператор қызметкерлері шешеді")
    await judge.expect("блогер не согласен с ответами")
    await judge.send("/menu")
    await judge.click("Споры · 1")
    await judge.click("№1")
    card = await judge.expect("Блогер не согласен с ответом: отклонён")
    assert "Айгерім · Qyran" in card.text
    await judge.click("5001")
    await judge.click("Засчитать блогеру")
    await judge.click("Ответить так")
    await creator.expect("жабылды – есептелді: 1")
    assert (await books(stage.new_uow, shop)).pending == tenge(1_000)


async def test_buttons_of_others_are_refused(stage: Stage) -> None:
    shop, creator, manager = await a_scene(stage)
    other = await a_shop(stage.new_uow, stage.clock, replace(TEN_PERCENT), name="Дана")
    rival = stage.sandbox.person("Rival", telegram_id=other.manager.telegram_id)
    rival.state.chat_of(rival.id).started = True
    await rival.send("/menu")
    await rival.expect("Üles")
    await a_reading(stage.new_uow, stage.clock, shop, an_order("5001", APPROVED))
    await creator.tap(f"dsn:{shop.enrolment.id}:0")
    await creator.click("Нөмірлер бар")
    await creator.send("5001")
    await manager.tap("dsp:1:b:0")  # not sent yet
    await manager.expect_alert()
    await creator.click("Дауды жіберу")
    await creator.expect("жабылады")
    await creator.click("Дауды жіберу")
    await creator.expect("Брендтің жауап беру мерзімі")
    for person in (rival, creator):
        for data in ("dsp:1:b:0", "dsp:1:s:0", "dsv:1:1:b:paid::1", "dsv:1:1:s:paid::1", "sds:w:0"):
            await person.tap(data)
            await person.expect_alert()
    for data in ("dsv:1:1:c:paid::1", "dsa:1:w:1:0", "dsd:1", "dsn:1:0", "dsl:1:1:c"):
        await rival.tap(data)
        await rival.expect_alert()
    assert (await books(stage.new_uow, shop)).pending == tenge(0)
