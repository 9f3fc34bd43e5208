"""Disputes: a creator says that an order is missing, has a wrong amount or was wrongly declined.

A case has one order or many, each with a verdict of its own. What the merchant's data answer needs
no person; the rest waits for the brand until a day, then for what the offer's terms say of silence,
and for the staff where they say nothing. Once may the creator object to the brand's answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from core.errors import BadInput
from core.evidence import Grade
from core.ids import (
    BrandId,
    DisputedOrderId,
    DisputeId,
    EnrolmentId,
    OrderId,
    PersonId,
    RunId,
)
from core.money import ZERO, Money
from core.orders import OrderStatus, Place
from core.people import Locale
from core.sources.values import LineRejected, order_id

TYPED_MAX: Final = 100  # order numbers that a creator may put into one case
GATHERED_MAX: Final = 300  # order numbers of a case, those of followers among them
FOLLOWER_MAX: Final = 5  # order numbers that one follower may send to one case
OPEN_MAX: Final = 5  # cases that one creator may have under way
MONTH_MAX: Final = 20  # cases that one creator may open within 30 days
NOTE_MAX: Final = 300  # characters of what a creator or a manager writes beside
SLUG_LENGTH: Final = 10  # of the link for followers
NUMBER_MIN: Final = 3  # characters of an order's number


class DisputeKind(StrEnum):
    """What the creator says."""

    MISSING = "missing"
    AMOUNT = "amount"
    DECLINED = "declined"


class DisputeState(StrEnum):
    """OPEN while the creator gathers numbers; DATA waits for the merchant's next data.

    BRAND and STAFF wait for their answer. ANSWERED: each order has a verdict, to which the creator
    may object until a day. CLOSED and WITHDRAWN are the ends.
    """

    OPEN = "open"
    DATA = "data"
    BRAND = "brand"
    STAFF = "staff"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


NEXT: Final[Mapping[DisputeState, frozenset[DisputeState]]] = {
    DisputeState.OPEN: frozenset(
        {
            DisputeState.DATA,
            DisputeState.BRAND,
            DisputeState.ANSWERED,
            DisputeState.CLOSED,
            DisputeState.WITHDRAWN,
        }
    ),
    DisputeState.DATA: frozenset(
        {
            DisputeState.BRAND,
            DisputeState.ANSWERED,
            DisputeState.CLOSED,
            DisputeState.WITHDRAWN,
        }
    ),
    DisputeState.BRAND: frozenset(
        {
            DisputeState.STAFF,
            DisputeState.ANSWERED,
            DisputeState.CLOSED,
            DisputeState.WITHDRAWN,
        }
    ),
    DisputeState.STAFF: frozenset({DisputeState.CLOSED, DisputeState.WITHDRAWN}),
    DisputeState.ANSWERED: frozenset({DisputeState.STAFF, DisputeState.CLOSED}),
    DisputeState.CLOSED: frozenset(),
    DisputeState.WITHDRAWN: frozenset(),
}
UNDER_WAY: Final = (
    DisputeState.OPEN,
    DisputeState.DATA,
    DisputeState.BRAND,
    DisputeState.STAFF,
)
SUBMITTED: Final = (
    DisputeState.DATA,
    DisputeState.BRAND,
    DisputeState.STAFF,
    DisputeState.ANSWERED,
    DisputeState.CLOSED,
)
OVER: Final = (DisputeState.CLOSED, DisputeState.WITHDRAWN)


class Verdict(StrEnum):
    """What became of one order of a case."""

    WAITING = "waiting"
    YOURS = "yours"  # it is credited to the creator already
    OTHERS = "others"  # evidence credits it to another creator
    LOST = "lost"  # it was cancelled or returned
    EARLY = "early"  # it was placed before the creator had the offer
    PAID = "paid"
    ADJUSTED = "adjusted"
    DECLINED = "declined"
    NOT_FOUND = "not_found"  # it is not in the data of a day
    DROPPED = "dropped"  # the creator took the case back first


GOOD: Final = frozenset({Verdict.YOURS, Verdict.PAID, Verdict.ADJUSTED})
# What the creator may object to.
BAD: Final = frozenset(
    {Verdict.OTHERS, Verdict.LOST, Verdict.EARLY, Verdict.DECLINED, Verdict.NOT_FOUND}
)
ANSWERS: Final = frozenset({Verdict.PAID, Verdict.ADJUSTED, Verdict.DECLINED, Verdict.NOT_FOUND})


class DeclineReason(StrEnum):
    """Why an order is declined: a fixed list, so that creators in three languages understand it."""

    UNPAID = "unpaid"
    CANCELLED = "cancelled"  # the buyer cancelled or returned it
    OWN_PURCHASE = "own_purchase"
    OTHER_WAY = "other_way"  # the buyer came by other advertising
    EXCLUDED = "excluded"  # the offer does not cover these goods
    FORBIDDEN = "forbidden"  # promoted in a way that the offer forbids
    AMOUNT_RIGHT = "amount_right"
    NO_DELIVERY = "no_delivery"  # delivery is no part of the sum
    UNPROVED = "unproved"  # nothing ties the order to the creator


REASONS: Final[Mapping[DisputeKind, tuple[DeclineReason, ...]]] = {
    DisputeKind.MISSING: (
        DeclineReason.UNPAID,
        DeclineReason.CANCELLED,
        DeclineReason.OWN_PURCHASE,
        DeclineReason.OTHER_WAY,
        DeclineReason.EXCLUDED,
        DeclineReason.FORBIDDEN,
        DeclineReason.UNPROVED,
    ),
    DisputeKind.AMOUNT: (
        DeclineReason.AMOUNT_RIGHT,
        DeclineReason.NO_DELIVERY,
        DeclineReason.CANCELLED,
        DeclineReason.EXCLUDED,
    ),
    DisputeKind.DECLINED: (
        DeclineReason.CANCELLED,
        DeclineReason.UNPAID,
        DeclineReason.OWN_PURCHASE,
        DeclineReason.FORBIDDEN,
    ),
}


class Side(StrEnum):
    """Who looks at a case, or did something about it."""

    CREATOR = "c"
    BRAND = "b"
    STAFF = "s"
    NOBODY = "n"  # the program, by data or by terms


class Deed(StrEnum):
    """One step of a case's history."""

    OPENED = "opened"
    SENT = "sent"  # by the creator, or because the days for gathering were over
    FOUND = "found"  # by the data: facts are verdicts with their numbers
    ASKED = "asked"  # the brand, until a day
    REMINDED = "reminded"
    ANSWERED = "answered"  # facts are verdicts with their numbers
    SILENT = "silent"  # the brand let the day pass: facts are what the terms credited
    APPEALED = "appealed"
    RULED = "ruled"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Times:
    """How long the steps of a case may take; docs/disputes.md says why so long."""

    collect: timedelta = timedelta(days=14)
    data: timedelta = timedelta(days=10)
    answer: timedelta = timedelta(days=10)
    appeal: timedelta = timedelta(days=14)


