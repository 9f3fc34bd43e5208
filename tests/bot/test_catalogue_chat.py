"""Looking for an offer in the chat: words, orders, saved ones, and sharing."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.callbacks.offers import Catalogue, OfferCard, SavedOffers, SearchOffers
from bot.handlers.catalogue import WORDS_MAX
from bot.i18n import translator
from bot.screens import catalogue as screens
from bot.screens.base import TEXT_LIMIT, visible
from core.catalogue import Listing, Order, Page
from core.ids import OfferId
from core.offers import TITLE_MAX, OfferState, OfferText
from core.people import Locale
from core.usecases.offers import pause_offer
from scripts.sandbox import Person
from tests.bot.conftest import Stage
from tests.builders import DRAFT, a_brand, a_creator, an_offer


async def creator(stage: Stage, locale: Locale = Locale.EN) -> Person:
    person = stage.sandbox.person("Айгерім", language_code=str(locale))
    await a_creator(stage.new_uow, stage.clock(), telegram_id=person.id, locale=locale)
    return person


async def titled(stage: Stage, *titles: str) -> list[OfferId]:
    brand, _ = await a_brand(stage.new_uow, stage.clock())
    made = []
    for title in titles:
        texts = {locale: OfferText(title=title, description="d") for locale in Locale}
        offer = await an_offer(stage.new_uow, stage.clock(), brand.id, replace(DRAFT, texts=texts))
        made.append(offer.id or OfferId(0))
    return made


async def test_a_search_by_words_page_by_page_and_back_from_a_card(stage: Stage) -> None:
    await titled(stage, "Ұялы телефон", *(f"Көкше балы {number}" for number in range(8)))
    person = await creator(stage)

    await person.send("/offers")
    await person.expect("Көкше балы 7")
    await person.click("Search")
    await person.expect("What are you looking for?")
    await person.send("🙂 !")
    await person.expect("There is no word in this")
    await person.send("кокше БАЛЫ")
    found = await person.expect("Search · “кокше БАЛЫ”")
    assert "Көкше балы 7" in found.text
    assert "телефон" not in found.text
    await person.click("Next")
    second = await person.expect("Көкше балы 0")
    await person.click("Көкше балы 0")
    await person.expect("You get 10% of every order")
    await person.click("Back")
    assert (await person.expect("Көкше балы 0")).text == second.text
    await person.click("End the search")
    assert "Offers · For me" in (await person.expect("Көкше балы 7")).text


async def test_a_search_can_be_left_and_says_what_to_try_when_nothing_is_found(
    stage: Stage,
) -> None:
    await titled(stage, "Шай")
    person = await creator(stage)
    await person.send("/offers")
    await person.expect("Шай")

    await person.click("Search")
    await person.expect("What are you looking for?")
    await person.click("Cancel")
    await person.expect("Offers · For me")
    await person.send("Шай")  # no search is open: it is no answer to anything
    await person.expect("I did not understand")
    await person.tap(SearchOffers(category=None, place=None).pack())
    await person.expect("What are you looking for?")
    await person.send("велосипед " * 30)
    nothing = await person.expect("Nothing was found. Try one word")
    assert len(nothing.text) < 400 + WORDS_MAX
    await person.send("/cancel")
    await person.tap(Catalogue(found=True).pack())  # an old button, the words are forgotten
    await person.expect("Offers · For me")


async def test_a_saved_offer_waits_in_the_list_until_it_is_let_go(stage: Stage) -> None:
    offers = await titled(stage, "Шай", "Кофе")
    person = await creator(stage)

    await person.send("/offers")
    await person.expect("Шай")
    await person.click("Saved")
    await person.expect("Nothing is saved yet")
    await person.click("All offers")
    await person.expect("Offers · For me")
    await person.click("Шай")
    await person.expect("You get 10% of every order")
    await person.click("Save")
    card = await person.expect("Шай")
    assert "🔖 Remove from saved" in card.labels
    async with stage.new_uow(read_only=True) as uow:
        (manager,) = await uow.brands.managers((await uow.offers.get(offers[0])).brand)
        known = await uow.people.known((await uow.people.get(manager)).telegram_id, consent="")
    assert known
    await pause_offer(stage.new_uow, stage.clock, actor=known[1].actor, offer=offers[0])
    await person.tap(SavedOffers().pack())
    listed = await person.expect("Saved offers")
    assert "closed now" in listed.text
    await person.click("Шай")
    await person.expect("This offer is not open now")
    await person.click("Remove from saved")
    await person.expect("This offer is not open now")
    await person.click("Back")
    await person.expect("Nothing is saved yet")


async def test_an_offer_is_shared_with_words_of_the_sharer_and_opens_for_another(
    stage: Stage,
) -> None:
    (offer,) = await titled(stage, "Шай & Ко")
    person = await creator(stage, Locale.RU)
    other = await creator(stage, Locale.EN)

    await person.send("/offers")
    await person.expect("Шай & Ко")
    await person.tap(OfferCard(offer=offer).pack())
    await person.expect("Вы получаете")
    await person.click("Поделиться")

    asked = parse_qs(urlsplit(person.opened[0]).query)
    words = asked["text"][0]
    assert words.startswith("Шай & Ко, бренд «Qyran». Вознаграждение: 10\u00a0% ")
    assert not other.received
    other.follow(asked["url"][0])
    await other.expect("You get 10% of every order")


async def test_somebody_who_is_no_creator_has_no_list_for_oneself(stage: Stage) -> None:
    await titled(stage, "Шай")
    dana = await stage.person("Dana", Locale.EN)

    await dana.send("/offers")
    assert (await dana.expect("Offers · Newest")).labels[0] == "💄 Шай"
    await dana.click("Newest")
    orders = await dana.expect("Which offers do you want to see first?")

    assert not [label for label in orders.labels if "For me" in label]
    await dana.tap(Catalogue(order=Order.FOR_ME).pack())  # forged
    await dana.expect("Offers · Newest")


@pytest.mark.parametrize("locale", list(Locale))
def test_a_page_of_the_longest_offers_fits(locale: Locale) -> None:
    t = translator(locale)
    draft = replace(
        DRAFT, texts={one: OfferText(title="Ғ" * TITLE_MAX, description="d") for one in Locale}
    )
    offer = replace(draft.offer(1, OfferState.ACTIVE), id=OfferId(2**31 - 1))  # type: ignore[arg-type]
    listing = Listing(offer=offer, brand="Қ" * 60)
    page = Page(listings=(listing,) * 6, order=Order.REWARD, previous=offer.id, next=offer.id)

    screen = screens.catalogue(t, page, Catalogue(found=True), words="ұ" * WORDS_MAX, suits=True)

    assert visible(screen.text) <= TEXT_LIMIT
    assert screen.html == screen.text
    assert screen.keyboard is not None
    assert max(len(row) for row in screen.keyboard.inline_keyboard) <= 2
