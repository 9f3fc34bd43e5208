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
    OFF = "off"


DAYS: Final = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7}
OFTEN_DAYS: Final = 2  # files at most so far apart are daily ones
REMINDERS_MAX: Final = 3  # in a row without a file: then it is quiet until one comes
REMIND_FROM: Final = 10  # hour of Almaty on the due date


def derived(days: Sequence[date]) -> Rhythm:
    """The rhythm of the days on which the last files came, weekly where they tell nothing."""
    days = sorted(set(days))
    gaps = [(later - day).days for day, later in pairwise(days)]
    return Rhythm.DAILY if gaps and median(gaps) <= OFTEN_DAYS else Rhythm.WEEKLY


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
