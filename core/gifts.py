"""What a buyer gets for a purchase: nothing, a thank-you text, or a gift code of the brand's."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.code_pools import LINES_MAX, PoolProblem
from core.errors import BadInput, FileRefused
from core.forbidden import ForbiddenCategory, warnings
from core.ids import BrandId, ClaimId, OfferId, PersonId
from core.people import Locale

TEXT_MAX: Final = 400  # characters of a text for buyers
CODE_MIN: Final = 3
CODE_MAX: Final = 200  # characters: a copy button takes 256
OBLIGATORY: Final = (Locale.KK, Locale.RU)
_COLUMN: Final = frozenset(
    {
        "code", "codes", "gift", "gift code", "voucher", "coupon", "certificate", "код", "коды",
        "промокод", "подарок", "подарочный код", "сертификат", "ваучер", "сыйлық", "сыйлық коды",
        "сыйлық кодтары", "кодтар",
    }
)  # fmt: skip


class RewardKind(StrEnum):
    """The offer's choice."""

    NOTHING = "nothing"
    THANKS = "thanks"
    GIFT = "gift"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerReward:
    """What buyers get who tell of a purchase from `since` on (UTC); it is kept to once promised.

    `texts` thank them or say how a gift code is used; there is a Kazakh and a Russian one, or none.
    """

    kind: RewardKind = RewardKind.NOTHING
    texts: Mapping[Locale, str] = field(default_factory=dict)
    since: datetime | None = None

    def text(self, locale: Locale) -> str:
        """The text in the language, or in Russian; empty where there is none."""
        return self.texts.get(locale) or self.texts.get(Locale.RU, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCount:
    """Gift codes of an offer; `waiting` buyers have an approved order and no code yet.

    `last` is the id of the newest code.
    """

    free: int = 0
    given: int = 0
    last: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReward:
    """A claim whose order is approved and for which nothing was given yet."""

    claim: ClaimId
    person: PersonId
    offer: OfferId
    brand: BrandId
    claimed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenGift:
    """A gift code that a buyer has got."""

    brand_name: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftFile:
    """What was read of a file: codes with their 1-based lines, and what was wrong."""

    found: dict[str, int] = field(default_factory=dict)
    problems: tuple[PoolProblem, ...] = ()


def promised(history: Sequence[BuyerReward], at: datetime) -> BuyerReward:
    """What stood at a moment; `history` is in the order of time."""
    stood = BuyerReward()
    for one in history:
        if one.since is None or one.since <= at:
            stood = one
    return stood


def text_for_buyers(text: str) -> str:
    """A text as it is kept; BadInput("thanks") for none, a long one, or a forbidden subject.

    Nobody reviews it before it is sent, so what only a licence permits is refused as well.
    """
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    tidy = "\n".join(line for line in lines if line)
    tidy = "".join(char for char in tidy if char == "\n" or char.isprintable())
    if not tidy or len(tidy) > TEXT_MAX:
        raise BadInput("thanks")
    if any(ForbiddenCategory(hint) for hint in warnings([tidy])):
        raise BadInput("thanks", "forbidden")
    return tidy


def gift_code(text: str) -> str:
    """A code as it is kept: letters as they were, blanks one by one.

    BadInput("gift") with the detail short, long or signs.
    """
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not all(char.isprintable() for char in tidy):
        raise BadInput("gift", "signs")
    if len(tidy) < CODE_MIN:
        raise BadInput("gift", "short")
    if len(tidy) > CODE_MAX:
        raise BadInput("gift", "long")
    return tidy


def read_gifts(lines: Iterable[tuple[int, str]]) -> GiftFile:
    """Gift codes from the lines of a file; a first line that names the column is passed over.

    Raises FileRefused("too_many_codes") as soon as there are too many lines to look at.
    """
    found: dict[str, int] = {}
    problems: list[PoolProblem] = []
    for number, (line, text) in enumerate(lines):
        if not text.strip() or (number == 0 and text.strip().casefold().strip(":№#") in _COLUMN):
            continue
        if len(found) + len(problems) >= LINES_MAX:
            raise FileRefused("too_many_codes")
        why = _rounded(text)
        code = ""
        if not why:
            try:
                code = gift_code(text)
            except BadInput as error:
                why = error.detail
        if code in found:
            why = "repeated"
        if why:
            problems.append(PoolProblem(line=line, text=text.strip()[:60], why=why))
        else:
            found[code] = line
    return GiftFile(found=found, problems=tuple(problems))


def _rounded(text: str) -> str:
    """Whether a spreadsheet has rounded or hidden a long number: 1.23E+15, ####."""
    mantissa, mark, exponent = text.strip().upper().partition("E+")
    digits = mantissa.replace(".", "").replace(",", "")
    lost = bool(mark) and exponent.isdigit() and digits.isdigit()
    return "damaged" if lost or not text.strip().strip("#") else ""
