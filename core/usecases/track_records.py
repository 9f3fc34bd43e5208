"""Counting how sales went, brand by brand."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Final

from core.ids import OfferId
from core.ports import Clock, UnitOfWorkFactory
from core.track_records import ORDERS_MAX, PERIOD, Sale, Whose, summed

STALE: Final = timedelta(hours=6)  # figures move slowly
AT_ONCE: Final = 20  # brands looked up together


async def count_records(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Count anew the brands whose figures are old; returns how many. Sweeps until none is left.

    Each brand is a transaction of its own and is counted from its orders alone, so a sweep that was
    cut short, or runs twice, leaves the same figures.
    """
    count = 0
    while True:
        now = clock()
        async with new_uow(read_only=True) as uow:
            due = await uow.records.due(before=now - STALE, limit=AT_ONCE)
        for brand in due:
            async with new_uow(read_only=True) as uow:
                sales = await uow.records.sales(brand, since=now - PERIOD, limit=ORDERS_MAX)
            by_offer: defaultdict[OfferId, list[Sale]] = defaultdict(list)
            for sale in sales:
                by_offer[sale.offer].append(sale)
            records = {offer: summed(Whose.OFFER, own) for offer, own in by_offer.items()}
            async with new_uow(background=True) as uow:
                await uow.records.save(
                    brand,
                    summed(Whose.BRAND, sales),
                    {offer: record for offer, record in records.items() if record.telling},
                    now=now,
                )
                await uow.commit()
            count += 1
        if len(due) < AT_ONCE:
            return count
