"""An offer before it exists: everything that a manager settles, checked as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.errors import BadInput, DraftIncomplete
from core.ids import BrandId, OfferId, PersonId, UploadId
from core.money import BPS
from core.offers import (
    ANYBODY,
    FORBIDDEN_MAX,
    MEDIA_FILES_MAX,
    NO_MEDIA,
    NOTHING_FORBIDDEN,
    NOTICE_DAYS,
    NOTICE_DAYS_MAX,
    REQUIRED_LOCALES,
    TEXT_MAX,
    TITLE_MAX,
    Admission,
    CreditPolicy,
    Eligibility,
    Forbidden,
    MediaKit,
    Offer,
    OfferState,
    OfferText,
    Terms,
    shop_url,
)
from core.orders import Place
from core.people import Category, Locale
from core.pricing import Rule

HOLD_DAYS: Final = (7, 14, 30, 60)  # the choices of the form
HOLD_DAYS_USUAL: Final = 14
HOLD_DAYS_MAX: Final = 120
WINDOW_DAYS: Final = (7, 14, 30, 60, 90)  # the choices of the form
WINDOW_DAYS_USUAL: Final = 30
WINDOW_DAYS_MAX: Final = 180
NOTICE_CHOICES: Final = (14, 21, 30, 60)  # the choices of the form
AUTO_APPROVE_DAYS: Final = (14, 30, 45, 60, 0)  # the choices of the form; 0: never
AUTO_APPROVE_USUAL: Final = 30
AUTO_APPROVE_MIN: Final = 14  # a weekly file may be a week late, and a warning comes before
AUTO_APPROVE_MAX: Final = 120
DISCOUNT_MAX_BPS: Final = 9 * BPS // 10


def kept_at(person: PersonId) -> str:
    """The key under which a manager's half-filled form of an offer is kept."""
    return f"offer-form:{person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferDraft:
    """The whole content of an offer. Days are whole days, `min_order_minor` is tiyn, times UTC."""

    texts: dict[Locale, OfferText]
    category: Category
    place: Place
    url: str
    rule: Rule
    hold_days: int
    window_days: int
    proof_required: bool
    discount_bps: int = 0
    click_param: str = ""
    min_order_minor: int = 0
    picture: UploadId | None = None
    admission: Admission = Admission.OPEN
    eligibility: Eligibility = ANYBODY
    forbidden: Forbidden = NOTHING_FORBIDDEN
    media: MediaKit = NO_MEDIA
    credit_policy: CreditPolicy = CreditPolicy.GRADE_FIRST
    notice_days: int = NOTICE_DAYS
    auto_approve_days: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def demand_publishable(self, now: datetime) -> None:
        """Raise DraftIncomplete for what is missing, BadInput(field) for what cannot be right."""
        missing = [
            f"text_{locale}"
            for locale in REQUIRED_LOCALES
            if locale not in self.texts
            or not self.texts[locale].title
            or not self.texts[locale].description
        ]
        if not self.url:
            missing.append("url")
        if missing:
            raise DraftIncomplete(tuple(missing))
        shop_url(self.url)
        for text in self.texts.values():
            check_title(text.title)
            check_description(text.description)
        if self.click_param:
            click_param(self.click_param)
            if self.place is not Place.OWN_SHOP:
                raise BadInput("click_param", self.click_param)
        if not 0 <= self.discount_bps <= DISCOUNT_MAX_BPS:
            raise BadInput("discount", str(self.discount_bps))
        if not 0 <= self.hold_days <= HOLD_DAYS_MAX:
            raise BadInput("hold_days", str(self.hold_days))
        if not 1 <= self.window_days <= WINDOW_DAYS_MAX:
            raise BadInput("window_days", str(self.window_days))
        if self.min_order_minor < 0:
            raise BadInput("min_order", str(self.min_order_minor))
        if not NOTICE_DAYS <= self.notice_days <= NOTICE_DAYS_MAX:
            raise BadInput("notice_days", str(self.notice_days))
        auto_approve_days(self.auto_approve_days)
        if len(self.forbidden.own) > FORBIDDEN_MAX:
            raise BadInput("forbidden_own", str(len(self.forbidden.own)))
        if self.media.link:
            media_link(self.media.link)
        if len(self.media.files) > MEDIA_FILES_MAX:
            raise BadInput("media_files", str(len(self.media.files)))
        if self.ends_at is not None:
            if self.ends_at <= now:
                raise BadInput("ends_past")
            if self.starts_at is not None and self.ends_at <= self.starts_at:
                raise BadInput("ends_before_start")

    def offer(self, brand: BrandId, state: OfferState, *, offer: OfferId | None = None) -> Offer:
        """The offer that the draft describes, to be stored or previewed."""
        return Offer(
            id=offer,
            brand=brand,
            state=state,
            category=self.category,
            place=self.place,
            url=self.url,
            texts=self.texts,
            terms=Terms(
                id=None,
                offer=offer,
                version=1,
                rule=self.rule,
                hold_days=self.hold_days,
                window_days=self.window_days,
                proof_required=self.proof_required,
                min_order_minor=self.min_order_minor,
                credit_policy=self.credit_policy,
                notice_days=self.notice_days,
                auto_approve_days=self.auto_approve_days,
            ),
            discount_bps=self.discount_bps,
            click_param=self.click_param,
            picture=self.picture,
            admission=self.admission,
            eligibility=self.eligibility,
            forbidden=self.forbidden,
            media=self.media,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )


def check_title(text: str) -> str:
    """A title on one line within its limit; raises BadInput("title", length)."""
    title = " ".join(text.split())
    if not title or len(title) > TITLE_MAX:
        raise BadInput("title", str(len(title)))
    return title


def check_description(text: str) -> str:
    """A description within its limit; raises BadInput("description", length)."""
    description = text.strip()
    if not description or len(description) > TEXT_MAX:
        raise BadInput("description", str(len(description)))
    return description


def auto_approve_days(days: int) -> int:
    """After how many days of silence orders are approved, 0 for never; raises BadInput."""
    if days and not AUTO_APPROVE_MIN <= days <= AUTO_APPROVE_MAX:
        raise BadInput("auto_approve_days", str(days))
    return days


def media_link(text: str) -> str:
    """The address of a folder with material, https; raises BadInput("media_link")."""
    try:
        return shop_url(text if "://" in text else f"https://{text.strip()}")
    except BadInput:
        raise BadInput("media_link", text[:100]) from None


def click_param(text: str) -> str:
    """The name of a query parameter, "click_id" for example; raises BadInput("click_param")."""
    name = text.strip().removeprefix("?").removesuffix("=")
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,40}", name):
        raise BadInput("click_param", text[:100])
    return name
