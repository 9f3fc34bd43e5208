"""The form that makes or changes an offer: its sections, its questions, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from core import cities, form_answers, typed
from core.drafts import (
    AUTO_APPROVE_MAX,
    AUTO_APPROVE_USUAL,
    DISCOUNT_MAX_BPS,
    HOLD_DAYS_MAX,
    HOLD_DAYS_USUAL,
    WINDOW_DAYS_MAX,
    WINDOW_DAYS_USUAL,
    OfferDraft,
    auto_approve_days,
    check_description,
    check_title,
    click_param,
    media_link,
)
from core.errors import BadInput, DraftIncomplete
from core.handles import PLACES, HandleKind
from core.ids import BrandId, OfferId, UploadId
from core.offers import (
    FORBIDDEN_MAX,
    MEDIA_FILES_MAX,
    NOTICE_DAYS,
    NOTICE_DAYS_MAX,
    Admission,
    CreditPolicy,
    Eligibility,
    Forbidden,
    MediaFile,
    MediaKit,
    Offer,
    OfferText,
    Promotion,
    shop_url,
)
from core.orders import ALMATY, Place
from core.people import Category, LegalStatus, Locale, Platform, Tier
from core.pricing import Rate, RateBy, Rule, Rung

CITIES_MAX: Final = 30
TAGGED: Final = PLACES[HandleKind.TAG]  # whose reports count units by UTM tags


class Section(StrEnum):
    """Questions that are shown together on one screen."""

    TEXTS = "texts"
    BASICS = "basics"
    REWARD = "reward"
    WHO = "who"
    RULES = "rules"
    MEDIA = "media"
    DATES = "dates"


class Step(StrEnum):
    """One question of the form, in the order in which they are listed."""

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
    CATEGORY_RATES = "category_rates"
    SKU_RATES = "sku_rates"
    LADDER = "ladder"
    FIRST_ORDER = "first_order"
    MIN_ORDER = "min_order"
    CAP_MONTH = "cap_month"
    BUDGET = "budget"
    ADMISSION = "admission"
    TIERS = "tiers"
    FOLLOWERS = "followers"
    LANGUAGES = "languages"
    CITIES = "cities"
    LEGAL = "legal_status"
    PLATFORMS = "platforms"
    FORBIDDEN = "forbidden"
    FORBIDDEN_OWN = "forbidden_own"
    PROOF = "proof"
    HOLD = "hold_days"
    SILENCE = "auto_approve_days"
    WINDOW = "window_days"
    CREDIT = "credit_policy"
    NOTICE = "notice_days"
    MEDIA_LINK = "media_link"
    MEDIA_FILES = "media_files"
    STARTS = "starts"
    ENDS = "ends"


class Kind(StrEnum):
    """How a commission is counted."""

    PERCENT = "percent"
    FIXED = "fixed"
    UNITS = "units"  # of a report of visits, for a creator's UTM tag


SECTIONS: Final[Mapping[Section, tuple[Step, ...]]] = {
    Section.TEXTS: (
        Step.TITLE_KK,
        Step.TEXT_KK,
        Step.TITLE_RU,
        Step.TEXT_RU,
        Step.TITLE_EN,
        Step.TEXT_EN,
        Step.PICTURE,
    ),
    Section.BASICS: (Step.CATEGORY, Step.PLACE, Step.URL, Step.CLICK_PARAM, Step.DISCOUNT),
    Section.REWARD: (
        Step.KIND,
        Step.COMMISSION,
        Step.CATEGORY_RATES,
        Step.SKU_RATES,
        Step.LADDER,
        Step.FIRST_ORDER,
        Step.MIN_ORDER,
        Step.CAP,
        Step.CAP_MONTH,
        Step.BUDGET,
    ),
    Section.WHO: (
        Step.ADMISSION,
        Step.TIERS,
        Step.FOLLOWERS,
        Step.LANGUAGES,
        Step.CITIES,
        Step.LEGAL,
    ),
    Section.RULES: (
        Step.PROOF,
        Step.PLATFORMS,
        Step.FORBIDDEN,
        Step.FORBIDDEN_OWN,
        Step.HOLD,
        Step.SILENCE,
        Step.WINDOW,
        Step.CREDIT,
        Step.NOTICE,
    ),
    Section.MEDIA: (Step.MEDIA_LINK, Step.MEDIA_FILES),
    Section.DATES: (Step.STARTS, Step.ENDS),
}
SECTION_OF: Final = {step: section for section, steps in SECTIONS.items() for step in steps}

# What an offer cannot do without. Everything else may be left as it is.
REQUIRED: Final = frozenset(
    {
        Step.TITLE_KK,
        Step.TEXT_KK,
        Step.TITLE_RU,
        Step.TEXT_RU,
        Step.TEXT_EN,  # once there is an English title
        Step.CATEGORY,
        Step.PLACE,
        Step.URL,
        Step.KIND,
        Step.COMMISSION,
    }
)
# Asked one after another at first: what is required, and what most brands want to say.
WALK: Final = tuple(
    step
    for step in Step
    if step in REQUIRED or step in (Step.TITLE_EN, Step.PICTURE, Step.CLICK_PARAM, Step.DISCOUNT)
)
SKIPPABLE: Final = frozenset(Step) - REQUIRED

TITLES: Final = {
    Locale.KK: (Step.TITLE_KK, Step.TEXT_KK),
    Locale.RU: (Step.TITLE_RU, Step.TEXT_RU),
    Locale.EN: (Step.TITLE_EN, Step.TEXT_EN),
}
# Questions with several answers at once, ticked one by one.
TICKED: Final[Mapping[Step, type[StrEnum]]] = {
    Step.TIERS: Tier,
    Step.LANGUAGES: Locale,
    Step.LEGAL: LegalStatus,
    Step.PLATFORMS: Platform,
    Step.FORBIDDEN: Promotion,
}

Answer = str | int | bool | list[Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferForm:
    """Answers so far, as JSON values by step; a skipped step is answered with None.

    Money is in tiyn, rates in basis points, dates are ISO text. `step` is the question on the
    screen and `section` the section on the screen, or that the question belongs to; without either
    the overview is shown. `offer` is an offer that is being corrected, or changed where `published`
    says that creators see it already.
    """

    brand: BrandId
    answers: Mapping[Step, Answer] = field(default_factory=dict)
    step: Step | None = Step.TITLE_KK
    section: Section | None = None
    offer: OfferId | None = None
    published: bool = False

    def to_json(self) -> dict[str, Any]:
        """The form as it is kept between messages."""
        return {
            "brand": self.brand,
            "offer": self.offer,
            "published": self.published,
            "step": self.step,
            "section": self.section,
            "answers": {step.value: answer for step, answer in self.answers.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> OfferForm:
        """Read a kept form; answers to questions that are no longer asked are left out."""
        known = set(Step)
        section = data.get("section")
        form = cls(
            brand=BrandId(data["brand"]),
            offer=None if data.get("offer") is None else OfferId(data["offer"]),
            published=bool(data.get("published")),
            step=None,
            section=Section(section) if section in set(Section) else None,
            answers={Step(name): value for name, value in data["answers"].items() if name in known},
        )
        step = data.get("step")
        return (
            replace(form, step=Step(step)) if step in known and Step(step) in form.steps else form
        )

    @classmethod
    def from_offer(cls, offer: Offer, *, published: bool = False) -> OfferForm:
        """The form of an existing offer, every question answered."""
        return cls(
            brand=offer.brand,
            offer=offer.id,
            published=published,
            answers=form_answers_of(offer),
            step=None,
        )

    def copied(self) -> OfferForm:
        """The form of a new offer that is like this one, without its days."""
        answers: dict[Step, Answer] = {
            step: answer
            for step, answer in self.answers.items()
            if step not in (Step.STARTS, Step.ENDS)
        }
        return replace(self, offer=None, published=False, answers=answers, step=None, section=None)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The questions that the answers so far leave open to ask, in order."""
        return tuple(step for step in Step if self._asked(step))

    def steps_of(self, section: Section) -> tuple[Step, ...]:
        """The questions of a section that are open to ask."""
        return tuple(step for step in SECTIONS[section] if self._asked(step))

    @property
    def missing(self) -> tuple[Step, ...]:
        """The required questions that have no answer yet."""
        return tuple(step for step in self.steps if self.lacks(step))

    def lacks(self, step: Step) -> bool:
        """Whether a question must be answered and is not."""
        return step in REQUIRED and self._asked(step) and self.answers.get(step) in (None, "")

    @property
    def by_units(self) -> bool:
        """Whether units of a report are paid, and not orders."""
        return self.answers.get(Step.KIND) == Kind.UNITS

    @property
    def in_sums(self) -> bool:
        """Whether the commission is a sum, and not a percentage."""
        return self.by_units or self.answers.get(Step.KIND) == Kind.FIXED

    @property
    def complete(self) -> bool:
        """Whether everything that is required is answered."""
        return not self.missing

    @property
    def locales(self) -> tuple[Locale, ...]:
        """The languages in which there is a title."""
        return tuple(locale for locale, (title, _) in TITLES.items() if self.answers.get(title))

    @property
    def walk(self) -> tuple[Step, ...]:
        """The questions that are asked one after another."""
        return tuple(step for step in WALK if self._asked(step))

    def settled(self) -> OfferForm:
        """The form at the next open question of the row, or at the overview."""
        unanswered = (step for step in self.walk if step not in self.answers)
        return replace(self, step=next(unanswered, None), section=None)

    def at(self, step: Step) -> OfferForm:
        """The form with a question of a section on the screen; the section if it is not asked."""
        section = SECTION_OF[step]
        return replace(self, step=step if self._asked(step) else None, section=section)

    def opened(self, section: Section | None) -> OfferForm:
        """The form with a section on the screen, or with the overview."""
        return replace(self, step=None, section=section)

    def closed(self) -> OfferForm:
        """Leave a question as it is: back to its section, or on in the row."""
        return replace(self, step=None) if self.section is not None else self._next()

    def _next(self) -> OfferForm:
        walk = self.walk
        if self.step not in walk:
            return self.settled()
        later = [step for step in walk[walk.index(self.step) + 1 :] if step not in self.answers]
        return replace(self, step=later[0]) if later else self.settled()

    def back(self) -> OfferForm | None:
        """One screen back: question, section, overview; None before the first question."""
        if self.section is not None:
            return self.opened(self.section if self.step is not None else None)
        if self.step is None:
            return None
        walk = self.walk
        index = walk.index(self.step) if self.step in walk else 0
        return None if index == 0 else replace(self, step=walk[index - 1])

    def skip(self, step: Step) -> OfferForm:
        """Leave an optional question open; BadInput for an obligatory one."""
        if step not in SKIPPABLE:
            raise BadInput(step)
        return self._with(step, None)

    def answer(self, step: Step, text: str, *, today: date) -> OfferForm:
        """Read what was typed or chosen; raises BadInput named for the field.

        `today` (Almaty) dates days without a year and refuses an end that has passed. Where a
        question has several answers, the chosen one is ticked or unticked and the question stays.
        """
        if step in TICKED:
            return self._ticked(step, _one_of(TICKED[step], text, step))
        return self._with(step, self._read(step, text, today))

    def _ticked(self, step: Step, choice: str) -> OfferForm:
        held = self.chosen(step)
        kept = [one for one in held if one != choice] if choice in held else [*held, choice]
        order = [str(member) for member in TICKED[step]]
        return replace(
            self, answers={**self.answers, step: sorted(kept, key=order.index) or None}, step=step
        )

    def chosen(self, step: Step) -> list[str]:
        """What is ticked at a question with several answers."""
        answer = self.answers.get(step)
        return [str(one) for one in answer] if isinstance(answer, list) else []

    def picture(self, upload: UploadId) -> OfferForm:
        """Answer the question for the picture."""
        return self._with(Step.PICTURE, upload)

    def with_file(self, upload: UploadId, name: str) -> OfferForm:
        """Add a file to the media kit and stay there; BadInput("media_files") when it is full."""
        answer = self.answers.get(Step.MEDIA_FILES)
        files = answer if isinstance(answer, list) else []
        others = [file for file in files if file[0] != upload]
        if len(others) >= MEDIA_FILES_MAX:
            raise BadInput("media_files")
        added = [*others, [upload, name[:100]]]
        return replace(self, answers={**self.answers, Step.MEDIA_FILES: added})

    def draft(self) -> OfferDraft:
        """The offer that the answers make; DraftIncomplete with the steps that lack an answer.

        BadInput where answers do not go together, named as in `Rule`.
        """
        if missing := tuple(step.value for step in self.missing):
            raise DraftIncomplete(missing)
        if self.by_units and Place(self._text(Step.PLACE)) not in TAGGED:
            raise BadInput("units_place")
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
            rule=self.rule(),
            hold_days=self._number(Step.HOLD, HOLD_DAYS_USUAL),
            window_days=self._number(Step.WINDOW, WINDOW_DAYS_USUAL),
            min_order_minor=self._number(Step.MIN_ORDER),
            proof_required=self.answers.get(Step.PROOF) is not False,
            picture=UploadId(number) if (number := self._number(Step.PICTURE)) else None,
            admission=Admission(self._text(Step.ADMISSION) or Admission.OPEN),
            eligibility=Eligibility(
                tiers=tuple(Tier(one) for one in self.chosen(Step.TIERS)),
                cities=tuple(self.chosen(Step.CITIES)),
                languages=tuple(Locale(one) for one in self.chosen(Step.LANGUAGES)),
                platforms=tuple(Platform(one) for one in self.chosen(Step.PLATFORMS)),
                min_followers=self._number(Step.FOLLOWERS),
                legal_statuses=tuple(LegalStatus(one) for one in self.chosen(Step.LEGAL)),
            ),
            forbidden=Forbidden(
                ways=tuple(Promotion(one) for one in self.chosen(Step.FORBIDDEN)),
                own=self._text(Step.FORBIDDEN_OWN),
            ),
            media=MediaKit(link=self._text(Step.MEDIA_LINK), files=self._files()),
            credit_policy=CreditPolicy(self._text(Step.CREDIT) or CreditPolicy.GRADE_FIRST),
            notice_days=self._number(Step.NOTICE, NOTICE_DAYS),
            auto_approve_days=self._number(Step.SILENCE, AUTO_APPROVE_USUAL),
            starts_at=None if starts is None else typed.day_start(starts),
            ends_at=None if ends is None else typed.day_end(ends),
        )

    def rule(self) -> Rule:
        """The rule of commission; BadInput where its parts do not go together."""
        worth = self._number(Step.COMMISSION)
        kind = self.answers.get(Step.KIND)
        return Rule(
            fixed_minor=worth if kind == Kind.FIXED else 0,
            per_unit_minor=worth if kind == Kind.UNITS else 0,
            percent_bps=0 if self.in_sums else worth,
            cap_order_minor=self._number(Step.CAP),
            cap_month_minor=self._number(Step.CAP_MONTH),
            budget_minor=self._number(Step.BUDGET),
            first_order=self._number(Step.FIRST_ORDER),
            ladder=tuple(
                Rung(orders=int(orders), worth=int(worth))
                for orders, worth in self._list(Step.LADDER)
            ),
            rates=tuple(
                Rate(by=by, name=str(name), percent_bps=int(bps))
                for by, step in (
                    (RateBy.CATEGORY, Step.CATEGORY_RATES),
                    (RateBy.SKU, Step.SKU_RATES),
                )
                for name, bps in self._list(step)
            ),
        )

    def _asked(self, step: Step) -> bool:
        match step:
            case Step.TEXT_EN:
                return bool(self.answers.get(Step.TITLE_EN))
            case Step.CLICK_PARAM:
                return self.answers.get(Step.PLACE) == Place.OWN_SHOP
            case Step.CAP | Step.CATEGORY_RATES | Step.SKU_RATES:
                return self.answers.get(Step.KIND) == Kind.PERCENT
            case Step.LADDER | Step.FIRST_ORDER:
                return bool(self.answers.get(Step.COMMISSION)) and not self.by_units
            case Step.MIN_ORDER:
                return not self.by_units
            case _:
                return True

    def _read(self, step: Step, text: str, today: date) -> Answer:
        fixed = self.in_sums
        match step:
            case Step.TITLE_KK | Step.TITLE_RU | Step.TITLE_EN:
                return check_title(text)
            case Step.TEXT_KK | Step.TEXT_RU | Step.TEXT_EN:
                return check_description(text)
            case Step.CATEGORY:
                return _one_of(Category, text, step)
            case Step.PLACE:
                return _one_of(Place, text, step)
            case Step.URL:
                return shop_url(text if "://" in text else f"https://{text.strip()}")
            case Step.CLICK_PARAM:
                return click_param(text)
            case Step.DISCOUNT:
                return form_answers.percent(text, step, most=DISCOUNT_MAX_BPS) or None
            case Step.KIND:
                kind = _one_of(Kind, text, step)
                place = self.answers.get(Step.PLACE)
                if kind == Kind.UNITS and place and Place(str(place)) not in TAGGED:
                    raise BadInput("units_place")
                return kind
            case Step.COMMISSION | Step.FIRST_ORDER:
                return form_answers.worth(text, step, fixed=fixed)
            case Step.CAP | Step.MIN_ORDER | Step.CAP_MONTH | Step.BUDGET:
                return typed.tenge_amount(text).minor
            case Step.CATEGORY_RATES | Step.SKU_RATES:
                return self._fitting(step, form_answers.rates(text))
            case Step.LADDER:
                return self._fitting(step, form_answers.ladder(text, fixed=fixed))
            case Step.ADMISSION:
                return _one_of(Admission, text, step)
            case Step.FOLLOWERS:
                return form_answers.followers(text)
            case Step.CITIES:
                names = [name.strip() for name in text.replace("\n", ",").split(",")]
                named = [cities.canonical(name) for name in names if name]
                if not named or len(named) > CITIES_MAX or max(map(len, named)) > 60:
                    raise BadInput("city", text[:100])
                return list(dict.fromkeys(named))
            case Step.CREDIT:
                return _one_of(CreditPolicy, text, step)
            case Step.NOTICE:
                return typed.whole(text, step, least=NOTICE_DAYS, most=NOTICE_DAYS_MAX)
            case Step.FORBIDDEN_OWN:
                own = " ".join(text.split())
                if not own or len(own) > FORBIDDEN_MAX:
                    raise BadInput(step, str(len(own)))
                return own
            case Step.MEDIA_LINK:
                return media_link(text)
            case Step.HOLD:
                return typed.whole(text, step, least=0, most=HOLD_DAYS_MAX)
            case Step.SILENCE:
                return auto_approve_days(typed.whole(text, step, least=0, most=AUTO_APPROVE_MAX))
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
        raise BadInput(step, text[:100])  # a picture, a file or a tick is not typed

    def _fitting(self, step: Step, answer: list[list[Any]]) -> list[Any]:
        """An answer that makes a rule with the others; BadInput where it does not."""
        replace(self, answers={**self.answers, step: answer}).rule()
        return answer

    def _with(self, step: Step, answer: Answer) -> OfferForm:
        answers = dict(self.answers)
        if step is Step.KIND and answers.get(Step.KIND) != answer:
            for other in (Step.COMMISSION, Step.CAP, Step.LADDER, Step.FIRST_ORDER):
                answers.pop(other, None)  # a percentage is not a sum
            if answer != Kind.PERCENT:
                answers.pop(Step.CATEGORY_RATES, None)
                answers.pop(Step.SKU_RATES, None)
        answers[step] = answer
        form = replace(self, answers=answers)
        if self.section is None:
            return form._next()
        needed = next((one for one in form.steps_of(self.section) if form.lacks(one)), None)
        follows = step in (Step.KIND, Step.TITLE_EN) and needed is not None
        return replace(form, step=needed if follows else None)

    def _text(self, step: Step) -> str:
        return str(self.answers.get(step) or "")

    def _number(self, step: Step, usual: int = 0) -> int:
        answer = self.answers.get(step)
        if not self._asked(step) or not isinstance(answer, int):
            return usual
        return answer

    def _list(self, step: Step) -> list[Any]:
        answer = self.answers.get(step)
        return answer if self._asked(step) and isinstance(answer, list) else []

    def _files(self) -> tuple[MediaFile, ...]:
        files = self.answers.get(Step.MEDIA_FILES)
        return tuple(
            MediaFile(upload=int(upload), name=str(name))
            for upload, name in (files if isinstance(files, list) else ())
        )

    def _date(self, step: Step) -> date | None:
        answer = self.answers.get(step)
        return date.fromisoformat(answer) if isinstance(answer, str) else None


