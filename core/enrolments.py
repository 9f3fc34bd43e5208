"""Enrolments: a creator in an offer, the hub from which codes, links, proofs and orders hang."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.code_changes import CodeNotice, CodeRequest
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


# In these the accepted terms are shown; from the others one comes back under those of the day.
STANDING: Final = (EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED, EnrolmentState.ENDED)
GOING_ON: Final = (EnrolmentState.APPLIED, EnrolmentState.ACTIVE, EnrolmentState.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A creator who took an offer under the terms that were shown.

    `code` is the one held now, or the last one; `holds_code` tells which. `reason` says why the
    state is what it is, `note` what an applicant wrote, `reapply_at` when a declined one may apply
    again.
    """

    id: EnrolmentId
    creator: PersonId
    offer: OfferId
    brand: BrandId
    terms: TermsId
    state: EnrolmentState
    accepted_at: datetime
    code: str
    slug: str
    holds_code: bool = True
    note: str = ""
    reason: str = ""
    state_since: datetime | None = None
    reapply_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentEvent:
    """One step in the life of an enrolment; `terms` are those in force from then on."""

    at: datetime
    state: EnrolmentState
    reason: str
    terms: TermsId


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
    """A creator's own view of an enrolment; `offer.terms` are the terms that were accepted.

    `wish` is a code that was asked for, `notice` an announced end of the present one.
    """

    enrolment: Enrolment
    offer: Offer
    brand: Brand
    stats: EnrolmentStats = EnrolmentStats()
    wish: CodeRequest | None = None
    notice: CodeNotice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorOfBrand:
    """One line of a brand's creators; `titles` are the offer's, by language."""

    enrolment: EnrolmentId
    name: str
    state: EnrolmentState
    titles: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorInOffer:
    """A brand's view of an enrolment; `notice` is announced."""

    enrolment: Enrolment
    name: str
    stats: EnrolmentStats = EnrolmentStats()
    notice: CodeNotice | None = None


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
    """A slug that leads to an enrolment; `placement` names the spot (story, packaging).

    One that is off leads on as well, but counts for the enrolment's main link.
    """

    id: LinkId
    enrolment: EnrolmentId
    slug: str
    placement: str = ""
    off: bool = False


SLUG_LENGTH: Final = 8  # of 31 letters: 8.5e11 slugs, not worth guessing
