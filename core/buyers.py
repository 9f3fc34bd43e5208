"""Buyers: whoever came by a creator's link, the phone that they may share, what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.errors import BadInput
from core.gifts import GivenGift
from core.ids import BrandId
from core.links import LinkTarget
from core.orders import Place
from core.people import Consent
from core.sources import values

# Where merchants' data name the buyer's phone: elsewhere it would be shared for nothing.
PHONE_PLACES: Final = frozenset({Place.KASPI, Place.HALYK, Place.OWN_SHOP, Place.IN_STORE})
ANONYMOUS: Final = "+888"  # numbers that Telegram sells for signing up: no shop can ring them


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What somebody finds behind a creator's link.

    `target` is None for a link that was never given out. `own` says that the visitor is the creator
    whose link it is; `shared` that their phone is kept, `asked` that it would help to have it,
    `gift` that whoever tells of a purchase gets a gift code.
    """

    target: LinkTarget | None
    own: bool = False
    shared: bool = False
    asked: bool = False
    gift: bool = False

    @property
    def open(self) -> LinkTarget | None:
        """The target, while buyers may be led to it."""
        return self.target if self.target is not None and self.target.active else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """How often somebody came to a brand by links, and when last (UTC)."""

    brand: BrandId
    name: str
    count: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContact:
    """A contact as Telegram hands it over; `forwarded` when it was first sent somewhere else."""

    owner: int | None  # Telegram id
    number: str
    forwarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOfBuyer:
    """What is kept of somebody as a buyer."""

    visits: tuple[Visits, ...] = ()
    shared_at: datetime | None = None
    consent: Consent | None = None  # the latest, also one that was withdrawn
    claims: int = 0
    gifts: tuple[GivenGift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure took away."""

    visits: int = 0
    phone: bool = False
    claims: int = 0  # that were waiting for the merchant's data


class Duty(StrEnum):
    """Why somebody cannot be forgotten whole."""

    CREATOR = "creator"
    MANAGER = "manager"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What became of the wish to be forgotten: something was erased, or `duties` stand against."""

    erased: Erased = Erased()
    duties: frozenset[Duty] = frozenset()


def own_number(contact: SharedContact, sender: int) -> str:
    """The sender's own phone as E.164.

    BadInput("contact") with the detail "foreign" for anybody else's, or one that is passed on: only
    Telegram's button vouches for a number. "anonymous" for a number that is no telephone.
    """
    if contact.forwarded or contact.owner != sender:
        raise BadInput("contact", "foreign")
    # Telegram writes the country's code first, with or without a plus.
    number = values.phone("+" + contact.number.strip().lstrip("+"))
    if number is None or number.startswith(ANONYMOUS):
        raise BadInput("contact", "anonymous")
    return number
