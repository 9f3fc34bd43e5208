"""A buyer tells of a purchase, in the chat: number, link, photo and file, in Kazakh and Russian."""

from __future__ import annotations

import io

import pytest
import qrcode
from PIL import Image

from bot.callbacks.claims import AddRegisters, Bought, MyClaims, Registers
from bot.i18n import Translator, translator
from bot.screens.claim_refusals import CLAIM, NUMBER, RECEIPT
from core.claims import Refusal
from core.people import Locale
from core.usecases.claims import end_claims, match_receipts
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.sandbox.pictures import png
from tests.usecases.order_builders import Shop, a_reading, a_shop, an_order, books

FISCAL = "f=010101907421&i=1319093233&s=10000.00&t=20261121T130000"  # NOON + 1 h, Almaty
RECEIPT_LINK = f"https://consumer.oofd.kz/?{FISCAL}"
FORGED_LINK = f"https://consumer.oofd.kz.example.com/?{FISCAL}"
LOCALES = (Locale.KK, Locale.RU)


@pytest.fixture
async def shop(stage: Stage) -> Shop:
    return await a_shop(stage.new_uow, stage.clock)


def photo(*texts: str, angle: float = 4.0) -> bytes:
    """Receipts on a table, photographed."""
    table = Image.new("RGB", (1_400, 700 if len(texts) < 2 else 520), (176, 158, 140))
    for number, text in enumerate(texts):
        drawn = io.BytesIO()
        qrcode.make(text, box_size=6).save(drawn)
        paper = Image.open(drawn).convert("RGB").rotate(angle, expand=True, fillcolor="white")
        table.paste(paper.resize((400, 400)), (20 + 460 * number, 60))
    taken = io.BytesIO()
    table.save(taken, "JPEG", quality=60)
    return taken.getvalue()


async def a_buyer(stage: Stage, shop: Shop, locale: Locale, name: str = "Марат") -> Person:
    """Somebody at the greeting of the creator's link."""
    buyer = await stage.person(name, locale)
    await buyer.start(f"b_{shop.enrolment.slug}")
    await buyer.expect(shop.code)
    return buyer


async def asked(buyer: Person, t: Translator) -> None:
    await buyer.click(t.plain("I have bought"))
    await buyer.expect(t.plain("Send one of these in a message:"))


async def read(stage: Stage, shop: Shop, *numbers: str) -> None:
    """The shop's file comes in."""
    await a_reading(stage.new_uow, stage.clock, shop, *(an_order(number) for number in numbers))
    async with stage.new_uow() as uow:
        await uow.claims.look_again(shop.brand.id)
        await uow.commit()
    await match_receipts(stage.new_uow, stage.clock)
    await end_claims(stage.new_uow, stage.clock)


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_number_is_kept_and_found_when_the_file_comes(
    stage: Stage, shop: Shop, locale: Locale
) -> None:
    t = translator(locale)
    buyer = await a_buyer(stage, shop, locale)
    stage.clock.advance(hours=2)
    await asked(buyer, t)

    await buyer.send("24219509-0020-1")
    await buyer.expect(t.plain(NUMBER["order_kaspi"]))
    await buyer.send("712155089 712155090")
    await buyer.expect(t.plain(NUMBER["order_numbers"]))
    await buyer.send("№ 712 155 089")
    kept = await buyer.expect("712155089")
    assert "04.01.2027" in kept.text  # window and margin after today

    await read(stage, shop, "712155089")
    await buyer.expect(
        t.plain("✅ Your purchase is found and taken into account for the creator. Thank you!")
    )
    await buyer.click(t.plain("My purchases"))
    await buyer.expect(t.plain("Found: it is taken into account for the creator."))
    await buyer.click(t.plain("Tell of a purchase"))
    await buyer.expect(t.plain("Send one of these in a message:"))
    assert (await books(stage.new_uow, shop)).pending.minor == 1_000_00


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_photo_of_a_receipt_finds_its_order(
    stage: Stage, shop: Shop, locale: Locale
) -> None:
    t = translator(locale)
    buyer = await a_buyer(stage, shop, locale)
    stage.clock.advance(hours=2)
    await asked(buyer, t)

    await buyer.send_contact()
    await buyer.expect(t.plain("Send one of these in a message:"))
    await buyer.send_photo(png(400, 400))
    await buyer.expect(t.plain(RECEIPT["no_qr"]))
    await buyer.send_photo(photo(*(f"{RECEIPT_LINK}&n={one}" for one in range(3))))
    await buyer.expect(t.plain(RECEIPT["many_qr"]))
    await buyer.send_photo(photo("https://kaspi.kz/pay/1"))
    await buyer.expect(t.plain(RECEIPT["unknown_host"]))
    await buyer.send_photo(photo(RECEIPT_LINK), "чек возврата")
    await buyer.expect(t.plain(RECEIPT["returned"]))
    await buyer.send_document("чек.pdf", b"%PDF-1.7 nothing", mime_type="application/pdf")
    await buyer.expect(t.plain(RECEIPT["not_picture"]))
    await buyer.send_document("big.png", b"", mime_type="image/png", size=11 * 1024 * 1024)
    await buyer.expect(t.plain(RECEIPT["too_big"]))
    await buyer.send_document("чек.jpg", photo(RECEIPT_LINK), mime_type="image/jpeg")
    kept = await buyer.expect("🕓")
    assert "21.11.2026, 13:00" in kept.text

    await read(stage, shop, "712155089")

    found = await buyer.expect("712155089")
    assert found.text.startswith("✅")
    assert (await books(stage.new_uow, shop)).pending.minor == 1_000_00


