"""A brand's money: what it has, what is committed, and top-ups by staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from core import ledger
from core.errors import BadInput, NotAllowed
from core.fund_forecasts import STALE_AFTER, WINDOWS, Outlook, look_ahead, warn_of
from core.ids import BrandId
from core.ledger import Account
from core.money import Money
from core.notifications import NoteKind, Notification
from core.people import Actor, Brand, BrandRole, Permission
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.ports.money import Movement
from core.results import day_of
from core.usecases.commissions import fund_brand

BRANDS: Final = 20  # looked at in one transaction of the sweep
REFERENCE_MAX: Final = 60  # characters of a transfer's key


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsView:
    """A brand's funds. `balance` is after open commissions; `committed` is what those come to.

    `outlook` tells how long the balance and the credit last; None without enough to go by.
    """

    brand: Brand
    balance: Money
    committed: Money
    unfunded: Money
    outlook: Outlook | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A top-up as it stands in the books; not `fresh` where its key had been booked before."""

    funds: FundsView
    amount: Money
    at: datetime
    fresh: bool


async def brand_funds(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, brand: BrandId
) -> FundsView:
    """What a manager or the staff see of a brand's money."""
    demand_money(actor, brand)
    async with new_uow(read_only=True) as uow:
        known = await uow.brands.get(brand)
        balance = await uow.ledger.balance(Account.BRAND_FUNDS, brand)
        return FundsView(
            brand=known,
            balance=balance,
            committed=await uow.ledger.committed(brand),
            unfunded=Money(await uow.orders.unfunded_minor(brand)),
            outlook=await _outlook(uow, known, balance, day_of(clock())),
        )


async def _outlook(uow: UnitOfWork, brand: Brand, balance: Money, today: date) -> Outlook | None:
    days = await uow.reports.by_day(
        brand.id, since=today - timedelta(days=STALE_AFTER + max(WINDOWS)), until=today
    )
    costs = {day: figures.cost.minor for day, figures in days.items() if figures.cost}
    return look_ahead(costs, balance.minor + brand.credit_limit_minor, today)


async def warn_of_ending_funds(new_uow: UnitOfWorkFactory, clock: Clock) -> int:
    """Tell owners whose money ends within days, once for each threshold; returns how many brands.

    What a brand was warned of is kept beside the note, in one transaction, and is forgotten when
    clearly more is left, such as after a top-up.
    """
    told = 0
    after: int | None = None
    while True:
        today = day_of(clock())
        async with new_uow(background=True) as uow:
            brands = await uow.brands.page(after=after, limit=BRANDS)
            warned = await uow.fund_warnings.of([brand.id for brand in brands])
            for brand in brands:
                told += await _warn(uow, clock, brand, warned.get(brand.id), today)
            await uow.commit()
        if len(brands) < BRANDS:
            return told
        after = brands[-1].id


async def _warn(
    uow: UnitOfWork, clock: Clock, brand: Brand, warned: int | None, today: date
) -> bool:
    balance = await uow.ledger.balance(Account.BRAND_FUNDS, brand.id)
    outlook = await _outlook(uow, brand, balance, today)
    level = warn_of(outlook.left_days if outlook else None, warned)
    if level == warned:
        return False
    await uow.fund_warnings.put(brand.id, level, now=clock())
    if level is None or outlook is None:
        return False
    await uow.outbox.add(
        [
            Notification(
                person=owner,
                kind=NoteKind.FUNDS_ENDING,
                key=f"funds_ending:{brand.id}:{level}:{today}:{owner}",
                facts={
                    "brand": brand.id,
                    "name": brand.name,
                    "balance_minor": balance.minor,
                    "left": outlook.left_days,
                    "a_day_minor": outlook.a_day.minor,
                    "first": outlook.first.isoformat(),
                    "last": outlook.last.isoformat(),
                },
            )
            for owner in await uow.brands.owners(brand.id)
        ],
        now=clock(),
    )
    return True


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
            booked = await uow.ledger.moved(transfer.key, Account.BANK, ledger.OPERATOR)
            now, amount = (booked[0], -booked[1]) if booked else (now, amount)
    return Booking(
        funds=await brand_funds(new_uow, clock, actor=actor, brand=brand),
        amount=amount,
        at=now,
        fresh=fresh,
    )
