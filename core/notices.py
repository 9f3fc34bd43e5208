"""How people want to be told: at once, once a day or not at all, and at which hours.

A note is written as soon as there is a fact. When it is due, `sort_out` decides whether it goes
now, waits for the end of the quiet hours or for the daily message, or joins others in one message.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, assert_never

from core.errors import BadInput
from core.notifications import MONEY, NIGHT_FROM, NIGHT_UNTIL, URGENT, NoteKind
from core.orders import ALMATY
from core.people import Actor

BURST: Final = 3  # so many of one kind at once become one message
SHOWN: Final = 5  # facts of one kind that a message of many tells one by one
DAILY_AT: Final = 19  # hour of Almaty


class Mode(StrEnum):
    """When somebody wants to be told."""

    AT_ONCE = "now"
    DAILY = "day"  # everything in one message, once a day
    NEVER = "off"


class Group(StrEnum):
    """Kinds of notes that are set together."""

    ORDERS = "orders"
    EARNINGS = "earnings"
    PAYOUTS = "payouts"
    POSTS = "posts"
    OFFERS = "offers"
    CREATORS = "creators"
    APPLICATIONS = "applications"  # of creators, and their wishes for codes
    PROOFS = "proofs"
    REVIEWS = "reviews"  # what the operator decided on the brand's offers
    FUNDS = "funds"
    FILES = "files"
    QUEUES = "queues"  # what waits for the operator's decision
    REQUESTS = "requests"  # of payouts
    SOURCES = "sources"
    SUPPORT = "support"
    DISPUTES = "disputes"


# What may be switched off altogether. The rest is money that has moved, changes what somebody is
# paid, or waits for the reader's own step: silence there would cost somebody money.
OPTIONAL: Final = frozenset({Group.ORDERS, Group.CREATORS, Group.FILES})

_CREATORS: Final = (
    Group.ORDERS,
    Group.EARNINGS,
    Group.PAYOUTS,
    Group.POSTS,
    Group.OFFERS,
    Group.DISPUTES,
)
_MANAGERS: Final = (
    Group.CREATORS,
    Group.APPLICATIONS,
    Group.PROOFS,
    Group.REVIEWS,
    Group.OFFERS,
    Group.FUNDS,
    Group.FILES,
    Group.SOURCES,
    Group.DISPUTES,
)
_STAFF: Final = (Group.QUEUES, Group.REQUESTS, Group.SOURCES, Group.SUPPORT, Group.DISPUTES)


def group_of(kind: NoteKind) -> Group | None:
    """The group that a kind is set with; None for what is always told at once.

    That is what answers the reader's own step of a moment ago, or concerns the reader's rights.
    """
    match kind:
        case NoteKind.ORDERS_NEWS | NoteKind.APPROVED_BY_TERMS:
            return Group.ORDERS
        case NoteKind.RELEASED | NoteKind.REFERRAL_EARNED | NoteKind.MONTH_SUMMARY:
            return Group.EARNINGS
        case (
            NoteKind.PAYOUT_APPROVED
            | NoteKind.PAYOUT_PAID
            | NoteKind.PAYOUT_FAILED
            | NoteKind.PAYOUT_REFUSED
        ):
            return Group.PAYOUTS
        case (
            NoteKind.PROOF_ACCEPTED
            | NoteKind.PROOF_CHANGES
            | NoteKind.PROOF_REJECTED
            | NoteKind.CHANNEL_VERIFIED
            | NoteKind.CHANNEL_REFUSED
            | NoteKind.POST_GONE
        ):
            return Group.POSTS
        case (
            NoteKind.OFFER_ENDED
            | NoteKind.OFFER_ENDING
            | NoteKind.BUDGET_SPENT
            | NoteKind.BUDGET_AGAIN
            | NoteKind.TERMS_BETTER
            | NoteKind.TERMS_ANNOUNCED
            | NoteKind.TERMS_IN_FORCE
            | NoteKind.TERMS_KEPT
        ):
            return Group.OFFERS
        case NoteKind.ENROLLED | NoteKind.CREATOR_LEFT | NoteKind.SLOT_TAKEN:
            return Group.CREATORS
        case NoteKind.APPLIED | NoteKind.CODE_REQUESTED:
            return Group.APPLICATIONS
        case NoteKind.PROOF_SENT | NoteKind.POST_GONE_BRAND:
            return Group.PROOFS
        case (
            NoteKind.OFFER_APPROVED
            | NoteKind.OFFER_REJECTED
            | NoteKind.CHANGE_APPROVED
            | NoteKind.CHANGE_DECLINED
            | NoteKind.BRAND_APPROVED
            | NoteKind.BRAND_DECLINED
        ):
            return Group.REVIEWS
        case NoteKind.FUNDS_LOW | NoteKind.FUNDS_ENDING | NoteKind.TOPPED_UP:
            return Group.FUNDS
        case (
            NoteKind.OFFER_SUBMITTED
            | NoteKind.CHANGE_SUBMITTED
            | NoteKind.BRAND_REQUESTED
            | NoteKind.CHANNEL_WAITING
        ):
            return Group.QUEUES
        case NoteKind.PAYOUT_REQUESTED:
            return Group.REQUESTS
        case NoteKind.SOURCE_PAUSED | NoteKind.SOURCE_RESUMED:
            return Group.SOURCES
        case NoteKind.FILE_DUE | NoteKind.FILE_LATE:
            return Group.FILES
        case NoteKind.SUPPORT_ASKED:
            return Group.SUPPORT
        case (
            NoteKind.DISPUTE_ASKED
            | NoteKind.DISPUTE_DUE
            | NoteKind.DISPUTE_NEWS
            | NoteKind.DISPUTE_RULED
            | NoteKind.DISPUTE_CALLED
        ):
            return Group.DISPUTES
        case (
            NoteKind.CREATOR_SUSPENDED
            | NoteKind.CREATOR_RESTORED
            | NoteKind.APPLICATION_ACCEPTED
            | NoteKind.APPLICATION_DECLINED
            | NoteKind.ENROLMENT_SUSPENDED
            | NoteKind.ENROLMENT_RESTORED
            | NoteKind.CODE_ACCEPTED
            | NoteKind.CODE_REFUSED
            | NoteKind.CODE_NOTICE
            | NoteKind.CODE_NOTICE_CANCELLED
            | NoteKind.CODE_CHANGED
            | NoteKind.POOL_LOW
            | NoteKind.GIFTS_LOW
            | NoteKind.BUYER_REWARD
            | NoteKind.HANDLES_LENT
            | NoteKind.HANDLES_BACK
            | NoteKind.SLOT_OFFERED
            | NoteKind.SLOT_LAPSED
            | NoteKind.SLOT_BOOKED
            | NoteKind.SLOT_OVER
            | NoteKind.CHANNEL_LOST
            | NoteKind.CHANNEL_TAKEN
            | NoteKind.POST_MISSING
            | NoteKind.RUN_DONE
            | NoteKind.RUN_FAILED
            | NoteKind.SUPPORT_ANSWERED
            | NoteKind.SUPPORT_CLOSED
            | NoteKind.BRAND_SUSPENDED
            | NoteKind.BRAND_RESTORED
            | NoteKind.ROLE_CHANGED
            | NoteKind.RIGHTS_CHANGED
            | NoteKind.BROADCAST_DONE
            | NoteKind.SILENCE_WARNED
            | NoteKind.SILENCE_OVER
            | NoteKind.CLAIM_NEWS
            | NoteKind.BUNDLE
        ):
            return None
        case _:
            assert_never(kind)


def groups_for(actor: Actor) -> tuple[Group, ...]:
    """What the actor can set: the groups of everything that the actor is."""
    found: list[Group] = []
    if actor.creator is not None or not (actor.brands or actor.permissions):
        found += _CREATORS
    if actor.brands:
        found += _MANAGERS
    if actor.permissions:
        found += _STAFF
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """How one person wants to be told; hours are of Almaty, equal ones mean no quiet hours."""

    quiet_from: int = NIGHT_FROM
    quiet_until: int = NIGHT_UNTIL
    daily_at: int = DAILY_AT
    modes: Mapping[Group, Mode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(0 <= hour < 24 for hour in (self.quiet_from, self.quiet_until, self.daily_at)):
            raise BadInput("hour")
        if any(mode is Mode.NEVER and group not in OPTIONAL for group, mode in self.modes.items()):
            raise BadInput("mode")

    def mode(self, group: Group | None) -> Mode:
        """When notes of the group are told."""
        return Mode.AT_ONCE if group is None else self.modes.get(group, Mode.AT_ONCE)

    def quiet(self, now: datetime) -> bool:
        """Whether it is a quiet hour."""
        hour = now.astimezone(ALMATY).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until

    def next_daily(self, now: datetime) -> datetime:
        """When the next daily message goes out: strictly after `now`, never in a quiet hour."""
        at = _next_hour(now, self.daily_at)
        return _next_hour(at, self.quiet_until) if self.quiet(at) else at

    def quiet_ends(self, now: datetime) -> datetime:
        """When the quiet hours are over that `now` lies in."""
        return _next_hour(now, self.quiet_until)


DEFAULT: Final = NoticeSettings()


def _next_hour(now: datetime, hour: int) -> datetime:
    local = now.astimezone(ALMATY)
    at = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (at if at > local else at + timedelta(days=1)).astimezone(now.tzinfo)


class Held(StrEnum):
    """What a note waits for."""

    MORNING = "morning"  # the end of the quiet hours
    DAILY = "daily"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A note that is due, as `sort_out` sees it."""

    id: int
    kind: NoteKind
    facts: Mapping[str, Any]
    attempts: int = 0
    held: Held | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Notes that become one message; `facts` are those of NoteKind.BUNDLE."""

    ids: tuple[int, ...]
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """What becomes of one person's due notes."""

    ready: tuple[int, ...] = ()  # go as they are, in this order
    later: tuple[tuple[int, datetime, Held], ...] = ()
    never: tuple[int, ...] = ()
    bundles: tuple[Bundle, ...] = ()