@pytest.mark.parametrize("locale", LOCALES)
async def test_forged_strange_old_and_second_receipts_are_refused_in_words(
    stage: Stage, shop: Shop, locale: Locale
) -> None:
    t = translator(locale)
    buyer = await a_buyer(stage, shop, locale)
    other = await a_buyer(stage, shop, locale, "Басқа")
    stage.clock.advance(hours=2)
    await asked(buyer, t)
    await asked(other, t)
    async with stage.new_uow() as uow:
        await uow.claims.add_register(
            shop.brand.id, "010101907421", by=shop.manager.id, now=stage.clock()
        )
        await uow.commit()

    for link, refusal in (
        (FORGED_LINK, Refusal.FORGED),
        (RECEIPT_LINK.replace("010101907421", "620200165500"), Refusal.OTHER_SHOP),
        (RECEIPT_LINK.replace("20261121", "20260101"), Refusal.EARLY),
        (RECEIPT_LINK.replace("20261121", "20270101"), Refusal.FUTURE),
    ):
        await buyer.send(link)
        await buyer.expect(t.plain(CLAIM[refusal]))
    await buyer.send(RECEIPT_LINK)
    await buyer.expect("🕓")
    await other.send(RECEIPT_LINK.replace("consumer.oofd.kz", "consumer.wofd.kz"))
    taken = await other.expect(t.plain(CLAIM[Refusal.RECEIPT_TAKEN]))

    assert any(t.plain("Write to support") in label for label in taken.labels)
    await buyer.send("/purchases")
    mine = await buyer.expect(t.plain("My purchases"))
    assert mine.text.count("✖️") == 4


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_taken_order_and_too_many_tries_are_told_in_words(
    stage: Stage, shop: Shop, locale: Locale
) -> None:
    t = translator(locale)
    buyer = await a_buyer(stage, shop, locale)
    thief = await a_buyer(stage, shop, locale, "Басқа")
    await asked(buyer, t)
    await asked(thief, t)
    await buyer.send("712155089")
    await buyer.expect("712155089")

    await thief.send("712155089")
    await thief.expect(t.plain(CLAIM[Refusal.TAKEN]))
    for number in range(9):
        await thief.send(f"71215509{number}")
        await thief.expect(f"71215509{number}")
    await thief.send("712155099")

    limit = t.plain(
        "That is enough for today: up to {limit} purchases in 24 hours. Go on tomorrow.", limit=10
    )
    await thief.expect(limit)


