"""When a brand's money runs out: from what its orders cost on the last days that are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from core.money import Money

WINDOWS: Final = (14, 30)  # days that are counted, the shorter one where it tells enough
KNOWN_MIN: Final = 5  # days with costs in them: fewer say nothing
STALE_AFTER: Final = 30  # days without an order after which the past says nothing
FAR: Final = 365  # days beyond which no date is told
WARN_AT: Final = (7, 2)  # days left, each warned of once
CALM_AGAIN: Final = 3  # days above a threshold after which it is warned of anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How long money lasts at the pace of the days from `first` to `last`.

    `a_day` is what orders of a day cost on the average. `runs_out` is None where that is further
    away than a year.
    """

    first: date
    last: date
    a_day: Money
    left_days: int
    runs_out: date | None


def look_ahead(
    costs: Mapping[date, int], available_minor: int, today: date, *, window: int | None = None
) -> Outlook | None:
    """The outlook from costs by the day of the order (tiyn); None where too little is known.

    Counted up to the last whole day with a cost, because files of orders come days later: what was
    sold since is on its way. Money that is gone already lasts no day.
    """
    spending = {day: minor for day, minor in costs.items() if minor > 0 and day < today}
    if not spending:
        return None
    last = max(spending)
    if (today - last).days > STALE_AFTER:
        return None
    for length in (window,) if window else WINDOWS:
        first = max(last - timedelta(days=length - 1), min(spending))
        within = [minor for day, minor in spending.items() if day >= first]
        if len(within) < KNOWN_MIN:
            continue
        days = (last - first).days + 1
        # Today's orders have been paid for as well, though the day is not counted.
        lasts = max(0, available_minor) * days // sum(within)
        left = max(0, lasts - max(0, (today - last).days - 1))
        return Outlook(
            first=first,
            last=last,
            a_day=Money(sum(within) // days),
            left_days=min(left, FAR + 1),
            runs_out=today + timedelta(days=left) if left <= FAR else None,
        )
    return None


def warn_of(left_days: int | None, warned: int | None) -> int | None:
    """The threshold to stand at: `warned` or lower while little is left, None when it is calm.

    A lower one than before is news. One that was warned of stays until clearly more is left, so
    that a forecast that sways around it is told once.
    """
    if left_days is None:
        return warned
    reached = [days for days in WARN_AT if left_days <= days]
    if reached:
        lowest = min(reached)
        return lowest if warned is None else min(lowest, warned)
    if warned is not None and left_days < warned + CALM_AGAIN:
        return warned
    return None
