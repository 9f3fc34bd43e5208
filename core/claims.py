"""A buyer's claim: the number of an order or a fiscal receipt that they say is theirs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.errors import BadInput
from core.ids import BrandId, ClaimId, EnrolmentId, OrderId, PersonId
from core.money import Money
from core.orders import Place
from core.receipts import FiscalReceipt
from core.sources.values import LineRejected, order_id

TYPED_MAX: Final = 300  # characters of a message in which a number is looked for
AHEAD: Final = timedelta(days=1)  # feeds that tell only the date may put an order so much later
SLACK: Final = timedelta(minutes=10)  # by which the clocks of registers are wrong

# How long before and after a receipt its order may have been placed. Shops print the receipt when
# they are paid or hand over, days later; at a till both are the same moment. Feeds
# that tell only the date put an order up to a day later.
_AT_TILL: Final = (timedelta(hours=1), timedelta(hours=1))
_ONLINE: Final = (timedelta(days=10), AHEAD)


class ClaimKind(StrEnum):
    """By what the buyer says it."""

    NUMBER = "number"
    RECEIPT = "receipt"


class ClaimState(StrEnum):
    """waiting for the merchant's data → matched with an order, refused, or expired."""

    WAITING = "waiting"
    MATCHED = "matched"
    REFUSED = "refused"
    EXPIRED = "expired"


