"""The market's figures: counted by a sweep, looked at by the staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.errors import NotAllowed
from core.market import MarketWeek, mondays
from core.people import Actor, Permission
from core.periods import midnight
from core.ports import Clock, UnitOfWorkFactory
from core.track_records import median_days

AGE: Final = timedelta(hours=1)  # of figures that are counted again
PAYMENTS_MAX: Final = 5_000  # orders of a week's newest payouts that the median is of


async def market_figures(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor
) -> Sequence[MarketWeek]:
    """The last twelve weeks, this one last; weeks that nobody counted yet are empty."""
    if not actor.may(Permission.MODERATION) and not actor.may(Permission.FINANCE):
        raise NotAllowed
    wanted = mondays(clock())
    async with new_uow(read_only=True) as uow:
        known = {week.monday: week for week in await uow.market.weeks(since=wanted[0])}
    return [known.get(monday, MarketWeek(monday=monday)) for monday in wanted]


async def count_market(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Count the weeks anew once an hour; returns how many.

    Old weeks change with news of their orders. What was paid out in a week that is over does not.
    """
    now = clock()
    wanted = mondays(now)
    async with new_uow(read_only=True) as uow:
        known = {week.monday: week for week in await uow.market.weeks(since=wanted[0])}
        last = known.get(wanted[-1])
        if last is not None and last.counted_at and now - last.counted_at < AGE:
            return 0
        counted = []
        for week in await uow.market.counted(wanted):
            before, end = known.get(week.monday), midnight(week.monday + timedelta(weeks=1))
            assert end
            if before is not None and before.counted_at and before.counted_at >= end:
                pay_days = before.pay_days
            else:
                pay_days = median_days(
                    list(await uow.market.payments(week.monday, limit=PAYMENTS_MAX))
                )
            counted.append(replace(week, pay_days=pay_days))
    async with new_uow(background=True) as uow:
        await uow.market.put(counted, now=now)
        await uow.commit()
    return len(counted)
