"""Enrolments: a creator in an offer, the hub from which codes, links, proofs and orders hang."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.ids import BrandId, EnrolmentId, LinkId, OfferId, PersonId, TermsId
from core.money import ZERO, Money
from core.offers import Offer
from core.people import Brand


class EnrolmentState(StrEnum):
    """The life of an enrolment; SUSPENDED, LEFT and ENDED keep what was earned."""

    APPLIED = "applied"
    DECLINED = "declined"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A creator who took an offer under the terms that were shown."""

    id: EnrolmentId
    creator: PersonId
    offer: OfferId
    brand: BrandId
    terms: TermsId
    state: EnrolmentState
    accepted_at: datetime
    code: str
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentStats:
    """What an enrolment has brought so far.

    `clicks` counts people, not robots; `orders` those that earn or may yet earn, `lost` the
    rejected and returned ones; `pending` waits for the merchant, `in_hold` for time, `available`
    is earned.
    """

    clicks: int = 0
    orders: int = 0
    lost: int = 0
    pending: Money = ZERO
    in_hold: Money = ZERO
    available: Money = ZERO

    @property
    def earned(self) -> Money:
        """Everything that is not lost, however sure it is."""
        return self.pending + self.in_hold + self.available


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentCard:
    """A creator's own view of an enrolment; `offer.terms` are the terms that were accepted."""

    enrolment: Enrolment
    offer: Offer
    brand: Brand
    stats: EnrolmentStats = EnrolmentStats()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorOfBrand:
    """One line of a brand's creators; `titles` are the offer's, by language."""

    enrolment: EnrolmentId
    name: str
    state: EnrolmentState
    titles: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorInOffer:
    """A brand's view of an enrolment; `skus` are reserved for it now."""

    enrolment: Enrolment
    name: str
    stats: EnrolmentStats = EnrolmentStats()
    skus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEnrolment:
    """An enrolment of a programme that ran elsewhere before."""

    creator: PersonId
    offer: OfferId
    brand: BrandId
    terms: TermsId
    state: EnrolmentState
    accepted_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A slug that leads to an enrolment; `placement` names the spot (story, packaging)."""

    id: LinkId | None
    enrolment: EnrolmentId
    slug: str
    placement: str = ""


SLUG_LENGTH: Final = 8  # of 31 letters: 8.5e11 slugs, not worth guessing
