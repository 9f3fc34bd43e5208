"""A brand's report: what came of its offers, by day, offer, creator, code and placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from core.errors import BadInput, NotAllowed
from core.ids import BrandId
from core.people import Actor, Brand, BrandRole, Permission
from core.periods import Period, Span, months_back, span
from core.ports import Clock, UnitOfWorkFactory
from core.ports.reports import ReportLine
from core.reports import Breakdown, Figures
from core.results import day_of

TOP: Final = 8  # creators in the chart
MONTHS: Final = 12  # of a report of all time
DAYS_MAX: Final = 731  # of own dates
STEPS_MAX: Final = 92  # days that a chart shows one by one; a longer period goes by months
LINES_MAX: Final = 50_000  # of one sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A brand's results. `steps` are its days, or the first days of its months where `monthly`.

    Of a breakdown there is a page of `lines` instead of both; `more` says that another follows.
    """

    brand: Brand
    since: date
    until: date
    total: Figures
    by: Breakdown | None
    steps: Mapping[date, Figures]
    monthly: bool
    lines: Sequence[ReportLine]
    more: bool

    @property
    def last(self) -> date:
        """The last day covered."""
        return self.until - timedelta(days=1)


def covered_days(period: Period, clock: Clock) -> tuple[date, date]:
    """The days of a period, from the first to the one after the last."""
    now = clock()
    covered = span(period, now)
    first = covered.since or months_back(now, MONTHS)[-1]
    return first, covered.until or day_of(now) + timedelta(days=1)


def own_days(first: date, last: date, clock: Clock) -> Span:
    """Own dates, both included; BadInput("dates") where they make no period that can be told."""
    if first > last or first > day_of(clock()) or (last - first).days >= DAYS_MAX:
        raise BadInput("dates")
    return Span(first, last + timedelta(days=1))


def demand_report(actor: Actor, brand: BrandId) -> bool:
    """Raise NotAllowed unless the actor may see the brand's results; whether its money as well.

    Owners and finance see money; members and moderators see orders.
    """
    if actor.may(Permission.FINANCE) or (brand, BrandRole.OWNER) in actor.brands:
        return True
    if not actor.manages(brand) and not actor.may(Permission.MODERATION):
        raise NotAllowed
    return False


async def brand_report(
    new_uow: UnitOfWorkFactory,
    *,
    actor: Actor,
    brand: BrandId,
    since: date,
    until: date,
    by: Breakdown | None = None,
    offset: int = 0,
    limit: int = 0,
) -> Report:
    """Results of the brand's orders placed from `since` to the day before `until`."""
    money = demand_report(actor, brand)
    async with new_uow(read_only=True) as uow:
        lines: Sequence[ReportLine] = ()
        if by is not None:
            lines = await uow.reports.lines(
                brand, by, since=since, until=until, offset=offset, limit=limit + 1
            )
        days = {}
        monthly = (until - since).days > STEPS_MAX
        if by is None:
            read = uow.reports.by_month if monthly and since.day == 1 else uow.reports.by_day
            days = await read(brand, since=since, until=until)
        return Report(
            brand=await uow.brands.get(brand),
            since=since,
            until=until,
            total=_shown(sum(days.values(), Figures()), money=money),
            by=by,
            steps=_steps(days, since, until, money=money),
            monthly=monthly,
            lines=[_seen(line, money=money) for line in lines[:limit]],
            more=len(lines) > limit,
        )


async def report_sheets(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId, since: date, until: date
) -> tuple[Report, Mapping[Breakdown, Sequence[ReportLine]]]:
    """The same for a file: every breakdown whole. It grows with creators and days, not orders."""
    money = demand_report(actor, brand)
    report = await brand_report(new_uow, actor=actor, brand=brand, since=since, until=until)
    sheets = {}
    async with new_uow(read_only=True) as uow:
        for by in Breakdown:
            lines = await uow.reports.lines(brand, by, since=since, until=until, limit=LINES_MAX)
            sheets[by] = [_seen(line, money=money) for line in lines]
    return report, sheets


def _seen(line: ReportLine, *, money: bool) -> ReportLine:
    return replace(line, figures=_shown(line.figures, money=money))


def _shown(figures: Figures, *, money: bool) -> Figures:
    return figures if money else figures.without_money()


def _steps(
    days: Mapping[date, Figures], since: date, until: date, *, money: bool
) -> Mapping[date, Figures]:
    days = {day: _shown(figures, money=money) for day, figures in days.items()}
    count = (until - since).days
    every = [since + timedelta(days=number) for number in range(count)]
    if count <= STEPS_MAX:
        return {day: days.get(day, Figures()) for day in every}
    found = {day.replace(day=1): Figures() for day in every}
    for day, figures in days.items():
        first = day.replace(day=1)
        found[first] = found[first] + figures
    return found
