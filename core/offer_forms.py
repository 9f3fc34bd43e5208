"""The form that makes an offer: its steps, what each accepts, and the draft that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from core import typed
from core.commissions import MAX_PERCENT_BPS, Rule
from core.drafts import (
    DISCOUNT_MAX_BPS,
    HOLD_DAYS_MAX,
    WINDOW_DAYS_MAX,
    OfferDraft,
    check_description,
    check_title,
    click_param,
)
from core.errors import BadInput, DraftIncomplete
from core.ids import BrandId, OfferId, UploadId
from core.offers import Offer, OfferText, shop_url
from core.orders import ALMATY, Place
from core.people import Category, Locale


class Step(StrEnum):
    """One question of the form, in the order in which they are asked."""

    TITLE_KK = "title_kk"
    TEXT_KK = "text_kk"
    TITLE_RU = "title_ru"
    TEXT_RU = "text_ru"
    TITLE_EN = "title_en"
    TEXT_EN = "text_en"
    PICTURE = "picture"
    CATEGORY = "category"
    PLACE = "place"
    URL = "url"
    CLICK_PARAM = "click_param"
    DISCOUNT = "discount"
    KIND = "kind"
    COMMISSION = "commission"
    CAP = "cap"
    HOLD = "hold_days"
    WINDOW = "window_days"
    MIN_ORDER = "min_order"
    STARTS = "starts"
    ENDS = "ends"
    PROOF = "proof"


class Kind(StrEnum):
    """How a commission is counted."""

    PERCENT = "percent"
    FIXED = "fixed"


SKIPPABLE: Final = frozenset(
    {
        Step.TITLE_EN,
        Step.PICTURE,
        Step.CLICK_PARAM,
        Step.DISCOUNT,
        Step.CAP,
        Step.MIN_ORDER,
        Step.STARTS,
        Step.ENDS,
    }
)

TITLES: Final = {
    Locale.KK: (Step.TITLE_KK, Step.TEXT_KK),
    Locale.RU: (Step.TITLE_RU, Step.TEXT_RU),
    Locale.EN: (Step.TITLE_EN, Step.TEXT_EN),
}

Answer = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferForm:
    """Answers so far, as JSON values by step; a skipped step is answered with None.

    Money is in tiyn, rates in basis points, dates are ISO text. `step` is the question on the
    screen, None when all are answered and the preview is shown. `offer` is a rejected offer that is
    being repaired.
    """

    brand: BrandId
    answers: Mapping[Step, Answer] = field(default_factory=dict)
    step: Step | None = Step.TITLE_KK
    offer: OfferId | None = None

    def to_json(self) -> dict[str, Any]:
        """The form as it is kept between messages."""
        return {
            "brand": self.brand,
            "offer": self.offer,
            "step": self.step,
            "answers": {step.value: answer for step, answer in self.answers.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> OfferForm:
        """Read a kept form; answers to questions that are no longer asked are left out."""
        known = set(Step)
        form = cls(
            brand=BrandId(data["brand"]),
            offer=None if data.get("offer") is None else OfferId(data["offer"]),
            step=None,
            answers={Step(name): value for name, value in data["answers"].items() if name in known},
        )
        return form.at(Step(data["step"])) if data.get("step") in known else form.settled()

    @classmethod
    def from_offer(cls, offer: Offer) -> OfferForm:
        """The form of an existing offer, every question answered."""
        rule = offer.terms.rule
        answers: dict[Step, Answer] = {
            Step.PICTURE: offer.picture,
            Step.CATEGORY: offer.category,
            Step.PLACE: offer.place,
            Step.URL: offer.url,
            Step.CLICK_PARAM: offer.click_param or None,
            Step.DISCOUNT: offer.discount_bps or None,
            Step.KIND: Kind.PERCENT if rule.percent_bps else Kind.FIXED,
            Step.COMMISSION: rule.percent_bps or rule.fixed_minor,
            Step.CAP: rule.cap_order_minor or None,
            Step.HOLD: offer.terms.hold_days,
            Step.WINDOW: offer.terms.window_days,
            Step.MIN_ORDER: offer.terms.min_order_minor or None,
            Step.STARTS: None,
            Step.ENDS: None,
            Step.PROOF: offer.terms.proof_required,
            Step.TITLE_EN: None,
        }
        if offer.starts_at is not None:
            answers[Step.STARTS] = offer.starts_at.astimezone(ALMATY).date().isoformat()
        if offer.ends_at is not None:
            last = offer.ends_at.astimezone(ALMATY) - timedelta(seconds=1)
            answers[Step.ENDS] = last.date().isoformat()
        for locale, text in offer.texts.items():
            title, description = TITLES[locale]
            answers |= {title: text.title, description: text.description}
        return cls(brand=offer.brand, offer=offer.id, answers=answers).settled()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The questions that the answers so far leave open to ask, in order."""
        return tuple(step for step in Step if self._asked(step))

    @property
    def complete(self) -> bool:
        """Whether every question is answered or skipped."""
        return all(step in self.answers for step in self.steps)

    @property
    def locales(self) -> tuple[Locale, ...]:
        """The languages in which there is a title."""
        return tuple(locale for locale, (title, _) in TITLES.items() if self.answers.get(title))

    def settled(self) -> OfferForm:
        """The form at the first unanswered question; at none when complete.

        A step that is not asked any more is left as well.
        """
        if self.step is not None and self.step in self.steps and self.step not in self.answers:
            return self
        unanswered = (step for step in self.steps if step not in self.answers)
        return replace(self, step=next(unanswered, None))

    def at(self, step: Step) -> OfferForm:
        """The form with a question on the screen; one not asked gives the first open one."""
        return replace(self, step=step) if step in self.steps else self.settled()

    def back(self) -> OfferForm | None:
        """The form one question earlier, at the preview if complete; None before the first."""
        if self.complete and self.step is not None:
            return replace(self, step=None)
        steps = self.steps
        index = len(steps) if self.step is None else steps.index(self.step)
        return None if index == 0 else replace(self, step=steps[index - 1])

    def skip(self, step: Step) -> OfferForm:
        """Leave an optional question open; BadInput for an obligatory one."""
        if step not in SKIPPABLE:
            raise BadInput(step)
        return self._with(step, None)

    def answer(self, step: Step, text: str, *, today: date) -> OfferForm:
        """Read what was typed or chosen; raises BadInput named for the field.

        `today` (Almaty) dates days without a year and refuses an end that has passed.
        """
        return self._with(step, self._read(step, text, today))

    def picture(self, upload: UploadId) -> OfferForm:
        """Answer the question for the picture."""
        return self._with(Step.PICTURE, upload)

    def draft(self) -> OfferDraft:
        """The offer that the answers make; DraftIncomplete with the steps that lack an answer."""
        missing = tuple(step.value for step in self.steps if step not in self.answers)
        if missing:
            raise DraftIncomplete(missing)
        starts, ends = self._date(Step.STARTS), self._date(Step.ENDS)
        return OfferDraft(
            texts={
                locale: OfferText(
                    title=self._text(TITLES[locale][0]), description=self._text(TITLES[locale][1])
                )
                for locale in self.locales
            },
            category=Category(self._text(Step.CATEGORY)),
            place=Place(self._text(Step.PLACE)),
            url=self._text(Step.URL),
            click_param=self._text(Step.CLICK_PARAM) if self._asked(Step.CLICK_PARAM) else "",
            discount_bps=self._number(Step.DISCOUNT),
            rule=self._rule(),
            hold_days=self._number(Step.HOLD),
            window_days=self._number(Step.WINDOW),
            min_order_minor=self._number(Step.MIN_ORDER),
            proof_required=bool(self.answers[Step.PROOF]),
            picture=UploadId(number) if (number := self._number(Step.PICTURE)) else None,
            starts_at=None if starts is None else typed.day_start(starts),
            ends_at=None if ends is None else typed.day_end(ends),
        )

    def _rule(self) -> Rule:
        worth = self._number(Step.COMMISSION)
        if self.answers.get(Step.KIND) == Kind.FIXED:
            return Rule(fixed_minor=worth)
        return Rule(percent_bps=worth, cap_order_minor=self._number(Step.CAP))

    def _asked(self, step: Step) -> bool:
        match step:
            case Step.TEXT_EN:
                return bool(self.answers.get(Step.TITLE_EN))
            case Step.CLICK_PARAM:
                return self.answers.get(Step.PLACE) == Place.OWN_SHOP
            case Step.CAP:
                return self.answers.get(Step.KIND) == Kind.PERCENT
            case _:
                return True

    def _read(self, step: Step, text: str, today: date) -> Answer:
        match step:
            case Step.TITLE_KK | Step.TITLE_RU | Step.TITLE_EN:
                return check_title(text)
            case Step.TEXT_KK | Step.TEXT_RU | Step.TEXT_EN:
                return check_description(text)
            case Step.PICTURE:
                raise BadInput("picture")
            case Step.CATEGORY:
                return _one_of(Category, text, step)
            case Step.PLACE:
                return _one_of(Place, text, step)
            case Step.URL:
                return shop_url(text if "://" in text else f"https://{text.strip()}")
            case Step.CLICK_PARAM:
                return click_param(text)
            case Step.DISCOUNT:
                return _percent(text, step, most=DISCOUNT_MAX_BPS) or None
            case Step.KIND:
                return _one_of(Kind, text, step)
            case Step.COMMISSION:
                if self.answers.get(Step.KIND) == Kind.FIXED:
                    return typed.tenge_amount(text).minor
                return _percent(text, step, most=MAX_PERCENT_BPS, least=1)
            case Step.CAP | Step.MIN_ORDER:
                return typed.tenge_amount(text).minor
            case Step.HOLD:
                return typed.whole(text, step, least=0, most=HOLD_DAYS_MAX)
            case Step.WINDOW:
                return typed.whole(text, step, least=1, most=WINDOW_DAYS_MAX)
            case Step.STARTS:
                return typed.day(text, today=today).isoformat()
            case Step.ENDS:
                last = typed.day(text, today=today)
                starts = self._date(Step.STARTS)
                if last < today:
                    raise BadInput("ends_past", text[:100])
                if starts is not None and last < starts:
                    raise BadInput("ends_before_start", text[:100])
                return last.isoformat()
            case Step.PROOF:
                if text not in ("yes", "no"):
                    raise BadInput(step, text[:100])
                return text == "yes"

    def _with(self, step: Step, answer: Answer) -> OfferForm:
        answers = dict(self.answers)
        if step is Step.KIND and answers.get(Step.KIND) != answer:
            answers.pop(Step.COMMISSION, None)  # a percentage is not a sum
            answers.pop(Step.CAP, None)
        answers[step] = answer
        form = replace(self, answers=answers, step=None)
        return form.settled()

    def _text(self, step: Step) -> str:
        return str(self.answers.get(step) or "")

    def _number(self, step: Step) -> int:
        return int(self.answers.get(step) or 0) if self._asked(step) else 0

    def _date(self, step: Step) -> date | None:
        answer = self.answers.get(step)
        return date.fromisoformat(answer) if isinstance(answer, str) else None


def _one_of(choices: type[StrEnum], text: str, step: Step) -> str:
    try:
        return choices(text).value
    except ValueError:
        raise BadInput(step, text[:100]) from None


def _percent(text: str, step: Step, *, most: int, least: int = 0) -> int:
    bps = typed.percent(text, step)
    if not least <= bps <= most:
        raise BadInput(step, text[:100])
    return bps
