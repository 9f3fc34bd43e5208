"""Commissions over time: released when their hold is over, funded when the brand's money comes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from core import ledger
from core.commissions import Commission, CommissionState, cost
from core.ids import BrandId, CommissionId, OrderId, PersonId
from core.ledger import Account
from core.money import Money
from core.notifications import NoteKind, Notification
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.usecases.referrals import reward_inviters

BATCH = 500  # commissions released in one transaction
FUND_PAGE = 500  # commissions of a brand looked at together


async def release_holds(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Make held commissions available whose time is over; returns how many.

    Those that the brand has not funded, or whose offer asks for a proof that is not accepted, wait.
    Each creator is told once per batch.
    """
    released = 0
    while True:
        async with new_uow(read_only=True, background=True) as uow:
            wanted = await uow.orders.due_to_release(clock(), BATCH)
        if not wanted:
            return released
        async with new_uow(background=True) as uow:
            now = clock()
            due = await uow.orders.releasable(wanted, now)
            if not due:  # somebody else is at them
                return released
            sums: defaultdict[PersonId, list[Commission]] = defaultdict(list)
            changed, transfers = [], []
            for old in due:
                new = replace(
                    old, state=CommissionState.AVAILABLE, hold_until=None, version=old.version + 1
                )
                changed.append(new)
                if new.amount:
                    sums[new.creator].append(new)
                if transfer := ledger.settle(old, new, now):
                    transfers.append(transfer)
            counted = await uow.results.counted([commission.order for commission in changed])
            await uow.orders.save_commissions(changed, None)
            await uow.orders.mark(list(counted), CommissionState.AVAILABLE)
            await uow.results.record(
                counted,
                {
                    order: replace(
                        each,
                        state=CommissionState.AVAILABLE,
                        proof_minor=0,
                        unfunded_minor=0,
                        release=None,
                    )
                    for order, each in counted.items()
                },
            )
            rewards = await reward_inviters(uow, changed, now)
            await uow.ledger.post([*transfers, *rewards])
            await uow.outbox.add(
                [
                    Notification(
                        person=creator,
                        kind=NoteKind.RELEASED,
                        # A version of a commission is released once.
                        key=f"released:{own[-1].order}:{own[-1].version}",
                        facts={
                            "count": len(own),
                            "amount_minor": sum(commission.amount.minor for commission in own),
                        },
                    )
                    for creator, own in sums.items()
                ],
                now=now,
            )
            await uow.commit()
            released += len(changed)


async def fund_commissions(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Mark commissions as funded, oldest first, as far as their brands' money and credit reach.

    A brand whose money does not reach is told, once for each commission at which it ends.
    """
    async with new_uow(read_only=True) as uow:
        brands = await uow.orders.brands_with_unfunded()
    funded = 0
    for brand in brands:
        async with new_uow(background=True) as uow:
            funded += await fund_brand(uow, brand)
            await _tell_unfunded(uow, clock, brand)
            await uow.commit()
    return funded


async def _tell_unfunded(uow: UnitOfWork, clock: Clock, brand_id: BrandId) -> None:
    waiting = await uow.orders.unfunded(brand_id, 1)
    if not waiting:
        return
    brand = await uow.brands.get(brand_id)
    balance = await uow.ledger.balance(Account.BRAND_FUNDS, brand_id)
    owners = await uow.brands.owners(brand_id)
    await uow.outbox.add(
        [
            Notification(
                person=manager,
                kind=NoteKind.FUNDS_LOW,
                key=f"funds_low:{waiting[0].order}:{manager}",
                facts={
                    "brand": brand_id,
                    "name": brand.name,
                    **({"balance_minor": balance.minor} if manager in owners else {}),
                },
            )
            for manager in await uow.brands.managers(brand_id)
        ],
        now=clock(),
    )


async def fund_brand(uow: UnitOfWork, brand_id: BrandId) -> int:
    """The same for one brand within the caller's transaction, such as that of a top-up."""
    funds = await uow.ledger.balance_for_update(Account.BRAND_FUNDS, brand_id)
    brand = await uow.brands.get(brand_id)
    # Accrued commissions, unfunded ones too, have left the funds already.
    waiting = await uow.orders.unfunded_minor(brand.id)
    room = Money(funds.minor + waiting + brand.credit_limit_minor)
    funded = 0
    while page := await uow.orders.unfunded(brand.id, FUND_PAGE):
        covered: list[CommissionId] = []
        orders: list[OrderId] = []
        for commission in page:
            room = room - cost(commission)
            if room.minor < 0:
                break
            assert commission.id is not None
            covered.append(commission.id)
            orders.append(commission.order)
        counted = await uow.results.counted(orders)
        await uow.orders.fund(covered)
        await uow.results.record(
            counted,
            {order: replace(each, unfunded_minor=0) for order, each in counted.items()},
        )
        funded += len(covered)
        if len(covered) < len(page):
            break
    return funded
