"""Who gets into an offer: at once, by a brand's decision, or with an invitation; and who is out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.enrolments import Enrolment, EnrolmentState
from core.errors import ApplicationTooEarly, BadInput, InvitationNeeded, OutOfDate
from core.ids import OfferId, OfferInvitationId
from core.money import BPS
from core.offers import Admission
from core.people import Creator

REAPPLY_AFTER: Final = timedelta(days=30)
NOTE_MAX: Final = 300  # characters of an application's note
INVITATION_VALID: Final = timedelta(days=30)
PLACES: Final = (1, 10, 50)  # people whom one link lets in: the choices of the screen
PLACES_MAX: Final = 1_000
WITHDRAWN: Final = "withdrawn"  # reason of an enrolment that was left before it was accepted


class DeclineReason(StrEnum):
    """Why a brand declines an application."""

    AUDIENCE = "audience"
    CONTENT = "content"
    CHANNEL = "channel"
    CITY = "city"
    FULL = "full"


class SuspendReason(StrEnum):
    """Why a brand suspends a creator in its offer."""

    FORBIDDEN_PROMOTION = "forbidden"
    NO_LABEL = "no_label"
    FALSE_CLAIMS = "false_claims"
    OWN_ORDERS = "own_orders"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferInvitation:
    """A link that lets people into an offer; `places` is how many, `used` how many have come."""

    id: OfferInvitationId
    offer: OfferId
    places: int
    used: int
    created_at: datetime
    expires_at: datetime

    def open_at(self, now: datetime) -> bool:
        """Whether it lets anybody else in."""
        return now < self.expires_at and self.used < self.places


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A number that is told only as a range: from `low` to `high` (None: or more)."""

    low: int
    high: int | None


ORDER_BANDS: Final = (0, 1, 10, 50, 200, 1_000)  # where the ranges begin
BRAND_BANDS: Final = (0, 1, 3, 10)
RATE_BANDS: Final = (0, 50, 80, 95)  # percent


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherBrands:
    """What a creator has brought to other brands, in ranges: no names, no sums of money.

    `confirmed` is the share of decided orders that were confirmed, in percent; None while too few
    are decided to say.
    """

    brands: Band
    orders: Band
    confirmed: Band | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatorCard:
    """A creator as a brand sees one."""

    creator: Creator
    elsewhere: OtherBrands


ENOUGH_DECIDED: Final = 10  # orders below which a share says nothing


def band(value: int, starts: tuple[int, ...]) -> Band:
    """The range that a number falls into.

    >>> band(57, (0, 1, 10, 50, 200))
    Band(low=50, high=199)
    """
    low = max(start for start in starts if start <= value)
    above = [start for start in starts if start > value]
    return Band(low=low, high=above[0] - 1 if above else None)


def other_brands(*, brands: int, confirmed: int, lost: int) -> OtherBrands:
    """Ranges from counts: of brands, and of orders that were confirmed or lost."""
    decided = confirmed + lost
    share = confirmed * 100 // decided if decided else 0
    return OtherBrands(
        brands=band(brands, BRAND_BANDS),
        orders=band(confirmed, ORDER_BANDS),
        confirmed=_share_band(share) if decided >= ENOUGH_DECIDED else None,
    )


def _share_band(percent: int) -> Band:
    found = band(percent, RATE_BANDS)
    return Band(low=found.low, high=BPS // 100 if found.high is None else found.high + 1)


def state_on_entry(
    admission: Admission, known: Enrolment | None, *, invited: bool, now: datetime
) -> EnrolmentState:
    """What a creator who asks becomes: ACTIVE at once, or APPLIED.

    Raises InvitationNeeded, ApplicationTooEarly, and OutOfDate("enrolment") for somebody who is in
    already or was put out.
    """
    if known is not None:
        again = (EnrolmentState.LEFT, EnrolmentState.DECLINED)
        if known.state not in again and not (invited and known.state is EnrolmentState.APPLIED):
            raise OutOfDate("enrolment")
        early = known.reapply_at is not None and now < known.reapply_at
        if known.state is EnrolmentState.DECLINED and early and not invited:
            assert known.reapply_at is not None
            raise ApplicationTooEarly(known.reapply_at)
    if invited or admission is Admission.OPEN:
        return EnrolmentState.ACTIVE
    if admission is Admission.INVITATION:
        raise InvitationNeeded
    return EnrolmentState.APPLIED


def clean_note(text: str) -> str:
    """What an applicant wrote, within its limit; raises BadInput("note")."""
    note = " ".join(text.split())
    if len(note) > NOTE_MAX:
        raise BadInput("note", str(len(note)))
    return note


def demand_places(places: int) -> int:
    """The number itself, or BadInput("places")."""
    if not 1 <= places <= PLACES_MAX:
        raise BadInput("places", str(places))
    return places
