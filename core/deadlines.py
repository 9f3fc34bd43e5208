"""Deadlines of reconciliation: the next file, when a brand is late, and what its silence means.

A brand reads or sends its orders place by place, from whatever source. If nothing comes for the
days that the terms of an offer name, orders that wait under those terms are approved by them.
Its managers are warned before, and whatever the brand reports later stands as any later news.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from core.ids import BrandId, EnrolmentId, PersonId, RunId, SourceId
from core.money import ZERO, Money
from core.orders import Place
from core.results import day_of
from core.runs import RunCounts

GRACE: Final = 2  # days after a due day that a brand may take: a weekend
WARNING_DAYS: Final = 7  # a brand has at least so many after the warning
NOTHING: Final = RunCounts()
POLLED_DAYS: Final = 1  # a source that is read by itself is due again on the next day


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The last reading of a brand's orders at a place. `at` (UTC) dates its news, `due` the next.

    `counts` and `file_name` are those of its run.
    """

    brand: BrandId
    place: Place
    source: SourceId
    run: RunId
    at: datetime
    due: date
    counts: RunCounts = NOTHING
    file_name: str = ""

    def late(self, today: date) -> int:
        """For how many days the next reading has been due; 0 while there is still time."""
        return late_days(self.due, today)


def late_days(due: date | None, today: date) -> int:
    """For how many days a reading has been due; 0 without one, and within the grace."""
    days = (today - due).days if due is not None else 0
    return days if days > GRACE else 0


class SilenceState(StrEnum):
    """WARNED waits for its day; BROKEN by a reading. EMPTY: nothing waited."""

    WARNED = "warned"
    APPROVING = "approving"
    APPROVED = "approved"
    BROKEN = "broken"
    EMPTY = "empty"


OPEN: Final = frozenset({SilenceState.WARNED, SilenceState.APPROVING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A brand that sends nothing of a place, for orders whose terms allow it `days` of that.

    `since` (UTC) is the last reading, `until` the last day (Almaty) on which a file still counts.
    `orders` and `amount` are what waits, and in the end what was approved, at `approved_at`.
    """

    id: int
    brand: BrandId
    place: Place
    days: int
    since: datetime
    until: date
    state: SilenceState
    orders: int
    amount: Money
    approved_at: datetime | None = None

    @property
    def approved_on(self) -> date:
        """The day from which what waits is approved."""
        return self.until + timedelta(days=1)


def last_day(since: datetime, days: int, *, warned: date | None = None) -> date:
    """The last day (Almaty) on which a file keeps orders from being approved.

    So many whole days without a reading have passed then, and a week since the warning.
    """
    day = day_of(since) + timedelta(days=days)
    return day if warned is None else max(day, warned + timedelta(days=WARNING_DAYS))


def warned_from(since: datetime, days: int) -> date:
    """The day from which a brand that has been silent since then is warned."""
    return day_of(since) + timedelta(days=days - WARNING_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNews:
    """What one run changed for an enrolment: orders, and what those that stand bring.

    `new` were not known before; they are counted again where they stand.
    """

    run: RunId
    enrolment: EnrolmentId
    creator: PersonId
    new: int = 0
    waiting: int = 0
    approved: int = 0
    lost: int = 0
    waiting_amount: Money = ZERO
    approved_amount: Money = ZERO

    @property
    def amount(self) -> Money:
        """What the orders bring that stand."""
        return self.waiting_amount + self.approved_amount
