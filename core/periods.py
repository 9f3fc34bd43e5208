"""Periods that people ask for, as days in Almaty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from core.orders import ALMATY
from core.results import day_of

DAYS = 30
WEEK = 7
QUARTER = 90


class Period(StrEnum):
    """What a list or a report covers."""

    ALL = "a"
    WEEK = "w"
    DAYS = "d"
    QUARTER = "q"
    MONTH = "m"
    LAST_MONTH = "l"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `since` to the one before `until`; None is open."""

    since: date | None = None
    until: date | None = None

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        """The same as moments of time, UTC."""
        return midnight(self.since), midnight(self.until)


def midnight(day: date | None) -> datetime | None:
    """When a day begins in Almaty, UTC."""
    return None if day is None else datetime.combine(day, time(), ALMATY).astimezone(UTC)


def span(period: Period, now: datetime) -> Span:
    """The days that a period has today."""
    today = day_of(now)
    match period:
        case Period.ALL:
            return Span()
        case Period.WEEK | Period.DAYS | Period.QUARTER:
            length = {Period.WEEK: WEEK, Period.DAYS: DAYS, Period.QUARTER: QUARTER}[period]
            return Span(today - timedelta(days=length - 1), today + timedelta(days=1))
        case Period.MONTH:
            return month(today)
        case Period.LAST_MONTH:
            return month(before(today))


def month(day: date) -> Span:
    """The calendar month that a day is in."""
    first = day.replace(day=1)
    return Span(first, (first + timedelta(days=32)).replace(day=1))


def before(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def months_back(now: datetime, count: int) -> Sequence[date]:
    """The first days of so many months, this one first."""
    days = [day_of(now).replace(day=1)]
    while len(days) < count:
        days.append(before(days[-1]))
    return days