@pytest.mark.parametrize("locale", LOCALES)
async def test_without_a_link_nobody_is_asked_and_a_forged_button_says_why(
    stage: Stage, shop: Shop, locale: Locale
) -> None:
    t = translator(locale)
    stranger = await stage.person("Бөтен", locale)
    await stranger.send("/purchases")
    await stranger.click(t.plain("Tell of a purchase"))
    await stranger.expect("QR")

    await stranger.tap(Bought(enrolment=shop.enrolment.id).pack())
    await stranger.expect_alert("QR")
    await stranger.send("712155089")  # nothing awaits it

    async with stage.new_uow(read_only=True) as uow:
        known = await uow.people.by_telegram_ids([stranger.id])
        assert await uow.claims.page(known[stranger.id], after=None, limit=5) == []


async def test_a_creators_own_purchase_is_refused(stage: Stage, shop: Shop) -> None:
    creator = stage.sandbox.person("Айгерім", telegram_id=shop.creator.telegram_id)
    await creator.send("/purchases")
    await creator.expect("Сатып алғандарым")

    await creator.tap(Bought(enrolment=shop.enrolment.id).pack())

    await creator.expect_alert(translator(Locale.KK).plain(CLAIM[Refusal.OWN]))


async def test_a_buyer_who_never_chose_a_language_is_answered_in_that_of_the_screen(
    stage: Stage, shop: Shop
) -> None:
    buyer = stage.sandbox.person("Ivan", language_code="ru")
    t = translator(Locale.RU)
    await buyer.start(f"b_{shop.enrolment.slug}")
    await buyer.expect(shop.code)

    await asked(buyer, t)
    await buyer.send("712155089")
    await buyer.expect("🕓")
    stage.clock.advance(days=60)
    await end_claims(stage.new_uow, stage.clock)

    await buyer.expect("⌛")
    assert buyer.last.text.startswith(
        t.plain(
            "⌛ Your purchase was not found in the shop's data: they did not have it until now. "
            "Check the number or send the receipt."
        )
    )


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_manager_names_the_brands_cash_registers(
    stage: Stage, shop: Shop, locale: Locale
) -> None:
    t = translator(locale)
    manager = stage.sandbox.person("Manager", telegram_id=shop.manager.telegram_id)
    await manager.send("/language")
    await manager.click({Locale.KK: "Қазақша", Locale.RU: "Русский"}[locale])
    await manager.send("/company")
    await manager.click(t.plain("Cash registers"))
    await manager.expect(t.plain("No number yet: receipts are told apart by sum and time only."))
    await manager.click(t.plain("Add cash registers"))
    await manager.expect("РНМ" if locale is Locale.RU else "КТН")

    await manager.send("12345")
    await manager.expect(t.plain(NUMBER["register"]))
    await manager.send("010101907421, 620200165500")
    await manager.expect("620200165500")
    await manager.click("🗑 010101907421")
    await manager.click(t.plain("Remove"))
    left = await manager.expect("620200165500")

    assert "010101907421" not in left.text
    stranger = await stage.person("Бөтен", Locale.EN)
    await stranger.send("/menu")
    await stranger.expect("Üles")
    for data in (Registers(brand=shop.brand.id), AddRegisters(brand=shop.brand.id)):
        await stranger.tap(data.pack())
        await stranger.expect_alert("You cannot do this")
    await stranger.tap(MyClaims(after=1).pack())
    await stranger.expect("My purchases")


async def test_a_receipt_that_fits_two_orders_asks_for_the_number(stage: Stage, shop: Shop) -> None:
    t = translator(Locale.KK)
    buyer = await a_buyer(stage, shop, Locale.KK)
    stage.clock.advance(hours=2)
    await asked(buyer, t)
    await buyer.send(RECEIPT_LINK)
    await buyer.expect("21.11.2026, 13:00")
    stage.clock.advance(hours=1)
    await read(stage, shop, "712155089", "712155090")
    await buyer.expect("🔎")

    await buyer.click(t.plain("Tell of a purchase"))
    await buyer.send("712155090")

    await buyer.expect(t.plain("It is taken into account for the creator who brought you there."))
