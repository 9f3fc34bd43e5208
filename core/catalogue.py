"""What people see of offers: lines of the catalogue, its filters, and the card of one offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from core.changes import OfferChange
from core.deadlines import Reading
from core.enrolments import Enrolment
from core.ids import OfferId
from core.money import Money, tenge
from core.offers import Eligibility, Offer
from core.orders import Place
from core.people import Actor, Brand, Category, CreatorState
from core.track_records import TrackRecord

TYPICAL_ORDER: Final = tenge(20_000)  # a middling basket of the marketplaces, for examples only


class Order(StrEnum):
    """In which order offers are listed; the values travel in buttons.

    FOR_ME are the newest ones that a creator may take and whose category is theirs; ENDING, the
    soonest first, has only offers that end.
    """

    FOR_ME = "m"
    REWARD = "r"
    NEW = "n"
    ENDING = "e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows the catalogue; None or empty lets everything pass.

    `needles` are beginnings of words, as `core.spelling.needles` makes them; an offer has a word
    for each. `categories` are a creator's own.
    """

    category: Category | None = None
    place: Place | None = None
    needles: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page begins: beyond the offer `after`, or, read backwards, before `before`."""

    after: OfferId | None = None
    before: OfferId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An open offer of which only is known for whom it is."""

    id: OfferId
    eligibility: Eligibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One line of a list of offers; `open` says whether it can be taken now."""

    offer: Offer
    brand: str
    open: bool = True
    late: int = 0  # days for which the brand owes a reading of orders there


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """How many open offers each filter would show, the other filter being as it is."""

    categories: Mapping[Category, int] = field(default_factory=dict)
    places: Mapping[Place, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the catalogue in its `order`; `previous` and `next` are the ids to page from.

    They are None at an end. A page of FOR_ME may be short, or empty, and still have a `next`: then
    many offers in a row were for others.
    """

    listings: tuple[Listing, ...]
    order: Order = Order.NEW
    previous: OfferId | None = None
    next: OfferId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPage:
    """A page of the offers that a person has saved, and the place in the list to go on from."""

    listings: tuple[Listing, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCard:
    """One offer as a creator sees it.

    `open` says whether it can be taken now by anybody; `profile_gaps` and `eligibility_gaps` what
    this creator lacks (the words of ProfileIncomplete and NotEligible); `picture` is image bytes.
    An `insider` looks at it for the brand or the operator; `invited` came by a link of the brand.
    `record` is how sales of the offer, or of its brand, went so far; None where there are too few
    of them. `reading` is the last one of the brand's orders where the offer is bought, to be held
    against `today` in Almaty; without that nothing is said of it. `changes` are announced ones, and
    for insiders also those that wait for a moderator.
    """

    offer: Offer
    brand: Brand
    enrolment: Enrolment | None = None
    picture: bytes | None = field(default=None, repr=False)
    open: bool = True
    profile_gaps: tuple[str, ...] = ()
    eligibility_gaps: tuple[str, ...] = ()
    suspended: bool = False
    insider: bool = False
    invited: bool = False
    changes: tuple[OfferChange, ...] = ()
    saved: bool = False
    record: TrackRecord | None = None
    reading: Reading | None = None
    today: date | None = None


def suits(actor: Actor) -> bool:
    """Whether there is a list "for me": the actor has a creator's profile."""
    return actor.creator in (CreatorState.NEW, CreatorState.ACTIVE)


def example(offer: Offer) -> tuple[Money, Money]:
    """A plausible order and what it would bring: (net amount, commission)."""
    terms = offer.terms
    base = max(TYPICAL_ORDER, Money(terms.min_order_minor))
    if terms.rule.by_units:
        return base, min(base, Money(terms.rule.per_unit_minor))  # a unit, for want of a basket
    return base, terms.rule.price(
        base, min_order_minor=terms.min_order_minor, earned_this_month=Money(0)
    )
