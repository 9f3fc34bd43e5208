"""Commissions over time: released when their hold is over, funded when the brand's money comes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from core import ledger
from core.commissions import CommissionState, cost
from core.ids import BrandId, CommissionId
from core.ledger import Account
from core.money import Money
from core.notifications import NoteKind, Notification
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory

BATCH = 500  # commissions released in one transaction


async def release_holds(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Make held commissions available whose time is over; returns how many.

    Those that the brand has not funded, or whose offer asks for a proof that is not accepted, wait.
    Each creator is told once per batch.
    """
    released = 0
    while True:
        async with new_uow(background=True) as uow:
            now = clock()
            due = await uow.orders.releasable(now, BATCH)
            if not due:
                return released
            sums: defaultdict[int, list[int]] = defaultdict(list)
            changed, transfers = [], []
            for old in due:
                new = replace(
                    old, state=CommissionState.AVAILABLE, hold_until=None, version=old.version + 1
                )
                changed.append(new)
                sums[old.creator].append(old.amount.minor)
                if transfer := ledger.settle(old, new, now):
                    transfers.append(transfer)
            await uow.orders.save_commissions(changed, None)
            await uow.ledger.post(transfers)
            last = changed[-1].id
            await uow.outbox.add(
                [
                    Notification(
                        person=commission.creator,
                        kind=NoteKind.RELEASED,
                        key=f"released:{commission.creator}:{last}:{commission.version}",
                        facts={
                            "count": len(sums[commission.creator]),
                            "amount_minor": sum(sums[commission.creator]),
                        },
                    )
                    for commission in {c.creator: c for c in changed if c.amount}.values()
                ],
                now=now,
            )
            await uow.commit()
            released += len(changed)


async def fund_commissions(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Mark commissions as funded, oldest first, as far as their brands' money and credit reach."""
    async with new_uow(read_only=True) as uow:
        brands = await uow.orders.brands_with_unfunded()
    funded = 0
    for brand in brands:
        async with new_uow(background=True) as uow:
            funded += await fund_brand(uow, brand)
            await uow.commit()
    return funded


async def fund_brand(uow: UnitOfWork, brand_id: BrandId) -> int:
    """The same for one brand within the caller's transaction, such as that of a top-up."""
    brand = await uow.brands.get(brand_id)
    funds = await uow.ledger.balance_for_update(Account.BRAND_FUNDS, brand.id)
    # Accrued commissions, unfunded ones too, have left the funds already.
    waiting = await uow.orders.unfunded_minor(brand.id)
    room = Money(funds.minor + waiting + brand.credit_limit_minor)
    covered: list[CommissionId] = []
    for commission in await uow.orders.unfunded(brand.id, 100_000):
        room = room - cost(commission)
        if room.minor < 0:
            break
        if commission.id is not None:
            covered.append(commission.id)
    if covered:
        await uow.orders.fund(covered)
    return len(covered)
