"""What people see of offers: lines of the catalogue, its filters, and the card of one offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.enrolments import Enrolment
from core.money import Money, tenge
from core.offers import Offer
from core.orders import Place
from core.people import Brand, Category

TYPICAL_ORDER: Final = tenge(20_000)  # a middling basket of the marketplaces, for examples only


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One line of the catalogue."""

    offer: Offer
    brand: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """How many open offers each filter would show, the other filter being as it is."""

    categories: Mapping[Category, int] = field(default_factory=dict)
    places: Mapping[Place, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the catalogue; `newer` and `older` are the ids to page from, None at an end."""

    listings: tuple[Listing, ...]
    facets: Facets
    newer: int | None = None
    older: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferCard:
    """One offer as a creator sees it.

    `open` says whether it can be taken now by anybody; `profile_gaps` and `eligibility_gaps` what
    this creator lacks (the words of ProfileIncomplete and NotEligible); `picture` is image bytes.
    An `insider` looks at it for the brand or the operator; `invited` came by a link of the brand.
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


def example(offer: Offer) -> tuple[Money, Money]:
    """A plausible order and what it would bring: (net amount, commission)."""
    terms = offer.terms
    base = max(TYPICAL_ORDER, Money(terms.min_order_minor))
    return base, terms.rule.price(
        base, min_order_minor=terms.min_order_minor, earned_this_month=Money(0)
    )
