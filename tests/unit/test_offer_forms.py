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
from core.offer_forms import SKIPPABLE, OfferForm, Step
from core.offers import Offer, OfferState, OfferText, Terms
from core.orders import Place
from core.people import Category, Locale

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
    """The form filled to the end; what has no answer is skipped."""
    texts = {step.value: text for step, text in ANSWERS.items()} | answers
    while form.step is not None:
        step = form.step
        form = form.answer(step, texts[step], today=TODAY) if step in texts else form.skip(step)
    return form


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
    asked = form.answer(Step.TITLE_EN, "Skin care", today=TODAY)

    assert asked.step is Step.TEXT_EN
    assert asked.answer(Step.TEXT_EN, "A discount.", today=TODAY).step is None


def test_changed_kind_of_commission_asks_for_its_size_again() -> None:
    form = filled().answer(Step.KIND, "fixed", today=TODAY)

    assert form.step is Step.COMMISSION
    assert Step.CAP not in form.steps
    done = form.answer(Step.COMMISSION, "2 000 ₸", today=TODAY)
    assert done.draft().rule == Rule(fixed_minor=tenge(2_000).minor)


def test_place_that_changes_to_the_own_shop_asks_for_the_click_parameter() -> None:
    form = filled(place="kaspi").answer(Step.PLACE, "own_shop", today=TODAY)

    assert form.step is Step.CLICK_PARAM


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


def test_back_from_a_single_field_of_a_filled_form_leads_to_the_preview() -> None:
    form = filled().at(Step.URL).back()

    assert form is not None
    assert form.step is None


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
        (Step.CATEGORY, "casino"),
        (Step.PROOF, "maybe"),
        (Step.PICTURE, "text"),
        (Step.ENDS, "20.11.2026"),
        (Step.ENDS, "30.11.2026"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_at_its_question(step: Step, text: str) -> None:
    with pytest.raises(BadInput):
        filled().answer(step, text, today=TODAY)


def test_unfinished_form_makes_no_offer_and_names_what_is_missing() -> None:
    with pytest.raises(DraftIncomplete) as refusal:
        EMPTY.draft()

    assert "title_kk" in refusal.value.missing
    assert "title_en" in refusal.value.missing


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
