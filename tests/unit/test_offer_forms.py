"""The form of an offer: what it asks, how it goes back and on, and the draft that comes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.commissions import Rule
from core.errors import BadInput, DraftIncomplete
from core.ids import BrandId, OfferId, TermsId, UploadId
from core.money import tenge
from core.offer_forms import SKIPPABLE, OfferForm, Section, Step
from core.offers import (
    CreditPolicy,
    Eligibility,
    Forbidden,
    Offer,
    OfferState,
    OfferText,
    Promotion,
    Terms,
)
from core.orders import Place
from core.people import Category, LegalStatus, Locale, Platform, Tier
from core.pricing import Rate, RateBy, Rung

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
EMPTY = OfferForm(brand=BrandId(1))
ANSWERS = {
    Step.TITLE_KK: "Тері күтімі",
    Step.TEXT_KK: "Сатып алушыға жеңілдік.",
    Step.TITLE_RU: "Уход за кожей",
    Step.TEXT_RU: "Скидка покупателю.",
    Step.CATEGORY: "beauty",
    Step.PLACE: "own_shop",
    Step.URL: "shop.kz/skin?x=1",
    Step.CLICK_PARAM: "click_id",
    Step.DISCOUNT: "10 %",
    Step.KIND: "percent",
    Step.COMMISSION: "12,5%",
    Step.CAP: "5 000 ₸",
    Step.HOLD: "14",
    Step.WINDOW: "30 күн",
    Step.MIN_ORDER: "3 000",
    Step.STARTS: "1.12",
    Step.ENDS: "31.12",
    Step.PROOF: "yes",
}


def filled(form: OfferForm = EMPTY, **answers: str) -> OfferForm:
    """The form with every question answered that has an answer, at its overview."""
    texts = {step.value: text for step, text in ANSWERS.items()} | answers
    for step in Step:
        if step in texts and step in form.steps:
            form = form.at(step).answer(step, texts[step], today=TODAY)
    return form.opened(None)


def test_a_filled_form_makes_the_offer_that_was_meant() -> None:
    draft = filled().draft()

    assert draft.texts[Locale.KK].title == "Тері күтімі"
    assert set(draft.texts) == {Locale.KK, Locale.RU}
    assert (draft.category, draft.place) == (Category.BEAUTY, Place.OWN_SHOP)
    assert (draft.url, draft.click_param) == ("https://shop.kz/skin?x=1", "click_id")
    assert draft.rule == Rule(percent_bps=1250, cap_order_minor=tenge(5_000).minor)
    assert (draft.discount_bps, draft.min_order_minor) == (1000, tenge(3_000).minor)
    assert (draft.hold_days, draft.window_days, draft.proof_required) == (14, 30, True)
    assert draft.starts_at == datetime(2026, 11, 30, 19, tzinfo=UTC)
    assert draft.ends_at == datetime(2026, 12, 31, 19, tzinfo=UTC)
    draft.demand_publishable(NOW)


def test_optional_questions_can_all_be_skipped() -> None:
    form = EMPTY
    while form.step is not None:
        step = form.step
        if step in SKIPPABLE:
            form = form.skip(step)
        else:
            form = form.answer(step, ANSWERS[step], today=TODAY)

    draft = form.draft()

    assert (draft.discount_bps, draft.click_param, draft.picture) == (0, "", None)
    assert (draft.starts_at, draft.ends_at, draft.rule.cap_order_minor) == (None, None, 0)
    draft.demand_publishable(NOW)


def test_obligatory_question_cannot_be_skipped() -> None:
    with pytest.raises(BadInput):
        EMPTY.skip(Step.TITLE_KK)


def test_form_survives_being_kept_at_any_question() -> None:
    form = EMPTY
    while form.step is not None:
        kept = OfferForm.from_json(json.loads(json.dumps(form.to_json())))
        assert kept == form
        step = form.step
        text = ANSWERS.get(step)
        form = form.skip(step) if text is None else form.answer(step, text, today=TODAY)
    assert OfferForm.from_json(json.loads(json.dumps(form.to_json()))).draft() == form.draft()


def test_a_question_that_is_opened_again_stays_open_when_the_form_is_kept() -> None:
    opened = filled().at(Step.TEXT_KK)

    kept = OfferForm.from_json(json.loads(json.dumps(opened.to_json())))

    assert kept.step is Step.TEXT_KK


def test_click_parameter_is_asked_for_the_own_shop_only() -> None:
    assert Step.CLICK_PARAM in filled().steps

    kaspi = filled(place="kaspi")

    assert Step.CLICK_PARAM not in kaspi.steps
    assert kaspi.draft().click_param == ""


def test_english_description_is_asked_when_there_is_an_english_title() -> None:
    form = filled()
    asked = form.at(Step.TITLE_EN).answer(Step.TITLE_EN, "Skin care", today=TODAY)

    assert asked.step is Step.TEXT_EN
    assert asked.answer(Step.TEXT_EN, "A discount.", today=TODAY).step is None


def test_changed_kind_of_commission_asks_for_its_size_again() -> None:
    form = filled().at(Step.KIND).answer(Step.KIND, "fixed", today=TODAY)

    assert form.step is Step.COMMISSION
    assert Step.CAP not in form.steps
    done = form.answer(Step.COMMISSION, "2 000 ₸", today=TODAY)
    assert done.draft().rule == Rule(fixed_minor=tenge(2_000).minor)


def test_place_that_changes_to_the_own_shop_asks_for_the_click_parameter() -> None:
    kaspi = EMPTY.at(Step.PLACE).answer(Step.PLACE, "kaspi", today=TODAY)
    own = kaspi.at(Step.PLACE).answer(Step.PLACE, "own_shop", today=TODAY)

    assert Step.CLICK_PARAM not in kaspi.walk
    assert Step.CLICK_PARAM in own.walk


def test_one_can_go_back_at_every_question_up_to_the_first() -> None:
    form = EMPTY.answer(Step.TITLE_KK, "Атау", today=TODAY).answer(
        Step.TEXT_KK, "Мәтін", today=TODAY
    )

    earlier = form.back()
    assert earlier is not None
    first = earlier.back()

    assert earlier.step is Step.TEXT_KK
    assert first is not None
    assert first.back() is None
    assert first.answer(Step.TITLE_KK, "Жаңа атау", today=TODAY).step is Step.TITLE_RU


def test_back_from_a_question_of_a_section_leads_to_the_section_and_then_to_the_overview() -> None:
    inside = filled().at(Step.URL).back()
    assert inside is not None
    outside = inside.back()

    assert (inside.step, inside.section) == (None, Section.BASICS)
    assert outside is not None
    assert (outside.step, outside.section, outside.back()) == (None, None, None)


def test_the_shortest_way_asks_what_is_needed_and_little_more() -> None:
    form, asked = EMPTY, []
    while form.step is not None:
        step = form.step
        asked.append(step)
        if step in SKIPPABLE:
            form = form.skip(step)
        else:
            form = form.answer(step, ANSWERS[step], today=TODAY)

    assert len(asked) == 13
    assert form.complete
    draft = form.draft()
    assert (draft.hold_days, draft.window_days, draft.proof_required) == (14, 30, True)


def test_everything_that_a_manager_settles_is_in_the_offer_and_comes_back() -> None:
    form = filled()
    for step, text in (
        (Step.CATEGORY_RATES, "Наушники – 5 %\nЧехлы: 12"),
        (Step.SKU_RATES, "SKU-1 7,5%"),
        (Step.LADDER, "10 – 15 %; 30 заказов: 20 %"),
        (Step.FIRST_ORDER, "18"),
        (Step.CAP_MONTH, "300 000"),
        (Step.BUDGET, "1 млн"),
        (Step.ADMISSION, "approval"),
        (Step.TIERS, "micro"),
        (Step.TIERS, "nano"),
        (Step.FOLLOWERS, "3к"),
        (Step.LANGUAGES, "kk"),
        (Step.CITIES, "астана, Сарань"),
        (Step.LEGAL, "self_employed"),
        (Step.PLATFORMS, "tiktok"),
        (Step.FORBIDDEN, "spam"),
        (Step.FORBIDDEN_OWN, "сравнивать с другими"),
        (Step.CREDIT, "last_touch"),
        (Step.NOTICE, "30"),
        (Step.MEDIA_LINK, "disk.kz/a"),
    ):
        form = form.at(step).answer(step, text, today=TODAY)
    draft = form.at(Step.MEDIA_FILES).with_file(UploadId(4), "logo.png").draft()

    draft.demand_publishable(NOW)
    assert draft.rule == Rule(
        percent_bps=1_250,
        cap_order_minor=tenge(5_000).minor,
        cap_month_minor=tenge(300_000).minor,
        budget_minor=tenge(1_000_000).minor,
        first_order=1_800,
        ladder=(Rung(orders=10, worth=1_500), Rung(orders=30, worth=2_000)),
        rates=(
            Rate(by=RateBy.CATEGORY, name="Наушники", percent_bps=500),
            Rate(by=RateBy.CATEGORY, name="Чехлы", percent_bps=1_200),
            Rate(by=RateBy.SKU, name="SKU-1", percent_bps=750),
        ),
    )
    assert draft.eligibility == Eligibility(
        tiers=(Tier.NANO, Tier.MICRO),
        cities=("Астана", "Сарань"),
        languages=(Locale.KK,),
        platforms=(Platform.TIKTOK,),
        min_followers=3_000,
        legal_statuses=(LegalStatus.SELF_EMPLOYED,),
    )
    assert draft.forbidden == Forbidden(ways=(Promotion.SPAM,), own="сравнивать с другими")
    assert (draft.credit_policy, draft.notice_days) == (CreditPolicy.LAST_TOUCH, 30)
    assert draft.media.files[0].name == "logo.png"
    offer = draft.offer(BrandId(1), OfferState.ACTIVE, offer=OfferId(3))
    assert OfferForm.from_offer(offer).draft() == draft
    copy = OfferForm.from_offer(offer).copied()
    assert (copy.offer, copy.draft().ends_at, copy.draft().rule) == (None, None, draft.rule)


def test_silence_is_given_a_month_unless_the_brand_says_otherwise() -> None:
    form = filled()

    assert form.draft().auto_approve_days == 30
    for text, days in (("14 күн", 14), ("0", 0), ("120", 120)):
        said = form.at(Step.SILENCE).answer(Step.SILENCE, text, today=TODAY)
        assert said.draft().auto_approve_days == days
        assert said.skip(Step.SILENCE).draft().auto_approve_days == 30


def test_what_is_ticked_is_unticked_by_a_second_tap() -> None:
    form = EMPTY.at(Step.TIERS).answer(Step.TIERS, "nano", today=TODAY)

    assert form.step is Step.TIERS
    assert form.answer(Step.TIERS, "nano", today=TODAY).chosen(Step.TIERS) == []


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Step.TITLE_KK, ""),
        (Step.TITLE_KK, "а" * 81),
        (Step.TEXT_RU, "а" * 601),
        (Step.URL, "http://shop.kz"),
        (Step.URL, "https://user:pass@shop.kz"),
        (Step.URL, "javascript:alert(1)"),
        (Step.URL, "https://shop.kz/\r\nX: y"),
        (Step.CLICK_PARAM, "click id"),
        (Step.DISCOUNT, "95%"),
        (Step.COMMISSION, "0"),
        (Step.COMMISSION, "81%"),
        (Step.COMMISSION, "2000 ₸"),
        (Step.HOLD, "365"),
        (Step.SILENCE, "7"),
        (Step.SILENCE, "121"),
        (Step.CATEGORY, "casino"),
        (Step.PROOF, "maybe"),
        (Step.PICTURE, "text"),
        (Step.ENDS, "20.11.2026"),
        (Step.ENDS, "30.11.2026"),
        (Step.LADDER, "10 – 12 %"),
        (Step.LADDER, "10 – 15 %; 30 – 14 %"),
        (Step.CATEGORY_RATES, "Наушники"),
        (Step.CATEGORY_RATES, "Наушники 5%\nнаушники 6%"),
        (Step.SKU_RATES, "SKU-1 90%"),
        (Step.NOTICE, "7"),
        (Step.TIERS, "huge"),
        (Step.MEDIA_LINK, "http://disk.kz"),
        (Step.FORBIDDEN_OWN, "а" * 201),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_at_its_question(step: Step, text: str) -> None:
    with pytest.raises(BadInput):
        filled().answer(step, text, today=TODAY)


def test_unfinished_form_makes_no_offer_and_names_what_is_missing() -> None:
    with pytest.raises(DraftIncomplete) as refusal:
        EMPTY.draft()

    assert "title_kk" in refusal.value.missing
    assert "title_en" not in refusal.value.missing


def test_a_rejected_offer_comes_back_into_the_form_as_it_was() -> None:
    draft = filled().picture(UploadId(7)).draft()
    offer = Offer(
        id=OfferId(5),
        brand=BrandId(1),
        state=OfferState.REJECTED,
        category=draft.category,
        place=draft.place,
        url=draft.url,
        texts=draft.texts | {Locale.EN: OfferText(title="Skin", description="Care")},
        terms=Terms(
            id=TermsId(1),
            offer=OfferId(5),
            version=1,
            rule=draft.rule,
            hold_days=draft.hold_days,
            window_days=draft.window_days,
            proof_required=True,
            min_order_minor=draft.min_order_minor,
            auto_approve_days=draft.auto_approve_days,
        ),
        discount_bps=draft.discount_bps,
        click_param=draft.click_param,
        picture=draft.picture,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
    )

    form = OfferForm.from_offer(offer)

    assert form.offer == OfferId(5)
    assert form.step is None
    assert form.draft() == replace(draft, texts=offer.texts)
