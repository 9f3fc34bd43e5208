"""When the next file of a source is due, and whether its managers are to be reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median
from typing import Final


class Rhythm(StrEnum):
    """How often a file is expected."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    OFF = "off"


DAYS: Final = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7, Rhythm.MONTHLY: 31}
OFTEN_DAYS: Final = 2  # files at most so far apart are daily ones
SELDOM_DAYS: Final = 15  # files further apart are monthly ones
REMINDERS_MAX: Final = 3  # in a row without a file: then it is quiet until one comes
REMIND_FROM: Final = 10  # hour of Almaty on the due date


def derived(days: Sequence[date]) -> Rhythm:
    """The rhythm of the days on which the last files came, weekly where they tell nothing."""
    days = sorted(set(days))
    gaps = [(later - day).days for day, later in pairwise(days)]
    if not gaps:
        return Rhythm.WEEKLY
    usual = median(gaps)
    if usual <= OFTEN_DAYS:
        return Rhythm.DAILY
    return Rhythm.MONTHLY if usual > SELDOM_DAYS else Rhythm.WEEKLY


def expected(last: date, rhythm: Rhythm | None, days: Sequence[date]) -> date:
    """The day on which the next file is due.

    By the rhythm that was said, else by that of the `days` of the last files. Who is not reminded
    is expected all the same: creators count on it.
    """
    if rhythm is None or rhythm is Rhythm.OFF:
        rhythm = derived(days)
    return last + timedelta(days=DAYS[rhythm])


def due_date(last: date, rhythm: Rhythm, today: date, *, reminded_for: date | None) -> date | None:
    """The due date that managers are to be reminded of today; None where there is none.

    Counted from the day of the last file. Of several that have passed unnoticed only the latest
    counts, and after three without a file nobody is reminded any more.
    """
    if rhythm is Rhythm.OFF:
        return None
    step = DAYS[rhythm]
    missed = (today - last).days // step
    if missed < 1 or missed > REMINDERS_MAX:
        return None
    due = last + timedelta(days=step * missed)
    return None if reminded_for is not None and due <= reminded_for else due
