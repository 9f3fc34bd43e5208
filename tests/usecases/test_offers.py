"""Offers from submission to their end, and the catalogue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.catalogue import example
from core.commissions import Rule
from core.errors import (
    BadInput,
    DraftIncomplete,
    NotAllowed,
    NotFound,
    OfferNotActive,
    OutOfDate,
)
from core.ids import BrandId, OfferId
from core.money import tenge
from core.notifications import NoteKind
from core.offers import Eligibility, OfferState, OfferText
from core.people import Locale, Tier
from core.ports import UnitOfWorkFactory
from core.usecases.enrolments import take_offer
from core.usecases.offers import (
    brand_offers,
    end_due_offers,
    end_offer,
    offer_card,
    offers_in_review,
    pause_offer,
    resume_offer,
    review_offer,
    store_picture,
    submit_offer,
    update_offer,
)
from tests.builders import DRAFT, a_brand, a_creator, a_moderator, a_person, an_offer, told
from tests.conftest import FrozenClock

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 32


async def test_a_submitted_offer_waits_for_a_moderator_and_calls_one(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    moderator = await a_moderator(new_uow, clock())
    brand, manager = await a_brand(new_uow, clock())

    offer = await submit_offer(new_uow, clock, actor=manager, brand=brand.id, draft=DRAFT)

    assert offer.state is OfferState.REVIEW
    assert offer.text(Locale.KK).title == "Бет күтімі"
    ((waiting,), after) = await offers_in_review(new_uow, actor=moderator)
    assert (waiting.offer.id, waiting.brand, after) == (offer.id, "Qyran", None)
    assert await told(new_uow, moderator) == [NoteKind.OFFER_SUBMITTED]


async def test_nobody_publishes_for_a_brand_that_is_not_theirs(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, _ = await a_brand(new_uow, clock())
    _, stranger = await a_brand(new_uow, clock(), "Other")
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id

    for attempt in (
        submit_offer(new_uow, clock, actor=stranger, brand=brand.id, draft=DRAFT),
        pause_offer(new_uow, clock, actor=stranger, offer=offer.id),
        end_offer(new_uow, clock, actor=stranger, offer=offer.id),
        review_offer(new_uow, clock, actor=stranger, offer=offer.id, approve=True),
        brand_offers(new_uow, actor=stranger, brand=brand.id),
        offers_in_review(new_uow, actor=stranger),
    ):
        with pytest.raises(NotAllowed):
            await attempt


async def test_an_offer_without_russian_text_or_with_a_past_end_is_refused(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    kazakh_only = replace(DRAFT, texts={Locale.KK: DRAFT.texts[Locale.KK]})
    over = replace(DRAFT, ends_at=clock() - timedelta(days=1))

    with pytest.raises(DraftIncomplete) as refusal:
        await submit_offer(new_uow, clock, actor=manager, brand=brand.id, draft=kazakh_only)
    with pytest.raises(BadInput):
        await submit_offer(new_uow, clock, actor=manager, brand=brand.id, draft=over)

    assert refusal.value.missing == ("text_ru",)


async def test_two_moderators_decide_once(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> None:
    first, second = [await a_moderator(new_uow, clock()) for _ in "12"]
    brand, manager = await a_brand(new_uow, clock())
    offer = await submit_offer(new_uow, clock, actor=manager, brand=brand.id, draft=DRAFT)
    assert offer.id

    results = await asyncio.gather(
        review_offer(new_uow, clock, actor=first, offer=offer.id, approve=True),
        review_offer(new_uow, clock, actor=second, offer=offer.id, approve=False, note="No"),
        return_exceptions=True,
    )

    assert sum(isinstance(result, OutOfDate) for result in results) == 1
    assert len(await told(new_uow, manager)) == 1


async def test_a_rejected_offer_is_repaired_and_its_changed_terms_are_a_new_version(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    moderator = await a_moderator(new_uow, clock())
    brand, manager = await a_brand(new_uow, clock())
    offer = await submit_offer(new_uow, clock, actor=manager, brand=brand.id, draft=DRAFT)
    assert offer.id
    with pytest.raises(BadInput):
        await review_offer(new_uow, clock, actor=moderator, offer=offer.id, approve=False)
    await review_offer(
        new_uow, clock, actor=moderator, offer=offer.id, approve=False, note="Суретті ауыстырыңыз"
    )
    clock.advance(minutes=5)

    better = replace(DRAFT, rule=Rule(percent_bps=1_200))
    again = await update_offer(new_uow, clock, actor=manager, offer=offer.id, draft=better)

    assert (again.state, again.terms.version) == (OfferState.REVIEW, 2)
    assert again.terms.rule.percent_bps == 1_200
    with pytest.raises(OutOfDate):
        await update_offer(new_uow, clock, actor=manager, offer=offer.id, draft=better)
    notes = await told(new_uow, moderator)
    assert notes == [NoteKind.OFFER_SUBMITTED, NoteKind.OFFER_SUBMITTED]


async def test_the_card_says_what_a_creator_lacks(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, manager = await a_brand(new_uow, clock())
    picture = await store_picture(new_uow, clock, actor=manager, name="a.png", data=PNG)
    offer = await an_offer(
        new_uow,
        clock(),
        brand.id,
        replace(DRAFT, picture=picture),
        eligibility=Eligibility(tiers=(Tier.MACRO,), cities=("Астана",)),
    )
    assert offer.id

    card = await offer_card(new_uow, clock, actor=creator, offer=offer.id)

    assert card.open
    assert card.eligibility_gaps == ("tier", "city")
    assert card.profile_gaps == ()
    assert card.picture == PNG
    assert card.brand == brand


async def test_an_offer_in_review_is_hidden_from_whom_it_does_not_concern(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    moderator = await a_moderator(new_uow, clock())
    brand, manager = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id, state=OfferState.REVIEW)
    assert offer.id

    with pytest.raises(NotFound):
        await offer_card(new_uow, clock, actor=creator, offer=offer.id)
    for insider in (manager, moderator):
        assert not (await offer_card(new_uow, clock, actor=insider, offer=offer.id)).open
    with pytest.raises(NotFound):
        await offer_card(new_uow, clock, actor=creator, offer=OfferId(10**9))


async def test_a_paused_offer_takes_nobody_and_comes_back(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, manager = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id

    await pause_offer(new_uow, clock, actor=manager, offer=offer.id)

    with pytest.raises(OfferNotActive):
        await take_offer(new_uow, clock, actor=creator, offer=offer.id)
    with pytest.raises(OutOfDate):
        await pause_offer(new_uow, clock, actor=manager, offer=offer.id)
    await resume_offer(new_uow, clock, actor=manager, offer=offer.id)
    assert (await take_offer(new_uow, clock, actor=creator, offer=offer.id)).enrolment.code


async def test_an_ended_offer_frees_its_codes_at_the_moment_of_its_end(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    creator = await a_creator(new_uow, clock())
    brand, manager = await a_brand(new_uow, clock())
    end = clock() + timedelta(days=3)
    due = await an_offer(new_uow, clock(), brand.id, replace(DRAFT, ends_at=end))
    lasting = await an_offer(new_uow, clock(), brand.id)
    assert due.id
    assert lasting.id
    code = (await take_offer(new_uow, clock, actor=creator, offer=due.id)).enrolment.code
    await take_offer(new_uow, clock, actor=creator, offer=lasting.id)
    await told(new_uow, creator)
    clock.advance(days=3, hours=2)  # the sweep comes late

    count = await end_due_offers(new_uow, clock)
    again = await end_due_offers(new_uow, clock)

    assert (count, again) == (1, 0)
    async with new_uow(read_only=True) as uow:
        (held,) = (await uow.enrolments.ownerships(brand.id, [code]))[code]
        assert held.until == end
        assert (await uow.offers.get(due.id)).state is OfferState.ENDED
        assert (await uow.offers.get(lasting.id)).state is OfferState.ACTIVE
    assert NoteKind.OFFER_ENDED in await told(new_uow, creator)
    assert NoteKind.OFFER_ENDED in await told(new_uow, manager)


async def test_an_offer_is_ended_by_its_manager_once(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    offer = await an_offer(new_uow, clock(), brand.id)
    assert offer.id

    ended = await end_offer(new_uow, clock, actor=manager, offer=offer.id)

    assert ended.state is OfferState.ENDED
    with pytest.raises(OutOfDate):
        await end_offer(new_uow, clock, actor=manager, offer=offer.id)


async def test_a_brand_sees_all_its_offers_page_by_page(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    brand, manager = await a_brand(new_uow, clock())
    states = [OfferState.ENDED, OfferState.ACTIVE, OfferState.REVIEW]
    made = [await an_offer(new_uow, clock(), brand.id, state=state) for state in states]

    first, after = await brand_offers(new_uow, actor=manager, brand=brand.id, limit=2)
    rest, end = await brand_offers(new_uow, actor=manager, brand=brand.id, after=after, limit=2)

    assert [one.id for one in (*first, *rest)] == [one.id for one in reversed(made)]
    assert end is None


async def test_only_pictures_are_kept_as_pictures(
    new_uow: UnitOfWorkFactory, clock: FrozenClock
) -> None:
    _, manager = await a_brand(new_uow, clock())
    nobody = await a_person(new_uow, clock())

    with pytest.raises(BadInput):
        await store_picture(new_uow, clock, actor=manager, name="a.html", data=b"<html>")
    with pytest.raises(NotAllowed):
        await store_picture(new_uow, clock, actor=nobody, name="a.png", data=PNG)


def test_an_offer_speaks_russian_to_whom_it_has_no_text_for() -> None:
    texts = {
        Locale.KK: OfferText(title="kk", description=""),
        Locale.RU: OfferText(title="ru", description=""),
    }

    offer = replace(DRAFT, texts=texts).offer(brand=BrandId(1), state=OfferState.ACTIVE)

    assert [offer.text(locale).title for locale in Locale] == ["kk", "ru", "ru"]


def test_the_example_is_a_sale_that_earns() -> None:
    dear = replace(DRAFT, min_order_minor=tenge(50_000).minor).offer(
        brand=BrandId(1), state=OfferState.ACTIVE
    )

    assert example(dear) == (tenge(50_000), tenge(5_000))
