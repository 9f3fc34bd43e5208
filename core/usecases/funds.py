"""A brand's money: what it has, what is committed, and top-ups by staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core import ledger
from core.errors import BadInput, NotAllowed
from core.ids import BrandId
from core.ledger import Account
from core.money import Money
from core.notifications import NoteKind, Notification
from core.people import Actor, Brand, BrandRole, Permission
from core.ports import Clock, UnitOfWorkFactory
from core.ports.money import Movement
from core.usecases.commissions import fund_brand

REFERENCE_MAX: Final = 60  # characters of a transfer's key


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsView:
    """A brand's funds. `balance` is after open commissions; `committed` is what those come to."""

    brand: Brand
    balance: Money
    committed: Money
    unfunded: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A top-up as it stands in the books; not `fresh` where its key had been booked before."""

    funds: FundsView
    amount: Money
    at: datetime
    fresh: bool


async def brand_funds(new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId) -> FundsView:
    """What a manager or the staff see of a brand's money."""
    demand_money(actor, brand)
    async with new_uow(read_only=True) as uow:
        return FundsView(
            brand=await uow.brands.get(brand),
            balance=await uow.ledger.balance(Account.BRAND_FUNDS, brand),
            committed=await uow.ledger.committed(brand),
            unfunded=Money(await uow.orders.unfunded_minor(brand)),
        )


async def funds_statement(
    new_uow: UnitOfWorkFactory, *, actor: Actor, brand: BrandId, after: int | None, limit: int
) -> list[Movement]:
    """What moved on a brand's funds, newest first."""
    demand_money(actor, brand)
    async with new_uow(read_only=True) as uow:
        return list(
            await uow.ledger.statement(Account.BRAND_FUNDS, brand, after=after, limit=limit)
        )


def demand_money(actor: Actor, brand: BrandId) -> None:
    """Raise NotAllowed unless the actor may see the brand's money: its owners and finance."""
    if not actor.may(Permission.FINANCE) and (brand, BrandRole.OWNER) not in actor.brands:
        raise NotAllowed


async def top_up(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    *,
    actor: Actor,
    brand: BrandId,
    amount: Money,
    key: str,
) -> Booking:
    """Book money that a brand has transferred; `key` names the transfer, so that it counts once.

    Commissions that waited for it become funded in the same transaction. A key that is in the
    books already changes nothing, whatever amount comes with it.
    Raises BadInput("amount" or "reference").
    """
    actor.demand(Permission.FINANCE)
    if amount.minor <= 0:
        raise BadInput("amount")
    if not 0 < len(key) <= REFERENCE_MAX:
        raise BadInput("reference")
    async with new_uow() as uow:
        now = clock()
        await uow.brands.get(brand)
        transfer = ledger.top_up(brand, amount, f"{brand}:{key}", now)
        fresh = bool(await uow.ledger.post([transfer]))
        if fresh:
            await fund_brand(uow, brand)
            balance = await uow.ledger.balance(Account.BRAND_FUNDS, brand)
            await uow.audit.write(
                actor.id,
                "brand.top_up",
                "brand",
                brand,
                now=now,
                facts={"amount_minor": amount.minor, "key": key},
            )
            await uow.outbox.add(
                [
                    Notification(
                        person=manager,
                        kind=NoteKind.TOPPED_UP,
                        key=f"top_up:{brand}:{key}:{manager}",
                        facts={
                            "brand": brand,
                            "amount_minor": amount.minor,
                            "balance_minor": balance.minor,
                        },
                    )
                    for manager in await uow.brands.owners(brand)
                ],
                now=now,
            )
            await uow.commit()
        else:
            transfer = await uow.ledger.find(transfer.key) or transfer
    return Booking(
        funds=await brand_funds(new_uow, actor=actor, brand=brand),
        amount=Money(sum(e.minor for e in transfer.entries if e.account is Account.BRAND_FUNDS)),
        at=transfer.at,
        fresh=fresh,
    )