def sort_out(notes: Sequence[Waiting], settings: NoticeSettings, now: datetime) -> Sorted:
    """Decide on one person's due notes, oldest first.

    What has been tried before goes again as it is: it may have arrived.
    """
    quiet = settings.quiet(now)
    ready: list[int] = []
    later: list[tuple[int, datetime, Held]] = []
    never: list[int] = []
    daily: list[Waiting] = []
    morning: list[Waiting] = []
    fresh: defaultdict[NoteKind, list[Waiting]] = defaultdict(list)
    for note in notes:
        group = group_of(note.kind)
        mode = settings.mode(group)
        hushed = quiet and note.kind not in URGENT
        if mode is Mode.NEVER:
            never.append(note.id)
        elif mode is Mode.DAILY and note.held is not Held.DAILY and not note.attempts:
            later.append((note.id, settings.next_daily(now), Held.DAILY))
        elif hushed:
            held = note.held or Held.MORNING
            later.append((note.id, settings.quiet_ends(now), held))
        elif note.attempts or group is None:
            ready.append(note.id)
        elif note.held is Held.DAILY:
            daily.append(note)
        elif note.held is Held.MORNING:
            morning.append(note)
        elif note.kind in MONEY:  # a receipt each
            ready.append(note.id)
        else:
            fresh[note.kind].append(note)
    bundles: list[Bundle] = []
    for together, least, is_daily in (
        (daily, 2, True),
        (morning, BURST, False),
        *((same, BURST, False) for same in fresh.values()),
    ):
        if len(together) >= least:
            bundles.append(_bundle(together, daily=is_daily))
        else:
            ready += [note.id for note in together]
    return Sorted(
        ready=tuple(sorted(ready)),
        later=tuple(later),
        never=tuple(never),
        bundles=tuple(bundles),
    )


_SUMMED: Final = ("waiting", "approved", "lost", "count", "amount_minor")
_NAMED: Final = ("brand", "creator")


def _bundle(notes: Sequence[Waiting], *, daily: bool) -> Bundle:
    kinds: defaultdict[NoteKind, list[Waiting]] = defaultdict(list)
    for note in notes:
        kinds[note.kind].append(note)
    return Bundle(
        ids=tuple(note.id for note in notes),
        facts={
            "daily": daily,
            "parts": [part(kind, [note.facts for note in same]) for kind, same in kinds.items()],
        },
    )


def part(kind: NoteKind, facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All facts of one kind: how many, their sums, whom they name, and the first few as they are.

    Of the names one more is kept than is shown: it tells that there are others.
    """
    names = {
        name: list(dict.fromkeys(str(one[name]) for one in facts if name in one))[: SHOWN + 1]
        for name in _NAMED
    }
    sums = {
        name: sum(int(one.get(name) or 0) for one in facts)
        for name in _SUMMED
        if any(name in one for one in facts)
    }
    return {
        "kind": str(kind),
        "n": len(facts),
        "sums": sums,
        "names": names,
        "facts": [dict(one) for one in facts[:SHOWN]],
    }
