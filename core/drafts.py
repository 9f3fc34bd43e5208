"""An offer before it exists: everything that a manager settles, checked as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.commissions import Rule
from core.errors import BadInput, DraftIncomplete
from core.ids import BrandId, OfferId, UploadId
from core.money import BPS
from core.offers import (
    REQUIRED_LOCALES,
    TEXT_MAX,
    TITLE_MAX,
    Admission,
    Offer,
    OfferState,
    OfferText,
    Terms,
    shop_url,
)
from core.orders import Place
from core.people import Category, Locale

HOLD_DAYS: Final = (7, 14, 30, 60)  # the choices of the form
HOLD_DAYS_MAX: Final = 120
WINDOW_DAYS: Final = (7, 14, 30, 60, 90)  # the choices of the form
WINDOW_DAYS_MAX: Final = 180
DISCOUNT_MAX_BPS: Final = 9 * BPS // 10


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
            ),
            discount_bps=self.discount_bps,
            click_param=self.click_param,
            picture=self.picture,
            admission=self.admission,
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


def click_param(text: str) -> str:
    """The name of a query parameter, "click_id" for example; raises BadInput("click_param")."""
    name = text.strip().removeprefix("?").removesuffix("=")
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{1,40}", name):
        raise BadInput("click_param", text[:100])
    return name
