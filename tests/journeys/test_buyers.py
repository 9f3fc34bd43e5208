"""A follower behind a creator's link, in Kazakh and Russian: nothing is asked, little is kept."""

from __future__ import annotations

import pytest

from bot.i18n import Translator, translator
from bot.screens.buyer_phone import ONLY_BUTTON
from bot.screens.errors import INPUT
from core.buyers import KeptOfBuyer
from core.evidence import BuyersOfPhone
from core.orders import Place
from core.people import Locale
from core.preparation import PHONE
from core.usecases.buyers import kept_of_buyer
from core.usecases.people import recognise
from scripts.application import Application
from scripts.sandbox import Person
from tests.journeys.conftest import Market

DONE = {Locale.KK: "Тапсырыс бергенде осы нөмірді", Locale.RU: "При заказе укажите этот номер"}
PRESS = {Locale.KK: "Төмендегі «", Locale.RU: "Нажмите кнопку «"}
WHY = {Locale.KK: "Телефон нөмірі не үшін керек?", Locale.RU: "Зачем делиться телефоном?"}
GONE = {Locale.KK: "• телефоныңыздың цифрлық ізі", Locale.RU: "• отпечаток вашего телефона"}
TITLE = {Locale.KK: "Бет күтімі", Locale.RU: "Уход за лицом"}

BOTH = pytest.mark.parametrize("locale", [Locale.KK, Locale.RU])


async def kept(app: Application, person: Person) -> KeptOfBuyer:
    meeting = await recognise(app.new_uow, telegram_id=person.id)
    assert meeting is not None
    return await kept_of_buyer(app.new_uow, actor=meeting.actor)


async def sharers(market: Market, person: Person) -> BuyersOfPhone | None:
    """Who is known under the person's number."""
    digest = market.app.running.box.digest(PHONE, person.profile.phone)
    async with market.app.new_uow(read_only=True) as uow:
        return (await uow.evidence.phones(market.brand.id, Place.KASPI, [digest])).get(digest)


async def a_follower(market: Market, locale: Locale, name: str = "Сатып алушы") -> Person:
    """Somebody unknown who has followed the creator's link."""
    buyer = market.app.sandbox.person(name, language_code=str(locale))
    await buyer.start(f"b_{market.card.enrolment.slug}")
    await buyer.expect(market.card.enrolment.code)
    return buyer


async def at_the_button(market: Market, buyer: Person, t: Translator) -> None:
    """The buyer has agreed and sees Telegram's button."""
    await buyer.click(t.plain("Share my phone"))
    await buyer.expect(WHY[t.locale])
    await buyer.click(t.plain("I agree"))
    await buyer.expect(PRESS[t.locale])
    assert buyer.keyboard[0].body["request_contact"]


@BOTH
async def test_a_follower_finds_everything_in_their_language_without_registering(
    market: Market, locale: Locale
) -> None:
    t = translator(locale)
    buyer = await a_follower(market, locale)

    shown = buyer.last
    assert shown.text.startswith("Жарнама / Реклама.")
    assert TITLE[locale] in shown.text
    (copy,) = [button.copy_text for button in shown.buttons if button.copy_text]
    assert copy == market.card.enrolment.code
    (shop,) = [button.url for button in shown.buttons if button.url]
    assert shop.endswith(f"/r/{market.card.enrolment.slug}?lang={locale}")
    assert t.plain("To the shop") in " ".join(shown.labels)
    (visits,) = (await kept(market.app, buyer)).visits
    assert (visits.brand, visits.count) == (market.brand.id, 1)

    await buyer.click("English")
    await buyer.expect("With it you pay")
    assert (await kept(market.app, buyer)).visits[0].count == 1


async def test_the_creator_is_told_that_the_link_is_their_own(market: Market) -> None:
    await market.creator.start(f"b_{market.card.enrolment.slug}")

    await market.creator.expect("This is a link of your own")
    assert (await kept(market.app, market.creator)).visits == ()


@BOTH
async def test_the_phone_is_kept_as_a_digest_and_nowhere_else(
    market: Market, locale: Locale, caplog: pytest.LogCaptureFixture
) -> None:
    t = translator(locale)
    buyer = await a_follower(market, locale)
    await at_the_button(market, buyer, t)

    caplog.set_level("DEBUG")
    await buyer.click("📱")
    await buyer.expect(DONE[locale])

    found = await sharers(market, buyer)
    assert found is not None
    assert len(found.people) == len(found.touches) == 1
    assert buyer.keyboard == []
    assert not any("contact" in message.body for message in buyer.messages)
    digits = buyer.profile.phone.lstrip("+")
    assert digits not in caplog.text
    assert digits.encode() not in market.app.database.read_bytes()
    mine = await kept(market.app, buyer)
    assert mine.consent is not None
    assert mine.consent.locale is locale


@BOTH
async def test_a_contact_that_is_not_the_senders_is_refused_in_words(
    market: Market, locale: Locale
) -> None:
    t = translator(locale)
    buyer = await a_follower(market, locale)
    friend = market.app.sandbox.person("Досы", language_code=str(locale))
    await at_the_button(market, buyer, t)

    refused = t.plain(INPUT["contact"])
    await buyer.send_contact(of=friend)
    await buyer.expect(refused)
    await buyer.send_contact(forwarded=True)
    await buyer.expect(refused)
    await buyer.send(buyer.profile.phone)
    await buyer.expect(t.plain(ONLY_BUTTON))

    assert await sharers(market, buyer) is None
    assert await sharers(market, friend) is None
    assert not any("contact" in message.body for message in buyer.messages)

    await buyer.click(t.plain("Not now"))
    await buyer.expect(t.plain("All right, the phone is not shared."))
    assert buyer.keyboard == []


@BOTH
async def test_a_contact_out_of_the_blue_is_not_kept_without_the_consent(
    market: Market, locale: Locale
) -> None:
    buyer = await a_follower(market, locale)

    await buyer.send_contact()

    await buyer.expect(WHY[locale])
    assert await sharers(market, buyer) is None


@BOTH
async def test_a_consent_that_is_taken_back_erases_phone_and_visits(
    market: Market, locale: Locale
) -> None:
    t = translator(locale)
    buyer = await a_follower(market, locale)
    await at_the_button(market, buyer, t)
    await buyer.click("📱")
    await buyer.expect(DONE[locale])

    await buyer.send("/mydata")
    await buyer.expect("Айна")
    await buyer.click(t.plain("Erase the phone and visits"))
    await buyer.expect("?")
    assert await sharers(market, buyer) is not None  # nothing happens before the answer
    await buyer.click(t.plain("Yes, erase"))
    await buyer.expect(GONE[locale])

    assert await sharers(market, buyer) is None
    mine = await kept(market.app, buyer)
    assert (mine.visits, mine.shared_at) == ((), None)
    assert mine.consent is not None
    assert mine.consent.withdrawn_at is not None
    await buyer.send_contact()  # the key is still there in some clients
    await buyer.expect(WHY[locale])
    assert await sharers(market, buyer) is None
