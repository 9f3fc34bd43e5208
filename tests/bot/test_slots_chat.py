"""Slots through the chat: set up by a manager, waited for and taken by creators."""

from __future__ import annotations

from bot.callbacks.brand_creators import OfferCreators
from bot.callbacks.slots import BookSlot, EndTurn, OwnSlot, OwnStep, SlotBoard
from core.orders import Place
from core.people import Locale
from core.usecases.slots import run_slots
from tests.bot.conftest import Stage
from tests.bot.test_handles_chat import market


async def test_slots_are_set_up_in_russian_and_taken_in_order(stage: Stage) -> None:
    _, manager, dana, (_, second), offer = await market(stage, Locale.RU)
    await manager.tap(OfferCreators(offer=offer).pack())
    await manager.expect("Марат <3")
    await manager.click("Слоты")
    await manager.expect("Маркетплейс разрешает магазину лишь несколько")
    await manager.click("Настроить слоты")
    await manager.expect("Артикулов или ID пока нет")
    await manager.click("Настройки")
    await manager.expect("Сроки уже занятых слотов не меняются")
    await manager.click("Слотов: 10")
    await manager.expect("Wildberries разрешает около десяти")
    await manager.click("1")
    shown = await manager.expect("Сроки уже занятых слотов не меняются")
    assert "Слотов: 1" in shown.labels
    await manager.click("Назад")
    await manager.expect("Заняли слот: 0")
    await manager.click("Артикулы и ID")
    await manager.expect("Пока нет")
    await manager.click("Добавить артикулы или ID")
    await manager.expect("по одному в строке")
    await manager.send("   ")
    await manager.expect("Отправьте по одному в строке")
    await manager.send("412345678\n412345678")
    await manager.expect("Добавлено: 1.")

    await dana.send("/codes")
    await dana.expect("DANA10")
    await dana.click("DANA10 · Qyran")
    await dana.expect("Ваш промокод: DANA10")
    await dana.click("Слоты")
    await dana.expect("В очереди: 0. Вас в ней нет.")
    await dana.click("Встать в очередь")
    await dana.expect("Для вас освободился слот. Возьмите его до 23.11.2026")
    told = await dana.expect("освободился слот: Уход за лицом")
    await dana.click("Взять слот", message=told)
    taken = await dana.expect("Слот ваш.")
    assert "412345678" in taken.text
    assert "21.11.2026 – 20.12.2026" in taken.text
    await dana.click("Взять слот", message=told)
    await dana.expect_alert("Экран устарел")

    await manager.expect("Дана занимает слот: Wildberries")
    await manager.tap(BookSlot(enrolment=second).pack())
    await manager.expect("Слот · Марат <3")
    await manager.click("Дать слот")
    await manager.expect("В эти дни все слоты заняты")
    await manager.send("05.01.2027 – 10.01.2027")
    await manager.expect("05.01.2027 – 10.01.2027")
    await manager.click("Дать слот")
    shown = await manager.expect("Заняли слот: 2")
    await manager.click("✕ Дана", message=shown)
    await manager.expect("Освободить слот?")
    await manager.click("Да")
    await manager.expect("Заняли слот: 1")
    await dana.expect("Ваш слот в оффере Уход за лицом, Wildberries, закончился.")


async def test_a_creator_leaves_the_list_in_kazakh_and_others_are_kept_out(stage: Stage) -> None:
    brand, manager, dana, (first, second), _ = await market(stage, Locale.KK)
    await manager.tap(SlotBoard(brand=brand.id, place=Place.WILDBERRIES).pack())
    await manager.expect("Слоттарды баптаңыз")
    await manager.click("Слоттарды баптау")
    await manager.expect("әйтпесе ешкім слот ала алмайды")
    await dana.tap(OwnSlot(enrolment=first).pack())
    await dana.expect("Сіз кезекте тұрған жоқсыз")
    await dana.click("Кезекке тұру")
    await dana.expect("Кезектегі орныңыз: 1, барлығы: 1.")
    assert await run_slots(stage.new_uow, stage.clock) == 0
    await dana.click("Кезектен шығу")
    await dana.expect("Кезектен шығу керек пе?")
    await dana.click("Иә")
    await dana.expect("Сіз кезекте тұрған жоқсыз")

    for forged in (
        OwnSlot(enrolment=second, step=OwnStep.ASK),
        OwnSlot(enrolment=first, step=OwnStep.ACCEPT),
        SlotBoard(brand=brand.id, place=Place.WILDBERRIES),
        BookSlot(enrolment=first, sure=True),
        EndTurn(turn=1, brand=brand.id, place=Place.WILDBERRIES, sure=True),
    ):
        await dana.tap(forged.pack())
        await dana.expect_alert()
