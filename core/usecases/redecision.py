"""Known orders decided again: a buyer, a brand or staff have told what no merchant's file says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from core.ids import OrderId
from core.ledger import Account
from core.ports import UnitOfWork
from core.reconciliation import Facts, again
from core.usecases.reconciliation import Told, settle_news


async def redecide(uow: UnitOfWork, *, orders: Sequence[OrderId], now: datetime) -> None:
    """Attribute, price and post orders by all the evidence that there is now.

    Call it in the unit of work that wrote the evidence, and commit that. What is credited already
    is moved by ledger transfers, once; where nothing has changed nothing is written. Unknown
    orders are passed over.
    """
    numbers = sorted(await uow.orders.numbers(sorted(set(orders))))
    for (brand, place), group in groupby(numbers, key=lambda number: number[:2]):
        external_ids = [external_id for _, _, external_id in group]
        await uow.orders.lock_brand(brand)
        funds = await uow.ledger.balance_for_update(Account.BRAND_FUNDS, brand)
        known = await uow.orders.known(brand, place, external_ids)
        facts = Facts(
            place=place,
            ownerships={},
            alike={},
            reservations={},
            clicks={},
            enrolments={},
            claims=await uow.evidence.claims(brand, place, external_ids),
            first_orders=await uow.orders.pays_first_orders(brand),
        )
        told = Told(
            brand=brand,
            place=place,
            news=[again(known[external_id]) for external_id in external_ids],
            digests={},
            origin=None,
        )
        await settle_news(uow, told, facts, funds, now)
