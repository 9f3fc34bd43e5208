"""Slots: a marketplace lets a shop run only so many handles at once, so creators take turns.

A brand says how many slots a place has and which handles go round. Whoever asks waits in order of
asking; when a slot is free and a handle has rested, the next one is offered it, for some hours. A
turn is the time in which a creator has a slot with a handle of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from core import typed
from core.errors import BadInput
from core.handles import Handle, HandleKind, Term, clash
from core.ids import BoardId, BrandId, EnrolmentId, HandleId, PersonId, TurnId
from core.orders import ALMATY, Place

SLOTS_USUAL: Final = 10  # promo campaigns that a shop of Wildberries may run at once
SLOTS_MAX: Final = 50
TURN_USUAL: Final = 30  # days
TURN_MAX: Final = 180
REST_USUAL: Final = 14  # days; a scarce handle cannot lie idle as long as a code does
REST_MAX: Final = 90
ANSWER_USUAL: Final = 48  # hours in which an offered slot is answered
ANSWER_MAX: Final = 168
POOL_MAX: Final = 200  # handles of a board

# Where handles are scarce; in a shop of one's own there are as many as one likes.
PLACES: Final = frozenset({Place.WILDBERRIES, Place.OZON, Place.KASPI, Place.HALYK})


class TurnState(StrEnum):
    """The life of a turn."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    OVER = "over"
    DECLINED = "declined"
    LAPSED = "lapsed"  # the offer was not answered in time
    LEFT = "left"  # the list, or the offer of the brand


OPEN: Final = (TurnState.WAITING, TurnState.OFFERED, TurnState.BOOKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The slots of a brand at a place; `handles` go round in them."""

    id: BoardId
    brand: BrandId
    place: Place
    kind: HandleKind
    slots: int = SLOTS_USUAL
    turn_days: int = TURN_USUAL
    rest_days: int = REST_USUAL
    answer_hours: int = ANSWER_USUAL
    handles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field, value, least, most in (
            ("slots", self.slots, 1, SLOTS_MAX),
            ("turn_days", self.turn_days, 1, TURN_MAX),
            ("rest_days", self.rest_days, 0, REST_MAX),
            ("answer_hours", self.answer_hours, 1, ANSWER_MAX),
        ):
            if not least <= value <= most:
                raise BadInput(field)

    @property
    def rest(self) -> timedelta:
        """How long a handle rests between two creators."""
        return timedelta(days=self.rest_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A creator's place in the list, or in a slot from `since` to `until`.

    `active` says that the creator still takes part in the offer; `value` is the handle as kept, ""
    before there is one, and `name` the creator's, for the brand alone.
    """

    id: TurnId
    board: BoardId
    enrolment: EnrolmentId
    creator: PersonId
    state: TurnState
    asked_at: datetime
    answer_by: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    handle: HandleId | None = None
    value: str = ""
    name: str = ""
    active: bool = True


def usual_kind(place: Place) -> HandleKind:
    """What goes round at a place unless the brand says otherwise."""
    return HandleKind.ARTICLE if place is Place.WILDBERRIES else HandleKind.SKU


def turn_from(board: Board, now: datetime) -> Term:
    """A turn that begins now and lasts as many days as turns last, to the end of the last one."""
    last = now.astimezone(ALMATY).date() + timedelta(days=board.turn_days - 1)
    return Term(since=now, until=typed.day_end(last))


def taken(turns: Sequence[Turn], term: Term) -> int:
    """How many slots are taken at once, at most, in that time.

    An offered slot is taken for as long as turns last: nobody else may have it meanwhile.
    """
    spans = [
        (turn.since, turn.until)
        for turn in turns
        if turn.state is TurnState.BOOKED and turn.since and turn.until
    ]
    offered = sum(turn.state is TurnState.OFFERED for turn in turns)
    inside = [(since, until) for since, until in spans if term.meets(since, until)]
    starts = [term.since, *(since for since, _ in inside if since > term.since)]
    most = max(sum(since <= at < until for since, until in inside) for at in starts)
    return most + offered


def free_handle(
    board: Board,
    standing: Mapping[str, Sequence[Handle]],
    enrolment: EnrolmentId,
    term: Term,
    without: Sequence[str] = (),
) -> str | None:
    """A handle that the enrolment can have in that time: its own last one if it can be that."""
    possible = [
        value
        for value in board.handles
        if value not in without
        and clash(term, enrolment, standing.get(value, ()), board.rest) is None
    ]
    last = {
        value: held[-1].enrolment == enrolment
        for value in possible
        if (held := standing.get(value))
    }
    return next((value for value in possible if last.get(value)), next(iter(possible), None))


def can_offer(
    board: Board,
    turns: Sequence[Turn],
    standing: Mapping[str, Sequence[Handle]],
    enrolment: EnrolmentId,
    now: datetime,
) -> bool:
    """Whether a slot is free now, with a handle for it beside those that others are offered."""
    term = turn_from(board, now)
    if taken(turns, term) >= board.slots:
        return False
    promised: list[str] = []
    for turn in turns:
        if turn.state is TurnState.OFFERED:
            value = free_handle(board, standing, turn.enrolment, term, promised)
            promised += [value] if value else []
    return free_handle(board, standing, enrolment, term, promised) is not None


def next_free(board: Board, turns: Sequence[Turn], now: datetime) -> date | None:
    """The day on which a slot becomes free; None while one is, or while nobody can tell."""
    if taken(turns, Term(since=now, until=now + timedelta(seconds=1))) < board.slots:
        return None
    ends = [turn.until for turn in turns if turn.state is TurnState.BOOKED and turn.until]
    coming = [until for until in ends if until > now]
    return min(coming).astimezone(ALMATY).date() if coming else None
