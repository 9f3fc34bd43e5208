"""Offers of brands: what is promoted, on which versioned terms, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from core.errors import BadInput, DraftIncomplete, NotEligible
from core.ids import BrandId, OfferId, TermsId
from core.orders import Place
from core.people import Category, Creator, LegalStatus, Locale, Platform, Tier, tier
from core.pricing import Rule


class OfferState(StrEnum):
    """The life of an offer."""

    DRAFT = "draft"
    REVIEW = "review"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    REJECTED = "rejected"


NEXT: Final[dict[OfferState, frozenset[OfferState]]] = {
    OfferState.DRAFT: frozenset({OfferState.REVIEW, OfferState.ENDED}),
    OfferState.REVIEW: frozenset({OfferState.ACTIVE, OfferState.REJECTED, OfferState.ENDED}),
    OfferState.REJECTED: frozenset({OfferState.REVIEW, OfferState.ENDED}),
    OfferState.ACTIVE: frozenset({OfferState.PAUSED, OfferState.ENDED}),
    OfferState.PAUSED: frozenset({OfferState.ACTIVE, OfferState.ENDED}),
    OfferState.ENDED: frozenset(),
}

PUBLIC: Final = frozenset({OfferState.ACTIVE, OfferState.PAUSED, OfferState.ENDED})
REQUIRED_LOCALES: Final = (Locale.KK, Locale.RU)  # English is the brand's choice
TITLE_MAX: Final = 80  # characters
TEXT_MAX: Final = 600  # characters: the card must fit a caption with its terms
NOTICE_DAYS: Final = 14  # the shortest notice of a change that is worse for creators
NOTICE_DAYS_MAX: Final = 90
FORBIDDEN_MAX: Final = 200  # characters of the brand's own words on what is forbidden
MEDIA_FILES_MAX: Final = 5


class Admission(StrEnum):
    """How a creator gets into an offer: at once, after a manager's yes, or with an invitation."""

    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"


class CodeSource(StrEnum):
    """Where a new enrolment's code comes from.

    POOL takes one that the brand has uploaded and makes one of the name when none is left;
    POOL_ONLY then gives nobody the offer: the shop knows no other codes.
    """

    NAME = "name"
    POOL = "pool"
    POOL_ONLY = "pool_only"