REMIND_BEFORE: Final = (timedelta(days=3), timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A case. `slug` is that of the link for followers, "" where there is nothing to gather.

    `until` is when the present state ends by itself. `claimed` is what the creator says an order
    came to, `reminders` how often the brand was reminded, `looked_at` when its numbers were last
    looked up, `looked_run` a run up to which all were over then.
    """

    id: DisputeId
    creator: PersonId
    enrolment: EnrolmentId
    brand: BrandId
    place: Place
    kind: DisputeKind
    state: DisputeState
    opened_at: datetime
    slug: str = ""
    until: datetime | None = None
    sent_at: datetime | None = None
    appealed_at: datetime | None = None
    closed_at: datetime | None = None
    reminders: int = 0
    claimed: Money | None = None
    note: str = ""
    looked_at: datetime | None = None
    looked_run: int = 0

    @property
    def submitted(self) -> bool:
        """Whether the brand may see it."""
        return self.state in SUBMITTED or (
            self.state is DisputeState.WITHDRAWN and self.sent_at is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedOrder:
    """One order of a case. `typed` by the creator; `followers` sent its number, `receipts` of them
    by a fiscal receipt.

    `earlier` is the verdict to which the creator objected. `net` is what the amount was set to,
    `day` (Almaty) that of the export in which it was not found.
    """

    id: DisputedOrderId
    dispute: DisputeId
    number: str
    order: OrderId | None = None
    typed: bool = False
    followers: int = 0
    receipts: int = 0
    verdict: Verdict = Verdict.WAITING
    reason: DeclineReason | None = None
    by: Side = Side.NOBODY
    net: Money | None = None
    run: RunId | None = None
    day: date | None = None
    decided_at: datetime | None = None
    earlier: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrder:
    """What the merchant's data say of a disputed number now."""

    id: OrderId
    number: str
    status: OrderStatus
    ordered_at: datetime
    net: Money
    refunded: Money
    enrolment: EnrolmentId | None
    creator: PersonId | None
    grade: Grade | None
    reward: Money = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What else ties an order to the creator, whether or not it is enough to be credited.

    `codes` are the promo codes in the merchant's row, `near` those of them that almost fit a code
    of the creator's; `touched` tells whether whoever has the order's phone, or claims the order,
    came by the creator's link before; `own` that the creator seems to be the buyer.
    """

    codes: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    touched: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeEvent:
    """One step of the history; `name` is shown to staff only."""

    at: datetime
    side: Side
    deed: Deed
    facts: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeLine:
    """A case in a list."""

    dispute: Dispute
    brand_name: str
    creator_name: str
    orders: int
    waiting: int
    titles: Mapping[Locale, str]

    def title(self, locale: Locale) -> str:
        """The offer's title in the language, or in Russian."""
        return self.titles.get(locale) or self.titles.get(Locale.RU, "")


@dataclass(frozen=True, slots=True)
class Typed:
    """Order numbers that were found in a text, and words with digits that are none."""

    numbers: tuple[str, ...]
    refused: tuple[str, ...]


_BREAK: Final = re.compile(r"[\s,;]+")
_DATE: Final = re.compile(r"\d{1,2}[./]\d{1,2}[./](?:\d{2}|\d{4})")  # "20.11.2026"
_AROUND: Final = " .:!?()[]«»\"'№"


def read_numbers(text: str) -> Typed:
    """The order numbers in a text, each once; raises BadInput("dispute_numbers") without any.

    Words without a digit and dates are what people write around numbers.

    >>> read_numbers("№ 12345, #12346 and 20.11.2026 A-7").numbers
    ('12345', '12346', 'A-7')
    """
    numbers: dict[str, None] = {}
    refused: dict[str, None] = {}
    for word in _BREAK.split(text):
        bare = word.strip(_AROUND)
        if not any(character.isdigit() for character in bare) or _DATE.fullmatch(bare):
            continue
        try:
            number = order_id(bare)
        except LineRejected:
            refused[bare[:40]] = None
            continue
        if len(number) < NUMBER_MIN:
            refused[bare[:40]] = None
        else:
            numbers[number] = None
    if not numbers:
        raise BadInput("dispute_numbers", text[:100])
    return Typed(tuple(numbers), tuple(refused))


def by_data(
    found: FoundOrder | None,
    *,
    creator: PersonId,
    since: datetime,
    kind: DisputeKind,
    claimed: Money | None = None,
) -> Verdict:
    """What the merchant's data say of an order without anybody; WAITING where they do not.

    `since` is when the creator got the offer, `claimed` what the creator says it came to.
    """
    if found is None:
        return Verdict.WAITING
    lost = found.status in (OrderStatus.REJECTED, OrderStatus.RETURNED)
    own = found.creator == creator
    if found.creator is not None and not own:
        return Verdict.OTHERS
    match kind:
        case DisputeKind.AMOUNT:
            return Verdict.YOURS if own and found.net == claimed else Verdict.WAITING
        case DisputeKind.DECLINED:
            return Verdict.YOURS if own and not lost else Verdict.WAITING
        case DisputeKind.MISSING:
            if own:
                return Verdict.YOURS
            if lost:
                return Verdict.LOST
            return Verdict.EARLY if found.ordered_at < since else Verdict.WAITING


def answerable(
    kind: DisputeKind, found: FoundOrder | None, *, read_since: bool
) -> tuple[Verdict, ...]:
    """The answers that fit an order that waits, of the fixed list.

    `read_since`: the merchant's data have been read since the case was sent.
    """
    if found is None:
        absent = (Verdict.NOT_FOUND,) if read_since else ()
        return (*absent, Verdict.DECLINED)
    if kind is DisputeKind.MISSING:
        return Verdict.PAID, Verdict.DECLINED
    if kind is DisputeKind.AMOUNT:
        return Verdict.ADJUSTED, Verdict.DECLINED
    return Verdict.PAID, Verdict.ADJUSTED, Verdict.DECLINED


SERIES: Final = 3  # numbers that follow each other closely
SERIES_STEP: Final = 2


def in_series(numbers: Iterable[str]) -> frozenset[str]:
    """Numbers of which at least three follow each other by one or two: as if somebody had counted.

    >>> sorted(in_series(["1001", "1002", "1004", "2000"]))
    ['1001', '1002', '1004']
    """
    counted = sorted({int(one): one for one in numbers if one.isdecimal()}.items())
    found: set[str] = set()
    run: list[tuple[int, str]] = []
    for each in counted:
        if run and each[0] - run[-1][0] > SERIES_STEP:
            run = []
        run.append(each)
        if len(run) >= SERIES:
            found.update(text for _, text in run)
    return frozenset(found)


def credited_by_silence(
    orders: Sequence[DisputedOrder], signs: Mapping[OrderId, Signs]
) -> list[DisputedOrder]:
    """Which orders that wait and are nobody's the terms credit when the brand stays silent.

    All but the creator's own purchases, and those for which only the creator's word stands and
    whose numbers look counted.
    """
    alone = [
        each
        for each in orders
        if not each.followers
        and (each.order is None or not _supported(signs.get(each.order, Signs())))
    ]
    counted = in_series(each.number for each in alone)
    doubtful = {each.number for each in alone} & counted
    return [
        each
        for each in orders
        if each.order is not None
        and each.number not in doubtful
        and not signs.get(each.order, Signs()).own
    ]


def _supported(signs: Signs) -> bool:
    return bool(signs.near or signs.touched)


def tally(orders: Iterable[DisputedOrder]) -> dict[Verdict, int]:
    """How many orders have which verdict."""
    counts: dict[Verdict, int] = {}
    for each in orders:
        counts[each.verdict] = counts.get(each.verdict, 0) + 1
    return counts
