"""The card of an offer keeps its terms whole, however much a brand has written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.i18n import translator
from bot.screens.base import CAPTION_LIMIT, visible
from bot.screens.offers import offer_card, terms
from core.catalogue import OfferCard
from core.commissions import Rule
from core.ids import BrandId
from core.offers import TEXT_MAX, TITLE_MAX, OfferState, OfferText
from core.orders import Place
from core.people import Brand, Category, Locale
from tests.builders import DRAFT

BRAND = Brand(id=BrandId(1), name="Қ" * 60, legal_name="", bin="", fee_bps=0, credit_limit_minor=0)
EVERYTHING = replace(
    DRAFT,
    texts={
        locale: OfferText(title="Ғ" * TITLE_MAX, description="ұзын сөз & <b> " * (TEXT_MAX // 15))
        for locale in Locale
    },
    category=Category.FASHION,
    place=Place.OWN_SHOP,
    click_param="click_id",
    rule=Rule(percent_bps=1_050, cap_order_minor=5_000_00, cap_month_minor=500_000_00),
    min_order_minor=3_000_00,
    starts_at=datetime(2026, 12, 1, tzinfo=UTC),
    ends_at=datetime(2026, 12, 31, 19, tzinfo=UTC),
)


@pytest.mark.parametrize("locale", list(Locale))
def test_under_a_picture_the_description_gives_way_and_the_terms_stay(locale: Locale) -> None:
    t = translator(locale)
    offer = EVERYTHING.offer(BRAND.id, OfferState.ACTIVE)
    shown = OfferCard(
        offer=offer,
        brand=BRAND,
        picture=b"picture",
        profile_gaps=("consent", "name", "city", "categories", "channel"),
    )

    screen = offer_card(t, shown)

    assert visible(screen.html) <= CAPTION_LIMIT
    assert screen.html == screen.text
    assert "ұзын сөз" in screen.html
    assert all(line in screen.html for line in terms(t, offer))


def test_the_last_day_is_the_day_before_the_midnight_that_ends_it() -> None:
    lines = terms(translator(Locale.EN), EVERYTHING.offer(BRAND.id, OfferState.ACTIVE))

    assert lines[-1] == "📅 From 01.12.2026 to 31.12.2026."


def test_the_card_without_a_picture_shows_the_whole_description() -> None:
    shown = OfferCard(offer=EVERYTHING.offer(BRAND.id, OfferState.ACTIVE), brand=BRAND)

    screen = offer_card(translator(Locale.EN), shown)

    assert screen.html.count("ұзын сөз &amp; &lt;b&gt;") == TEXT_MAX // 15
