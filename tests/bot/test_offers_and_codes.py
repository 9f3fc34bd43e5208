"""Browsing offers, taking one, what comes of it, and SKUs: through the chat."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.callbacks.enrolments import EnrolmentCard, QrPicture
from bot.callbacks.offers import TakeOffer
from core.commissions import Rule
from core.ids import OfferId
from core.offers import Eligibility, OfferText
from core.orders import Place
from core.people import Brand, Category, Locale, Platform
from core.usecases.enrolments import take_offer
from core.usecases.offers import pause_offer, store_picture
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.builders import DRAFT, a_brand, a_creator, an_offer
from tests.sandbox.pictures import png

TITLES = {
    Locale.KK: OfferText(title="Бет күтімі", description="Крем <b> & тері"),
    Locale.RU: OfferText(title="Уход за лицом", description="Крем <b> & кожа"),
    Locale.EN: OfferText(title="Face care", description="Cream <b> & skin"),
}


async def creator(stage: Stage, name: str = "Айгерім", locale: Locale = Locale.EN) -> Person:
    """Somebody with a complete profile."""
    person = stage.sandbox.person(name, language_code=str(locale))
    await a_creator(stage.new_uow, stage.clock(), name, telegram_id=person.id, locale=locale)
    return person


async def market(stage: Stage) -> tuple[Brand, Person, OfferId]:
    """A brand whose manager chats in English, and one offer with a picture."""
    person = stage.sandbox.person("Manager", language_code="en")
    brand, manager = await a_brand(
        stage.new_uow, stage.clock(), manager_id=person.id, locale=Locale.EN
    )
    picture = await store_picture(
        stage.new_uow, stage.clock, actor=manager, name="a.png", data=png(640, 480)
    )
    draft = replace(DRAFT, texts=TITLES, picture=picture)
    offer = await an_offer(stage.new_uow, stage.clock(), brand.id, draft)
    assert offer.id
    return brand, person, offer.id


async def test_a_creator_finds_an_offer_takes_it_and_gets_everything_to_post(stage: Stage) -> None:
    await market(stage)
    aigerim = await creator(stage)

    await aigerim.send("/offers")
    listed = await aigerim.expect("Face care")
    assert "10% of an order" in listed.text
    await aigerim.click("Face care")
    card = await aigerim.expect_photo("Cream <b> & skin")
    assert "For example, an order of 20,000\u00a0₸ brings 2,000\u00a0₸." in card.text
    assert "Buyers save 10% with your code." in card.text
    await aigerim.click("Take the offer")
    picture = await aigerim.expect_photo("AIGERIM10")
    code = await aigerim.expect("The offer is yours!")

    assert "Жарнама / Реклама. «Qyran» ЖШС" in code.text
    assert len(picture.download()) > 10_000
    await aigerim.click("Copy the code", message=code)
    await aigerim.click("Copy the link", message=code)
    await aigerim.click("Copy the label", message=code)
    assert aigerim.copied[0] == "AIGERIM10"
    assert aigerim.copied[1].startswith("http://127.0.0.1:8080/r/")
    assert aigerim.copied[2] == "Жарнама / Реклама. «Qyran» ЖШС"


@pytest.mark.parametrize("locale", list(Locale))
async def test_every_screen_opens_in_every_language(stage: Stage, locale: Locale) -> None:
    _, _, offer = await market(stage)
    aigerim = await creator(stage, locale=locale)
    title = TITLES[locale].title

    await aigerim.send("/offers")
    await aigerim.expect(title)
    await aigerim.click(title)
    await aigerim.expect_photo(title)
    await aigerim.tap(TakeOffer(offer=offer).pack())
    await aigerim.expect_photo("AIGERIM10")
    await aigerim.send("/codes")
    listing = await aigerim.expect(title)
    await aigerim.click("AIGERIM10 · Qyran", message=listing)
    await aigerim.expect(title)


async def test_a_double_tap_shows_the_code_that_the_first_one_gave(stage: Stage) -> None:
    brand, _, offer = await market(stage)
    aigerim = await creator(stage)
    await aigerim.send("/offers")
    shown = await aigerim.expect("Face care")
    take = TakeOffer(offer=offer).pack()

    await asyncio.gather(*(aigerim.tap(take, message=shown) for _ in "12345"))
    await aigerim.expect_photo("AIGERIM10")
    await asyncio.sleep(0.3)

    assert sum(message.has_photo for message in aigerim.received) == 1
    async with stage.new_uow(read_only=True) as uow:
        (held,) = (await uow.enrolments.ownerships(brand.id, ["AIGERIM10"]))["AIGERIM10"]
    assert held.until is None


async def test_filters_narrow_the_catalogue_and_back_returns_to_the_same_page(
    stage: Stage,
) -> None:
    brand, _, _ = await market(stage)
    for number in range(8):
        texts = {locale: OfferText(title=f"Food {number}", description="d") for locale in Locale}
        draft = replace(DRAFT, texts=texts, category=Category.FOOD, place=Place.WILDBERRIES)
        await an_offer(stage.new_uow, stage.clock(), brand.id, draft)
    aigerim = await creator(stage)

    await aigerim.send("/offers")
    await aigerim.expect("Face care")
    await aigerim.click("For me")
    await aigerim.expect("Which offers do you want to see first?")
    await aigerim.click("Newest")
    await aigerim.expect("Food 7")
    await aigerim.click("All categories")
    await aigerim.expect("What do you want to tell")
    await aigerim.click("Food · 8")
    await aigerim.expect("Food 7")
    await aigerim.click("Next")
    second = await aigerim.expect("Food 1")
    assert "Food 2" not in second.text
    assert "Face care" not in second.text
    await aigerim.click("Food 0")
    await aigerim.expect("You get 10% of every order")
    await aigerim.click("Back")
    again = await aigerim.expect("Food 1")
    assert again.text == second.text
    await aigerim.click("Previous")
    await aigerim.expect("Food 7")


async def test_an_offer_for_others_says_what_does_not_fit(stage: Stage) -> None:
    brand, _, _ = await market(stage)
    texts = {locale: OfferText(title="For TikTok", description="d") for locale in Locale}
    await an_offer(
        stage.new_uow,
        stage.clock(),
        brand.id,
        replace(DRAFT, texts=texts, rule=Rule(fixed_minor=2_000_00)),
        eligibility=Eligibility(platforms=(Platform.TIKTOK,)),
    )
    aigerim = await creator(stage)

    await aigerim.send("/offers")
    await aigerim.expect("Face care")
    await aigerim.click("For me")
    await aigerim.expect("Which offers do you want to see first?")
    await aigerim.click("Newest")
    listed = await aigerim.expect("For TikTok")
    assert "2,000\u00a0₸ per order" in listed.text
    await aigerim.click("For TikTok")
    card = await aigerim.expect("a channel on the right platform")

    assert "Take the offer" not in [button.text for button in card.buttons]


async def test_a_newcomer_is_led_to_the_profile(stage: Stage) -> None:
    await market(stage)
    dana = await stage.person("Dana", Locale.EN)

    await dana.send("/offers")
    await dana.expect("Face care")
    await dana.click("Face care")
    card = await dana.expect_photo("Your profile is not complete yet")

    assert any("Finish my profile" in button.text for button in card.buttons)


async def test_a_button_from_an_old_screen_of_a_closed_offer_is_refused(stage: Stage) -> None:
    brand, _, offer = await market(stage)
    aigerim = await creator(stage)
    await aigerim.send("/offers")
    shown = await aigerim.expect("Face care")
    async with stage.new_uow(read_only=True) as uow:
        (person,) = await uow.brands.managers(brand.id)
        manager = await uow.people.get(person)
        known = await uow.people.known(manager.telegram_id, consent="")
    assert known
    await pause_offer(stage.new_uow, stage.clock, actor=known[1].actor, offer=offer)

    await aigerim.tap(TakeOffer(offer=offer).pack(), message=shown)

    assert await aigerim.expect("This offer is not open now")


async def test_a_code_of_somebody_else_does_not_open(stage: Stage) -> None:
    _, _, offer = await market(stage)
    owner = await a_creator(stage.new_uow, stage.clock(), "Дана")
    taken = await take_offer(stage.new_uow, stage.clock, actor=owner, offer=offer)
    stranger = await creator(stage)
    await stranger.send("/codes")
    await stranger.expect("You have no codes yet")

    for forged in (EnrolmentCard, QrPicture):
        await stranger.tap(forged(enrolment=taken.enrolment.id).pack())
        answer = await stranger.expect_alert()
        assert "DANA10" not in answer

    assert stranger.count("DANA10") == 0
