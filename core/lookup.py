"""What a person of the staff may have at hand of somebody, and what it can mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from core import codes, identifiers, naming
from core.errors import DomainError
from core.ids import BrandId, OfferId, OrderId, PayoutId, PersonId
from core.offers import OfferState
from core.people import Locale

QUERY_MAX: Final = 100  # characters
WORDS_MAX: Final = 5
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_REFERENCE: Final = re.compile(r"[^\s]{3,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Everything that the typed text can mean; what it cannot be is None or empty."""

    text: str
    words: tuple[str, ...] = ()
    number: int | None = None  # a Telegram id
    bin: str | None = None
    iin: str | None = None
    iban: str | None = None
    code: str | None = None
    reference: str | None = None  # the number of an order or of a payout

    @property
    def personal(self) -> bool:
        """Whether the text is somebody's IIN or account."""
        return self.iin is not None or self.iban is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOffer:
    """An offer whose title fits."""

    id: OfferId
    brand_name: str
    state: OfferState
    titles: dict[str, str]

    def title(self, locale: Locale) -> str:
        """The title in a language, or in Kazakh."""
        return self.titles.get(locale) or self.titles.get(Locale.KK) or next(iter(self.titles), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCode:
    """A promo code with whoever held it last."""

    code: str
    brand: BrandId
    brand_name: str
    holder: PersonId | None
    holder_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrder:
    """An order with this number in the shop."""

    id: OrderId
    external_id: str
    brand: BrandId
    brand_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPayout:
    """A payout with this number."""

    id: PayoutId
    number: str
    creator_name: str


def read(text: str, today: date) -> Query:
    """Everything that the text can mean.

    >>> read("@Aigerim_S", date(2026, 11, 21)).words
    ('aigerim_s',)
    """
    text = " ".join(text.split())[:QUERY_MAX]
    handle = re.sub(r"^(?:https?://)?t\.me/", "", text).removeprefix("@")
    compact = text.replace(" ", "")
    return Query(
        text=text,
        words=naming.words(handle)[:WORDS_MAX],
        number=int(compact) if _NUMBER.fullmatch(compact) else None,
        bin=_bin(compact),
        iin=_iin(compact, today),
        iban=_iban(compact),
        code=codes.normal(text) if 2 <= len(codes.normal(text)) <= codes.CODE_MAX else None,
        reference=text if _REFERENCE.fullmatch(text) else None,
    )


def _bin(text: str) -> str | None:
    try:
        return identifiers.parse_bin(text)
    except DomainError:
        return None


def _iin(text: str, today: date) -> str | None:
    try:
        return identifiers.parse_iin(text, today).number
    except DomainError:
        return None


def _iban(text: str) -> str | None:
    try:
        return identifiers.parse_iban(text).number
    except DomainError:
        return None
