"""The kept form of an offer: stored per manager, previewed, handed in exactly once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from core.errors import BadInput, DraftIncomplete, NotAllowed, OutOfDate
from core.ids import BrandId
from core.notifications import NoteKind
from core.offer_forms import OfferForm, Step
from core.offers import Offer, OfferState
from core.people import Actor, Brand
from core.ports import UnitOfWorkFactory
from core.usecases.drafts import (
    Purpose,
    drop_form,
    load_form,
    preview_form,
    publish_form,
    save_form,
    take_up,
)
from core.usecases.offers import brand_offers, review_offer, store_picture
from tests.builders import a_brand, a_moderator, told
from tests.conftest import FrozenClock
from tests.unit.test_offer_forms import filled

Kept = tuple[Brand, Actor, OfferForm]


@pytest.fixture
async def kept(new_uow: UnitOfWorkFactory, clock: FrozenClock) -> Kept:
    """A brand, its manager, and the manager's filled form."""
    brand, manager = await a_brand(new_uow, clock())
    form = filled(OfferForm(brand=brand.id))
    await save_form(new_uow, clock, actor=manager, form=form)
    return brand, manager, form


async def offers_of(new_uow: UnitOfWorkFactory, manager: Actor, brand: Brand) -> list[Offer]:
    """What the brand has."""
    found, _ = await brand_offers(new_uow, actor=manager, brand=brand.id)
    return list(found)


async def test_a_form_is_kept_until_it_is_dropped(new_uow: UnitOfWorkFactory, kept: Kept) -> None:
    _, manager, form = kept
    assert await load_form(new_uow, actor=manager) == form

    await drop_form(new_uow, actor=manager)

    assert await load_form(new_uow, actor=manager) is None


async def test_a_form_is_for_ones_own_brand_only(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, kept: Kept
) -> None:
    _, manager, form = kept
    stranger = replace(manager, brands=())

    assert await load_form(new_uow, actor=stranger) is None
    with pytest.raises(NotAllowed):
        await save_form(new_uow, clock, actor=stranger, form=form)
    with pytest.raises(NotAllowed):
        await preview_form(new_uow, actor=stranger, form=replace(form, brand=BrandId(99)))


async def test_preview_shows_the_offer_with_its_picture(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, kept: Kept
) -> None:
    brand, manager, form = kept
    png = b"\x89PNG\r\n\x1a\n..."
    upload = await store_picture(new_uow, clock, actor=manager, name="a.png", data=png)

    card = await preview_form(new_uow, actor=manager, form=form.picture(upload))

    assert (card.brand, card.picture, card.open) == (brand, png, True)
    with pytest.raises(DraftIncomplete):
        await preview_form(new_uow, actor=manager, form=OfferForm(brand=brand.id))


async def test_publishing_calls_the_moderators_and_uses_the_form_up(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, kept: Kept
) -> None:
    brand, manager, _ = kept
    moderator = await a_moderator(new_uow, clock())

    offer = await publish_form(new_uow, clock, actor=manager)

    assert offer.state is OfferState.REVIEW
    assert await load_form(new_uow, actor=manager) is None
    assert await told(new_uow, moderator) == [NoteKind.OFFER_SUBMITTED]
    assert [one.id for one in await offers_of(new_uow, manager, brand)] == [offer.id]


async def test_five_taps_publish_one_offer(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, kept: Kept
) -> None:
    brand, manager, _ = kept
    taps = [publish_form(new_uow, clock, actor=manager) for _ in range(5)]

    outcomes = await asyncio.gather(*taps, return_exceptions=True)

    assert sum(isinstance(outcome, Offer) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, OutOfDate) for outcome in outcomes) == 4
    assert len(await offers_of(new_uow, manager, brand)) == 1


async def test_a_draft_whose_last_day_has_passed_is_not_published_and_stays(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, kept: Kept
) -> None:
    brand, manager, _ = kept
    clock.advance(days=60)

    with pytest.raises(BadInput) as refusal:
        await publish_form(new_uow, clock, actor=manager)

    assert refusal.value.field == "ends_past"
    assert await load_form(new_uow, actor=manager) is not None
    assert await offers_of(new_uow, manager, brand) == []


async def test_a_rejected_offer_is_corrected_and_not_doubled(
    new_uow: UnitOfWorkFactory, clock: FrozenClock, kept: Kept
) -> None:
    brand, manager, _ = kept
    moderator = await a_moderator(new_uow, clock())
    offer = await publish_form(new_uow, clock, actor=manager)
    assert offer.id is not None
    with pytest.raises(OutOfDate):
        await take_up(new_uow, clock, actor=manager, offer=offer.id, how=Purpose.CORRECT)
    await review_offer(
        new_uow, clock, actor=moderator, offer=offer.id, approve=False, note="no price"
    )

    form = await take_up(new_uow, clock, actor=manager, offer=offer.id, how=Purpose.CORRECT)
    form = form.answer(Step.COMMISSION, "15%", today=date(2026, 11, 21))
    await save_form(new_uow, clock, actor=manager, form=form)
    again = await publish_form(new_uow, clock, actor=manager)

    assert (again.id, again.state) == (offer.id, OfferState.REVIEW)
    assert (again.terms.rule.percent_bps, again.terms.version) == (1500, 2)
    assert len(await offers_of(new_uow, manager, brand)) == 1
