"""Enrolments: a creator in an offer, the hub from which codes, links, proofs and orders hang."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.ids import BrandId, EnrolmentId, LinkId, OfferId, PersonId, TermsId


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
class Link:
    """A slug that leads to an enrolment; `placement` names the spot (story, packaging)."""

    id: LinkId | None
    enrolment: EnrolmentId
    slug: str
    placement: str = ""


SLUG_LENGTH = 8  # of 31 letters: 8.5e11 slugs, not worth guessing