def form_answers_of(offer: Offer) -> dict[Step, Answer]:
    """The answers that make an offer as it is."""
    terms, rule, eligibility = offer.terms, offer.terms.rule, offer.eligibility
    answers: dict[Step, Answer] = {
        Step.PICTURE: offer.picture,
        Step.CATEGORY: offer.category,
        Step.PLACE: offer.place,
        Step.URL: offer.url,
        Step.CLICK_PARAM: offer.click_param or None,
        Step.DISCOUNT: offer.discount_bps or None,
        Step.KIND: Kind(rule.base.value),
        Step.COMMISSION: rule.worth,
        Step.CAP: rule.cap_order_minor or None,
        Step.CAP_MONTH: rule.cap_month_minor or None,
        Step.BUDGET: rule.budget_minor or None,
        Step.FIRST_ORDER: rule.first_order or None,
        Step.LADDER: [[rung.orders, rung.worth] for rung in rule.ladder] or None,
        Step.CATEGORY_RATES: _rates(rule, RateBy.CATEGORY),
        Step.SKU_RATES: _rates(rule, RateBy.SKU),
        Step.HOLD: terms.hold_days,
        Step.SILENCE: terms.auto_approve_days,
        Step.WINDOW: terms.window_days,
        Step.MIN_ORDER: terms.min_order_minor or None,
        Step.CREDIT: terms.credit_policy,
        Step.NOTICE: terms.notice_days,
        Step.ADMISSION: offer.admission,
        Step.TIERS: [str(one) for one in eligibility.tiers] or None,
        Step.FOLLOWERS: eligibility.min_followers or None,
        Step.LANGUAGES: [str(one) for one in eligibility.languages] or None,
        Step.CITIES: list(eligibility.cities) or None,
        Step.LEGAL: [str(one) for one in eligibility.legal_statuses] or None,
        Step.PLATFORMS: [str(one) for one in eligibility.platforms] or None,
        Step.FORBIDDEN: [str(one) for one in offer.forbidden.ways] or None,
        Step.FORBIDDEN_OWN: offer.forbidden.own or None,
        Step.MEDIA_LINK: offer.media.link or None,
        Step.MEDIA_FILES: [[file.upload, file.name] for file in offer.media.files] or None,
        Step.STARTS: None,
        Step.ENDS: None,
        Step.PROOF: terms.proof_required,
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
    return answers


def _rates(rule: Rule, by: RateBy) -> list[Any] | None:
    return [[rate.name, rate.percent_bps] for rate in rule.rates if rate.by is by] or None


def _one_of(choices: type[StrEnum], text: str, step: Step) -> str:
    try:
        return choices(text).value
    except ValueError:
        raise BadInput(step, text[:100]) from None
