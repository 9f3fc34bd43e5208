"""Handles: what a brand lends a creator so that a merchant's own rows name them, by dates.

A promo code is spoken; these stand in the rows of marketplaces that report no code of a creator: an
article (SKU) of one's own, a substitute article, the id of a promo code, a UTM tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from core import codes
from core.errors import BadInput
from core.ids import EnrolmentId, HandleId
from core.orders import Place

VALUE_MAX: Final = 100  # characters
TAG_MAX: Final = 45  # of a tag: with the day it makes the number of an order
AT_ONCE: Final = 500  # handles reserved together
REST: Final = codes.COOLDOWN  # a handle that is taken back rests before another creator gets it
SETTLED: Final = timedelta(days=1)  # one that was held for less was a slip: it need not rest
BACK_MAX: Final = timedelta(days=366)  # how far back a reservation may begin
AHEAD_MAX: Final = timedelta(days=366)

_TAG: Final = "tag:"  # before a tag, so that no article of the shop is taken for it


class HandleKind(StrEnum):
    """What is lent."""

    SKU = "sku"
    ARTICLE = "article"  # a substitute article of Wildberries, for traffic from outside
    CODE_ID = "code_id"  # the id of a promo code: Wildberries reports it in place of the code
    TAG = "tag"  # a UTM tag that a report of visits counts units by


# Where rows have them. An article of one's own is possible everywhere.
PLACES: Final = {
    HandleKind.ARTICLE: frozenset({Place.WILDBERRIES}),
    HandleKind.CODE_ID: frozenset({Place.WILDBERRIES}),
    HandleKind.TAG: frozenset({Place.OZON}),
}


def kinds_at(place: Place) -> tuple[HandleKind, ...]:
    """The kinds that rows of a place can have."""
    return tuple(kind for kind in HandleKind if place in PLACES.get(kind, frozenset(Place)))


def stored(kind: HandleKind, text: str) -> str:
    """A handle as it is kept and looked up; raises BadInput("sku").

    >>> stored(HandleKind.TAG, " Aigerim ")
    'tag:aigerim'
    """
    value = text.strip()
    if kind is HandleKind.CODE_ID:
        value = codes.normal(value)
    elif kind is HandleKind.TAG:
        value = f"{_TAG}{value.casefold()}" if value else ""
    longest = len(_TAG) + TAG_MAX if kind is HandleKind.TAG else VALUE_MAX
    if not value or len(value) > longest or any(ord(char) < 32 for char in value):
        raise BadInput("sku", text[:100])
    return value


def shown(value: str) -> str:
    """A kept handle as people know it."""
    return value.removeprefix(_TAG)


def is_tag(value: str) -> bool:
    """Whether what an order has as its article is a tag of a report of units."""
    return value.startswith(_TAG)


def report_number(tag: str, day: date | None) -> str:
    """The number of the order that stands for the units of a kept tag on a day."""
    return f"{tag}:{day.isoformat() if day else '?'}"


def of_report(number: str) -> tuple[str, date] | None:
    """The tag and the day that such a number is made of; None for the number of an order.

    >>> of_report("tag:aigerim:2026-11-20")
    ('aigerim', datetime.date(2026, 11, 20))
    """
    if not is_tag(number):
        return None
    tag, _, day = number.rpartition(":")
    try:
        return shown(tag), date.fromisoformat(day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """From when until when (UTC, `until` exclusive, None = without end)."""

    since: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.until is not None and self.until <= self.since:
            raise BadInput("term")

    def meets(self, since: datetime, until: datetime | None) -> bool:
        """Whether there is a moment in both."""
        return (self.until is None or since < self.until) and (until is None or self.since < until)


def demand_term(term: Term, now: datetime) -> None:
    """Raise BadInput("term") for one that is over, or too far away to be meant."""
    if term.until is not None and term.until <= now - BACK_MAX:
        raise BadInput("term")
    if not now - BACK_MAX <= term.since <= now + AHEAD_MAX:
        raise BadInput("term")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """A handle that is or was lent; `holder` is the creator's name, for the brand alone."""

    id: HandleId
    kind: HandleKind
    value: str
    enrolment: EnrolmentId
    since: datetime
    until: datetime | None = None
    holder: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether it is lent at that moment, or is going to be."""
        return self.until is None or at < self.until

    def rested(self, rest: timedelta) -> datetime | None:
        """From when on somebody else may have it; None while no end is known."""
        if self.until is None:
            return None
        return self.until + (rest if self.until - self.since >= SETTLED else timedelta(0))


def clash(
    term: Term, enrolment: EnrolmentId, standing: Iterable[Handle], rest: timedelta = REST
) -> Handle | None:
    """What keeps the enrolment from having a handle in that time, if anything does.

    The handle rests between two creators, whichever of them is first; for its last holder it need
    not.
    """
    own_rest = rest
    if term.until is not None and term.until - term.since < SETTLED:
        own_rest = timedelta(0)
    for held in standing:
        if held.until is not None and held.until <= held.since:
            continue  # taken back before it began
        if held.enrolment == enrolment:
            if term.meets(held.since, held.until):
                return held
        elif Term(
            since=term.since, until=None if term.until is None else term.until + own_rest
        ).meets(held.since, held.rested(rest)):
            return held
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A handle that could not be lent.

    `why`: bad (no such text can be one), repeated (in the list), own (this creator has it then),
    taken (`by` has it then), resting (`by` had it, `free_at` says until when it rests), other_kind
    (it is lent as something else).
    """

    text: str
    why: str
    by: Handle | None = None
    free_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Handles that can be lent, as they are kept, and those that cannot, in the order of a list."""

    good: tuple[str, ...]
    refused: tuple[Refused, ...]


def read(kind: HandleKind, texts: Sequence[str]) -> Sorted:
    """The handles of a list, each once."""
    good: dict[str, None] = {}
    refused: list[Refused] = []
    for text in texts:
        if not text.strip():
            continue
        try:
            value = stored(kind, text)
        except BadInput:
            refused.append(Refused(text=text.strip()[:60], why="bad"))
            continue
        if value in good:
            refused.append(Refused(text=shown(value), why="repeated"))
            continue
        good[value] = None
    return Sorted(good=tuple(good), refused=tuple(refused))


def refusal(held: Handle, kind: HandleKind, enrolment: EnrolmentId, term: Term) -> Refused:
    """Why a handle that clashes with `held` cannot be had."""
    text = shown(held.value)
    if held.enrolment == enrolment:
        return Refused(text=text, why="own" if held.kind is kind else "other_kind", by=held)
    if term.meets(held.since, held.until):
        return Refused(text=text, why="taken", by=held)
    return Refused(text=text, why="resting", by=held, free_at=held.rested(REST))
