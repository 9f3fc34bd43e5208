"""Finding offers: in every order, by words, for oneself; and keeping them for later."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.catalogue import Cursor, Filters, Order
from core.commissions import Rule
from core.errors import NotFound
from core.ids import BrandId, OfferId
from core.ledger import top_up
from core.money import Money
from core.offers import Eligibility, Offer, OfferState, OfferText
from core.orders import Place
from core.people import Actor, Category, Locale, Tier
from core.ports import UnitOfWorkFactory
from core.spelling import needles
from core.usecases import catalogue as usecases
from core.usecases.catalogue import catalogue, facets, save_offer, saved_offers
from tests.builders import DRAFT, a_brand, a_creator, a_person, an_offer
from tests.conftest import FrozenClock


async def titled(
    new_uow: UnitOfWorkFactory,
    clock: FrozenClock,
    brand: BrandId,
    kk: str,
    ru: str,
    description: str = "",
) -> OfferId:
    texts = {
        Locale.KK: OfferText(title=kk, description=description),
        Locale.RU: OfferText(title=ru, description=description),
    }
    made = await an_offer(new_uow, clock(), brand, replace(DRAFT, texts=texts))
    assert made.id
    return made.id


async def walk(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, actor: Actor, order: Order, *, limit: int = 3
) -> list[OfferId]:
    """All offers of a list, page after page; turning back must show the same pages."""
    pages = [await catalogue(new_uow, clock, actor=actor, order=order, limit=limit)]
    while pages[-1].next is not None:
        cursor = Cursor(after=pages[-1].next)
        pages.append(
            await catalogue(new_uow, clock, actor=actor, order=order, cursor=cursor, limit=limit)
        )
    for earlier, later in itertools.pairwise(pages):
        assert later.previous is not None
        cursor = Cursor(before=later.previous)
        back = await catalogue(new_uow, clock, actor=actor, order=order, cursor=cursor, limit=limit)
        assert back == earlier
    return [listing.offer.id or OfferId(0) for page in pages for listing in page.listings]


async def test_the_catalogue_shows_open_offers_of_brands_that_can_pay(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    poor, _ = await a_brand(new_uow, clock(), "Poor", funds=Money(0))
    async with new_uow() as uow:  # a tiyn below its credit limit
        await uow.ledger.post([top_up(poor.id, Money(-1), "booked back", clock())])
        await uow.commit()
    day = timedelta(days=1)
    shown = await an_offer(new_uow, clock(), brand.id)
    for draft, state, owner in (
        (DRAFT, OfferState.REVIEW, brand.id),
        (DRAFT, OfferState.PAUSED, brand.id),
        (replace(DRAFT, starts_at=clock() + day), OfferState.ACTIVE, brand.id),
        (replace(DRAFT, ends_at=clock()), OfferState.ACTIVE, brand.id),
        (DRAFT, OfferState.ACTIVE, poor.id),
    ):
        await an_offer(new_uow, clock(), owner, draft, state=state)

    page = await catalogue(new_uow, clock, actor=creator)

    assert [(one.offer.id, one.brand) for one in page.listings] == [(shown.id, "Qyran")]
    assert (page.previous, page.next) == (None, None)
    assert (await facets(new_uow, clock)).categories == {Category.BEAUTY: 1}


async def test_every_order_is_paged_in_both_directions(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    offers: list[Offer] = []
    for number in range(8):  # two of each reward, two of each end; two without an end
        draft = replace(
            DRAFT,
            rule=Rule(percent_bps=1_000 + 100 * (number % 4)),
            ends_at=clock() + timedelta(days=1 + number // 2) if number < 6 else None,
        )
        offers.append(await an_offer(new_uow, clock(), brand.id, draft))
    ids = [offer.id for offer in offers]

    assert await walk(new_uow, clock, creator, Order.NEW) == ids[::-1]
    assert await walk(new_uow, clock, creator, Order.FOR_ME) == ids[::-1]
    assert await walk(new_uow, clock, creator, Order.ENDING) == ids[:6]
    assert await walk(new_uow, clock, creator, Order.REWARD) == [
        ids[place] for place in (7, 3, 6, 2, 5, 1, 4, 0)
    ]


async def test_a_reward_is_that_of_the_terms_in_force(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    percent = await an_offer(new_uow, clock(), brand.id)  # 10 % of 20 000
    fixed = await an_offer(
        new_uow, clock(), brand.id, replace(DRAFT, rule=Rule(fixed_minor=1_500_00))
    )
    assert await walk(new_uow, clock, creator, Order.REWARD) == [percent.id, fixed.id]

    async with new_uow() as uow:
        terms = replace(percent.terms, rule=Rule(percent_bps=500))
        await uow.offers.rewrite(replace(percent, terms=terms), now=clock())
        await uow.commit()

    assert await walk(new_uow, clock, creator, Order.REWARD) == [fixed.id, percent.id]


async def test_filters_narrow_and_count(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    for _ in range(3):
        await an_offer(new_uow, clock(), brand.id)
    shop = replace(DRAFT, place=Place.OWN_SHOP, category=Category.FOOD)
    food = await an_offer(new_uow, clock(), brand.id, shop)

    only = Filters(category=Category.FOOD)
    page = await catalogue(new_uow, clock, actor=creator, order=Order.REWARD, filters=only)
    counts = await facets(new_uow, clock, filters=Filters(place=Place.KASPI))

    assert [one.offer.id for one in page.listings] == [food.id]
    assert counts.categories == {Category.BEAUTY: 3}
    assert counts.places == {Place.KASPI: 3, Place.OWN_SHOP: 1}


async def test_for_me_are_offers_that_a_creator_may_take_in_the_own_categories(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usecases, "FIRST_LOOK", 2)  # several batches for one page
    creator = await a_creator(new_uow, clock(), followers=12_000)
    stranger = await a_person(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    mine: list[OfferId | None] = []
    large = Eligibility(tiers=(Tier.MEGA,))
    for number in range(9):
        for_all = number % 3 == 0
        made = await an_offer(new_uow, clock(), brand.id, eligibility=None if for_all else large)
        mine += [made.id] if for_all else []
    food = await an_offer(new_uow, clock(), brand.id, replace(DRAFT, category=Category.FOOD))

    assert await walk(new_uow, clock, creator, Order.FOR_ME, limit=2) == mine[::-1]
    page = await catalogue(new_uow, clock, actor=creator)
    assert (page.order, len(page.listings)) == (Order.FOR_ME, 3)
    wanted = Filters(category=Category.FOOD)  # a category that is asked for is the creator's wish
    page = await catalogue(new_uow, clock, actor=creator, order=Order.FOR_ME, filters=wanted)
    assert [one.offer.id for one in page.listings] == [food.id]
    for order in (None, Order.FOR_ME):
        page = await catalogue(new_uow, clock, actor=stranger, order=order)
        assert (page.order, page.listings[0].offer.id) == (Order.NEW, food.id)


async def test_a_creator_for_whom_there_is_nothing_sees_what_is_new(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    for _ in range(5):
        await an_offer(new_uow, clock(), brand.id, eligibility=Eligibility(tiers=(Tier.MEGA,)))

    page = await catalogue(new_uow, clock, actor=creator)

    assert (page.order, len(page.listings)) == (Order.NEW, 5)
    monkeypatch.setattr(usecases, "LOOKED_AT_MAX", 3)  # a search that is given up says where
    page = await catalogue(new_uow, clock, actor=creator, order=Order.FOR_ME)
    assert (page.listings, page.next) == ((), OfferId(3))
    page = await catalogue(
        new_uow, clock, actor=creator, order=Order.FOR_ME, cursor=Cursor(after=page.next)
    )
    assert (page.listings, page.next) == ((), None)


QUESTIONS = {
    "кокше": [0],
    "КӨКШЕ": [0],
    "kokshe": [0],
    "уялы": [1],
    "ұялы телефон": [1],
    "qyran": [2, 1, 0],  # the brand
    "қыран": [2, 1, 0],
    "крема": [2],  # in the description, with another ending
    "кокше телефон": [],
    "стиральная": [],
}


async def test_words_are_found_whatever_the_keyboard(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    offers = [
        await titled(new_uow, clock, brand.id, "Көкше балы", "Мёд из Кокшетау"),
        await titled(new_uow, clock, brand.id, "Ұялы телефон", "Сотовый телефон"),
        await titled(new_uow, clock, brand.id, "Бет күтімі", "Уход за лицом", "крем мен бальзам"),
    ]

    for question, places in QUESTIONS.items():
        wanted = Filters(needles=needles(question))
        page = await catalogue(new_uow, clock, actor=creator, order=Order.NEW, filters=wanted)
        found = [one.offer.id for one in page.listings]
        assert found == [offers[place] for place in places], question


async def test_rare_and_common_words_find_the_same(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    for number in range(6):
        await titled(new_uow, clock, brand.id, "Шай", f"Чай {'зелёный' if number % 2 else ''}")
    wanted = Filters(needles=needles("зелёный чай"))

    async def found() -> list[OfferId | None]:
        page = await catalogue(new_uow, clock, actor=creator, order=Order.NEW, filters=wanted)
        return [one.offer.id for one in page.listings]

    by_rare_word = await found()
    monkeypatch.setattr("db.repositories.catalogue.RARE", 2)
    assert by_rare_word == await found() == [6, 4, 2]


async def test_a_new_text_and_a_new_name_are_found_and_the_old_ones_are_not(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, _ = await a_brand(new_uow, clock())
    offer = await titled(new_uow, clock, brand.id, "Шай", "Чай")

    async def finds(question: str) -> bool:
        wanted = Filters(needles=needles(question))
        page = await catalogue(new_uow, clock, actor=creator, order=Order.NEW, filters=wanted)
        return bool(page.listings)

    async with new_uow() as uow:
        known = await uow.offers.get(offer)
        texts = {locale: OfferText(title="Кофе", description="") for locale in known.texts}
        await uow.offers.rewrite(replace(known, texts=texts), now=clock())
        await uow._connection.execute(  # type: ignore[attr-defined]
            sa.text("UPDATE brands SET name = 'Alatau'")
        )
        await uow.offers.reindex(brand.id)
        await uow.commit()

    assert [await finds(word) for word in ("кофе", "алатау", "чай", "қыран")] == [
        True,
        True,
        False,
        False,
    ]


async def test_saved_offers_stay_the_last_saved_first_open_or_not(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usecases, "SAVED_MAX", 4)
    creator = await a_creator(new_uow, clock())
    other = await a_creator(new_uow, clock(), "Дана")
    brand, _ = await a_brand(new_uow, clock())
    offers = [(await an_offer(new_uow, clock(), brand.id)).id or OfferId(0) for _ in range(5)]
    hidden = await an_offer(new_uow, clock(), brand.id, state=OfferState.REVIEW)
    assert hidden.id

    for offer in (*offers, offers[1]):  # the second tap on one changes nothing
        await save_offer(new_uow, clock, actor=creator, offer=offer, keep=True)
    with pytest.raises(NotFound):
        await save_offer(new_uow, clock, actor=creator, offer=hidden.id, keep=True)
    for _ in "12":
        await save_offer(new_uow, clock, actor=creator, offer=offers[3], keep=False)
    async with new_uow() as uow:
        await uow.offers.move(offers[2], OfferState.ACTIVE, OfferState.PAUSED)
        await uow.commit()

    first = await saved_offers(new_uow, clock, actor=creator, limit=2)
    second = await saved_offers(new_uow, clock, actor=creator, limit=2, after=first.next)

    seen = [(one.offer.id, one.open) for page in (first, second) for one in page.listings]
    assert seen == [(offers[4], True), (offers[2], False), (offers[1], True)]
    assert second.next is None
    assert (await saved_offers(new_uow, clock, actor=other)).listings == ()