class CreditPolicy(StrEnum):
    """Which evidence wins when several creators have some."""

    GRADE_FIRST = "grade_first"  # the surest, then the last touch
    GRADE_FIRST_TOUCH = "grade_first_touch"  # the surest, then the first touch
    OWNER_LAST_TOUCH = "owner_last_touch"  # a code or article first, then the last touch
    LAST_TOUCH = "last_touch"
    FIRST_TOUCH = "first_touch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One version of an offer's conditions; an enrolment keeps the version it accepted.

    `hold_days` counts from the approval of an order; `window_days` from a click or touch to the
    order. `min_order_minor` is the smallest net amount (tiyn) that earns; `notice_days` pass before
    a worse version comes over those who are enrolled. After `auto_approve_days` in which the brand
    was silent its waiting orders are approved (core.deadlines); 0: never.
    """

    id: TermsId | None
    offer: OfferId | None
    version: int
    rule: Rule
    hold_days: int
    window_days: int
    proof_required: bool
    min_order_minor: int = 0
    credit_policy: CreditPolicy = CreditPolicy.GRADE_FIRST
    notice_days: int = NOTICE_DAYS
    auto_approve_days: int = 0


class Promotion(StrEnum):
    """Ways of promotion that brands most often forbid."""

    BRAND_SEARCH = "brand_search"
    PAID_ADS = "paid_ads"
    COUPON_SITES = "coupon_sites"
    SPAM = "spam"
    CASHBACK = "cashback"
    FALSE_CLAIMS = "false_claims"
    ADULT = "adult"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """What creators must not do: from the fixed list, and in the brand's own words."""

    ways: tuple[Promotion, ...] = ()
    own: str = ""

    def __bool__(self) -> bool:
        return bool(self.ways or self.own)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"ways": [str(way) for way in self.ways], "own": self.own} if self else {}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Forbidden:
        """Read what is stored."""
        return cls(
            ways=tuple(Promotion(way) for way in data.get("ways", ())),
            own=str(data.get("own", "")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file of the media kit: an upload's id and the name that it came with."""

    upload: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaKit:
    """What creators may use in their posts: a folder somewhere (https), files, or both."""

    link: str = ""
    files: tuple[MediaFile, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.link or self.files)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        files = [[file.upload, file.name] for file in self.files]
        return {"link": self.link, "files": files} if self else {}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MediaKit:
        """Read what is stored."""
        return cls(
            link=str(data.get("link", "")),
            files=tuple(
                MediaFile(upload=int(upload), name=str(name))
                for upload, name in data.get("files", ())
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferText:
    """Title and description in one language."""

    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Whom an offer is for; empty means anybody."""

    tiers: tuple[Tier, ...] = ()
    cities: tuple[str, ...] = ()
    languages: tuple[Locale, ...] = ()
    platforms: tuple[Platform, ...] = ()
    min_followers: int = 0
    legal_statuses: tuple[LegalStatus, ...] = ()

    def missing(self, creator: Creator) -> tuple[str, ...]:
        """What the creator lacks: tier, city, language, platform, followers, legal_status,
        verification.

        "verification" stands for tier and followers where the claimed number would do: only the
        proof of it is missing.
        """
        gaps = self._gaps(creator, creator.followers)
        size = {"tier", "followers"}
        if not size & set(gaps) or size & set(self._gaps(creator, creator.claimed)):
            return gaps
        return (*(what for what in gaps if what not in size), "verification")

    def _gaps(self, creator: Creator, followers: int) -> tuple[str, ...]:
        own = {channel.platform for channel in creator.channels}
        gaps = {
            "tier": bool(self.tiers) and tier(followers) not in self.tiers,
            "city": bool(self.cities) and creator.city not in self.cities,
            "language": bool(self.languages) and not set(self.languages) & set(creator.languages),
            "platform": bool(self.platforms) and not set(self.platforms) & own,
            "followers": followers < self.min_followers,
            "legal_status": bool(self.legal_statuses)
            and creator.legal_status not in self.legal_statuses,
        }
        return tuple(what for what, lacking in gaps.items() if lacking)

    def demand(self, creator: Creator, *, offer: int = 0) -> None:
        """Raise NotEligible with everything that is missing; `offer` is the one that is wanted."""
        if missing := self.missing(creator):
            raise NotEligible(missing, offer)


ANYBODY: Final = Eligibility()
NOTHING_FORBIDDEN: Final = Forbidden()
NO_MEDIA: Final = MediaKit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a brand offers. `discount_bps` is the buyer's discount with a creator's code.

    `click_param` is the query parameter in which the shop takes our click id and gives it back in
    its orders; empty where it cannot, and then a landing page shows the code instead of a redirect.
    `picture` is an upload's id. `spent_minor` (tiyn) is what its commissions come to so far.
    """

    id: OfferId | None
    brand: BrandId
    state: OfferState
    category: Category
    place: Place
    url: str
    texts: dict[Locale, OfferText]
    terms: Terms
    discount_bps: int = 0
    click_param: str = ""
    picture: int | None = None
    eligibility: Eligibility = ANYBODY
    admission: Admission = Admission.OPEN
    code_source: CodeSource = CodeSource.NAME
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    review_note: str = ""
    forbidden: Forbidden = NOTHING_FORBIDDEN
    media: MediaKit = NO_MEDIA
    spent_minor: int = 0

    def text(self, locale: Locale) -> OfferText:
        """The text in the language, or in Russian, or in Kazakh."""
        for wanted in (locale, Locale.RU, Locale.KK):
            if wanted in self.texts:
                return self.texts[wanted]
        raise LookupError("an offer has at least one text")

    def title(self, locale: Locale) -> str:
        """The title, as of `text`."""
        return self.text(locale).title

    @property
    def budget_left_minor(self) -> int | None:
        """What of the budget is left, tiyn, never below zero; None where there is no budget."""
        budget = self.terms.rule.budget_minor
        return max(0, budget - self.spent_minor) if budget else None

    def move(self, to: OfferState) -> Offer:
        """Go to another state; ValueError where the life of an offer does not allow it."""
        if to not in NEXT[self.state]:
            raise ValueError(f"offer {self.id}: {self.state} -> {to}")
        return replace(self, state=to)

    def demand_publishable(self) -> None:
        """Raise DraftIncomplete unless both obligatory languages, address and rule are there."""
        missing = [
            f"text_{locale}"
            for locale in REQUIRED_LOCALES
            if locale not in self.texts or not self.texts[locale].title
        ]
        if not self.url:
            missing.append("url")
        if missing:
            raise DraftIncomplete(tuple(missing))

    def open_at(self, now: datetime) -> bool:
        """Whether creators may take the offer now."""
        if self.state is not OfferState.ACTIVE:
            return False
        return (self.starts_at is None or self.starts_at <= now) and (
            self.ends_at is None or now < self.ends_at
        )


def shop_url(text: str) -> str:
    """Check an address that buyers are led to: https, a host with a dot, no credentials.

    Raises BadInput("url").
    """
    text = text.strip()
    if any(ord(char) <= 32 or ord(char) == 127 for char in text) or len(text) > 500:
        raise BadInput("url", text[:100])
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadInput("url", text[:100]) from None
    host = parts.hostname or ""
    proper = parts.scheme == "https" and "." in host and not host.replace(".", "").isdigit()
    if not proper or parts.username or parts.password or port not in (None, 443):
        raise BadInput("url", text[:100])
    return text