class Refusal(StrEnum):
    """Why a claim does not count; kept with the claim."""

    OWN = "own"  # the creator's own purchase
    TAKEN = "taken"  # somebody else claimed the order before
    RECEIPT_TAKEN = "receipt_taken"  # somebody else sent the receipt before
    OTHER_BUYER = "other_buyer"  # the merchant knows another buyer's phone, who is one of ours
    EARLY = "early"  # bought before the link was opened
    LATE = "late"  # bought when the link did not count any more
    AHEAD = "ahead"  # named before the order was placed
    OTHER_SHOP = "other_shop"  # the receipt is of no cash register of the brand
    FUTURE = "future"  # the receipt's time has not come
    RETURNED = "returned"  # a receipt of a return
    FORGED = "forged"  # an address that is none of a fiscal data operator
    DOUBLE = "double"  # the same person has claimed the same order otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """How many claims a person may send in 24 hours, and how long after a link's window (days) one
    may still come or wait."""

    per_day: int = 10
    margin_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTouch:
    """That a person came to an enrolment, and what a claim needs to know of it.

    `window_days` is the longest window under any of the enrolment's terms.
    """

    person: PersonId
    enrolment: EnrolmentId
    creator: PersonId
    brand: BrandId
    brand_name: str
    place: Place
    at: datetime
    window_days: int

    @property
    def until(self) -> datetime:
        """Until when orders count (UTC)."""
        return self.at + timedelta(days=self.window_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClaim:
    """A claim that is to be kept; `external_id` is empty for a receipt."""

    person: PersonId
    brand: BrandId
    place: Place
    enrolment: EnrolmentId
    kind: ClaimKind
    external_id: str = ""
    receipt: FiscalReceipt | None = None
    receipt_key: bytes | None = None
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim as it stands; `expires_at` is until when it waits (UTC).

    `amount` is what the order cost by the merchant, or was paid by the receipt.
    """

    id: ClaimId
    person: PersonId
    brand: BrandId
    brand_name: str
    place: Place
    enrolment: EnrolmentId
    kind: ClaimKind
    state: ClaimState
    reason: str
    external_id: str
    order: OrderId | None
    amount: Money | None
    paid_at: datetime | None
    at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An order of the merchant that somebody may claim.

    `phone` is the digest of the phone that the merchant has, `owners` are those of our buyers who
    shared it; `claimed_by` is whose claim of the order stands.
    """

    order: OrderId
    brand: BrandId
    place: Place
    external_id: str
    ordered_at: datetime
    net: Money
    phone: bytes | None = field(default=None, repr=False)
    owners: frozenset[PersonId] = frozenset()
    claimed_by: PersonId | None = None

    def is_of_another(self, claimant: PersonId, shared: bytes | None) -> bool:
        """Whether the merchant knows another buyer for it than who shared this phone, or none."""
        if self.phone is None or claimant in self.owners:
            return False
        return bool(self.owners) or shared is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReceipt:
    """A receipt whose order is not known (`paid_at` in UTC).

    `phone` is the digest of the phone that the person has shared, if they have.
    """

    id: ClaimId
    person: PersonId
    place: Place
    amount: Money
    paid_at: datetime
    phone: bytes | None = field(default=None, repr=False)


# What a buyer finds in the place's app or on its slip.
_FORMS: Final = {
    Place.KASPI: re.compile(r"[0-9]{6,12}"),  # 496149022
    Place.WILDBERRIES: re.compile(r"(?=.*[0-9]{4})[A-Za-z0-9._-]{6,64}"),  # 31070…77.0.0
    Place.OZON: re.compile(r"[0-9]{4,12}-[0-9]{4}-[0-9]{1,3}"),  # 24219509-0020-1
    Place.HALYK: re.compile(r"[0-9]{6,12}(?:-[0-9]{1,3})?"),  # 0008449018-1
    Place.OWN_SHOP: re.compile(r"(?=.*[0-9])[\w./-]{1,40}"),  # 1001, QY-1001
    Place.IN_STORE: re.compile(r"(?=.*[0-9])[\w./-]{1,40}"),
}
_BREAKS: Final = re.compile(r"[\s,;:()«»\"“”]+")


def order_number(place: Place, text: str) -> str:
    """The number of an order in what a buyer typed, as the merchant's rows have it.

    "Заказ №712 155 089" -> "712155089". Raises BadInput: order_kaspi and so on where there is none
    of the place's form, order_numbers where there are several.
    """
    line = " ".join(text[:TYPED_MAX].split())
    found = dict.fromkeys(_numbers(place, [line])) or dict.fromkeys(
        _numbers(place, [*_joined(line), *_BREAKS.split(line)])
    )
    if len(found) > 1:
        raise BadInput("order_numbers")
    for number in found:
        return number
    raise BadInput(f"order_{place}", line[:100])


def _joined(line: str) -> list[str]:
    """Digits in groups, as apps show them: "712 155 089"."""
    return [group.replace(" ", "") for group in re.findall(r"[0-9]+(?: [0-9]+)+", line)]


def _numbers(place: Place, words: Iterable[str]) -> Iterable[str]:
    for word in words:
        try:
            number = order_id(word.strip(" .,!?№#"))
        except LineRejected:
            continue
        if _FORMS[place].fullmatch(number):
            yield number


def timely(touches: Iterable[ClaimTouch], ordered_at: datetime) -> Refusal | None:
    """Whether some touch counts for an order of that time; what is wrong where none does."""
    found = list(touches)
    if not found or any(touch.at <= ordered_at <= touch.until for touch in found):
        return None  # with no touch left a consent was withdrawn: nothing is held against anybody
    return Refusal.EARLY if all(ordered_at < touch.at for touch in found) else Refusal.LATE


def against(
    purchase: Purchase,
    claimant: PersonId,
    shared: bytes | None,
    touches: Iterable[ClaimTouch],
    *,
    claimed_at: datetime,
) -> Refusal | None:
    """What speaks against the claim of an order, as `core.evidence.by_claim` judges it.

    `shared` is the digest of the claimant's phone, `touches` are those that count.
    """
    if purchase.is_of_another(claimant, shared):
        return Refusal.OTHER_BUYER
    if purchase.ordered_at - claimed_at > AHEAD:
        return Refusal.AHEAD
    return timely(touches, purchase.ordered_at)


def check_receipt(
    receipt: FiscalReceipt,
    touches: Sequence[ClaimTouch],
    registers: frozenset[str],
    *,
    now: datetime,
) -> Refusal | None:
    """What speaks against a receipt before any order is looked at.

    `touches` are those that count, `registers` the brand's cash registers as far as it named them.
    """
    if receipt.at > now + SLACK:
        return Refusal.FUTURE
    if registers and receipt.register not in registers:
        return Refusal.OTHER_SHOP
    if all(receipt.at + SLACK < touch.at for touch in touches):
        return Refusal.EARLY
    if all(receipt.at - _ONLINE[0] > touch.until for touch in touches):
        return Refusal.LATE
    return None


def around(place: Place, paid_at: datetime) -> tuple[datetime, datetime]:
    """Between which moments the order of a receipt was placed."""
    before, after = _AT_TILL if place is Place.IN_STORE else _ONLINE
    return paid_at - before, paid_at + after


def handed_over_since(paid_at: datetime) -> datetime:
    """No order that was handed over before that moment has the receipt: it comes with the goods."""
    return paid_at - AHEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found for a receipt: its order, or None where the buyer must be asked.

    `double`: the same person has claimed that order by its number.
    """

    claim: ClaimId
    purchase: Purchase | None
    double: bool = False


def pair_up(
    waiting: Sequence[WaitingReceipt], fitting: Mapping[ClaimId, Sequence[Purchase]]
) -> list[Answer]:
    """Find each receipt's order where only one can be it, and it can be no other receipt's.

    Orders that others have claimed, or that are known to be others', are nobody's to choose from.
    Receipts for which nothing fits go without an answer.
    """
    free: dict[ClaimId, list[Purchase]] = {}
    answers = []
    for receipt in waiting:
        fit = fitting.get(receipt.id, ())
        found = [one for one in fit if not one.is_of_another(receipt.person, receipt.phone)]
        own = [one for one in found if one.claimed_by == receipt.person]
        if own:
            answers.append(Answer(claim=receipt.id, purchase=own[0], double=True))
        elif open_ := [one for one in found if one.claimed_by is None]:
            free[receipt.id] = open_
    wanted = Counter(one.order for found in free.values() for one in found)
    for claim, found in free.items():
        alone = len(found) == 1 and wanted[found[0].order] == 1
        answers.append(Answer(claim=claim, purchase=found[0] if alone else None))
    return answers
