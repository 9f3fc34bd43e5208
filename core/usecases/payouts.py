"""Payouts: asked for by a creator, settled by staff; the ledger moves with each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import ledger, payouts
from core.errors import NotAllowed, NotFound, OutOfDate, PayoutAlreadyRequested
from core.ids import PayoutId, PersonId, public_code
from core.ledger import OPERATOR, Account, Transfer, TransferKind
from core.money import Money
from core.notifications import NoteKind, Notification
from core.payouts import Payout, PayoutState
from core.people import Actor, Creator, Permission
from core.ports import Clock, SecretBox, UnitOfWork, UnitOfWorkFactory
from core.ports.money import Movement, PayoutRow
from core.ports.results import Held

NUMBER_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletView:
    """A creator's money: what is held and why, what is free, on its way, and paid."""

    held: Held
    available: Money
    reserved: Money
    paid: Money
    minimum: Money
    open_payout: Payout | None
    creator: Creator


async def wallet(new_uow: UnitOfWorkFactory, *, actor: Actor) -> WalletView:
    """Everything that the creator's wallet shows."""
    async with new_uow(read_only=True) as uow:
        creator = await uow.creators.get(actor.id)
        balances = await uow.ledger.balances_of(
            (Account.CREATOR_AVAILABLE, Account.CREATOR_RESERVED), actor.id
        )
        return WalletView(
            held=await uow.results.held(actor.id),
            available=balances[Account.CREATOR_AVAILABLE],
            reserved=balances[Account.CREATOR_RESERVED],
            paid=await uow.ledger.paid_to(actor.id),
            minimum=payouts.MINIMUM,
            open_payout=await uow.payouts.open_for(actor.id),
            creator=creator,
        )


async def wallet_statement(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: int | None, limit: int
) -> list[Movement]:
    """What came into and left the creator's available balance, newest first."""
    async with new_uow(read_only=True) as uow:
        return list(
            await uow.ledger.statement(
                Account.CREATOR_AVAILABLE, actor.id, after=after, limit=limit
            )
        )


async def preview_payout(
    new_uow: UnitOfWorkFactory, *, actor: Actor, amount: Money | None = None
) -> WalletView:
    """The wallet before a request of `amount`, or of any; refuses what `request_payout` would."""
    view = await wallet(new_uow, actor=actor)
    if view.open_payout:
        raise PayoutAlreadyRequested(view.open_payout.amount)
    wanted = view.available if amount is None else amount
    payouts.demand_payable(view.creator, wanted, available=view.available)
    return view


async def request_payout(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, amount: Money, iban_tail: str
) -> Payout:
    """Reserve `amount` of the creator's available balance and ask staff to pay it.

    `iban_tail` is the account that the creator was shown: OutOfDate where it is another one now.
    Raises PayoutDetailsMissing, BelowMinimumPayout, InsufficientBalance, PayoutAlreadyRequested.
    """
    async with new_uow() as uow:
        now = clock()
        available = await uow.ledger.balance_for_update(Account.CREATOR_AVAILABLE, actor.id)
        creator = await uow.creators.get(actor.id)
        if creator.iban_tail and creator.iban_tail != iban_tail:
            raise OutOfDate("payout")
        if held := await uow.payouts.open_for(actor.id):
            raise PayoutAlreadyRequested(held.amount)
        wanted = payouts.request(
            creator,
            amount,
            available=available,
            number=public_code(NUMBER_LENGTH).upper(),
            now=now,
        )
        orders, released = await uow.ledger.released(actor.id)
        payout = await uow.payouts.add(wanted, orders=orders, released=released)
        await uow.ledger.post(
            [
                ledger.between(
                    TransferKind.PAYOUT_REQUESTED,
                    _request_key(payout),
                    actor.id,
                    Account.CREATOR_AVAILABLE,
                    (Account.CREATOR_RESERVED, actor.id),
                    amount,
                    now,
                )
            ]
        )
        assert payout.id is not None
        await uow.audit.write(
            actor.id,
            "payout.requested",
            "payout",
            payout.id,
            now=now,
            facts={"amount_minor": amount.minor, "number": payout.number},
        )
        await uow.outbox.add(
            [
                Notification(
                    person=person,
                    kind=NoteKind.PAYOUT_REQUESTED,
                    key=f"payout:{payout.id}:requested:{person}",
                    facts={
                        "payout": payout.id,
                        "number": payout.number,
                        "creator": creator.display_name,
                        "amount_minor": amount.minor,
                    },
                )
                for person in await uow.people.staff(Permission.FINANCE)
            ],
            now=now,
        )
        await uow.commit()
    return payout


def _request_key(payout: Payout) -> str:
    """The key of the transfer by which the money was reserved."""
    return f"payout:{payout.id}:requested"


async def my_payout(new_uow: UnitOfWorkFactory, *, actor: Actor, payout: PayoutId) -> PayoutRow:
    """One of the actor's own payouts; NotFound for anybody else's."""
    async with new_uow(read_only=True) as uow:
        row = await uow.payouts.get(payout)
        if row.payout.creator != actor.id:
            raise NotFound("payout")
    return row


async def my_payouts(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: PayoutId | None, limit: int
) -> list[Payout]:
    """The creator's payouts, newest first."""
    async with new_uow(read_only=True) as uow:
        return list(await uow.payouts.of_creator(actor.id, after=after, limit=limit))


async def open_payouts(
    new_uow: UnitOfWorkFactory, *, actor: Actor, after: PayoutId | None, limit: int
) -> list[PayoutRow]:
    """Payouts that wait for staff, oldest first."""
    actor.demand(Permission.FINANCE)
    async with new_uow(read_only=True) as uow:
        return list(
            await uow.payouts.in_states(
                (PayoutState.REQUESTED, PayoutState.APPROVED), after=after, limit=limit
            )
        )


async def payout_card(new_uow: UnitOfWorkFactory, *, actor: Actor, payout: PayoutId) -> PayoutRow:
    """One payout for staff."""
    actor.demand(Permission.FINANCE)
    async with new_uow(read_only=True) as uow:
        return await uow.payouts.get(payout)


async def payout_account(
    new_uow: UnitOfWorkFactory, clock: Clock, box: SecretBox, *, actor: Actor, payout: PayoutId
) -> str:
    """The full IBAN for whoever makes the transfer; looking at it is recorded."""
    actor.demand(Permission.FINANCE)
    async with new_uow() as uow:
        iban = box.decrypt(await uow.payouts.iban(payout))
        await uow.audit.write(actor.id, "payout.iban_shown", "payout", payout, now=clock())
        await uow.commit()
    return iban


async def approve_payout(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, payout: PayoutId
) -> Payout:
    """Let a request go to the bank; the money stays reserved."""
    return await _decide(new_uow, clock, actor, payout, PayoutState.APPROVED, "")


async def settle_payout(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, payout: PayoutId
) -> Payout:
    """The bank has paid: reserved money leaves the books."""
    return await _decide(new_uow, clock, actor, payout, PayoutState.PAID, "")


async def fail_payout(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, payout: PayoutId, reason: str
) -> Payout:
    """The bank has not paid: reserved money is available again. `reason` is told the creator."""
    return await _decide(new_uow, clock, actor, payout, PayoutState.FAILED, reason)


async def refuse_payout(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, payout: PayoutId, reason: str
) -> Payout:
    """Staff do not pay, and say why: reserved money is available again."""
    return await _decide(new_uow, clock, actor, payout, PayoutState.REFUSED, reason)


_NOTES = {
    PayoutState.APPROVED: NoteKind.PAYOUT_APPROVED,
    PayoutState.PAID: NoteKind.PAYOUT_PAID,
    PayoutState.FAILED: NoteKind.PAYOUT_FAILED,
    PayoutState.REFUSED: NoteKind.PAYOUT_REFUSED,
}


async def _decide(
    new_uow: UnitOfWorkFactory,
    clock: Clock,
    actor: Actor,
    payout_id: PayoutId,
    to: PayoutState,
    reason: str,
) -> Payout:
    actor.demand(Permission.FINANCE)
    async with new_uow() as uow:
        now = clock()
        row = await uow.payouts.get(payout_id)
        old = row.payout
        if old.creator == actor.id:
            raise NotAllowed  # nobody decides on money for themselves
        if old.state is to:
            return old  # the same tap twice
        if to not in payouts.NEXT[old.state]:
            raise OutOfDate("payout")
        new = old.move(to, now=now, reason=reason)
        if not await uow.payouts.move(new, was=old.state, by=actor.id):
            other = (await uow.payouts.get(payout_id)).payout  # somebody was quicker
            if other.state is to:
                return other
            raise OutOfDate("payout")
        if transfer := _transfer(new, now):
            await uow.ledger.post([transfer])
        await uow.audit.write(
            actor.id,
            f"payout.{to}",
            "payout",
            payout_id,
            now=now,
            facts={"amount_minor": new.amount.minor, "reason": reason},
        )
        await _tell(uow, row, new, now)
        await uow.commit()
    return new


def _transfer(payout: Payout, now: datetime) -> Transfer | None:
    if payout.state is PayoutState.PAID:
        kind, target = TransferKind.PAYOUT_PAID, (Account.BANK, OPERATOR)
    elif payout.state in (PayoutState.FAILED, PayoutState.REFUSED):
        kind = TransferKind.PAYOUT_RETURNED
        target = (Account.CREATOR_AVAILABLE, int(payout.creator))
    else:
        return None
    return ledger.between(
        kind,
        f"payout:{payout.id}:{payout.state}",
        payout.creator,
        Account.CREATOR_RESERVED,
        target,
        payout.amount,
        now,
    )


async def _tell(uow: UnitOfWork, row: PayoutRow, payout: Payout, now: datetime) -> None:
    await uow.outbox.add(
        [
            Notification(
                person=PersonId(payout.creator),
                kind=_NOTES[payout.state],
                key=f"payout:{payout.id}:{payout.state}",
                facts={
                    "number": payout.number,
                    "amount_minor": payout.amount.minor,
                    "reason": payout.reason,
                    "bank": row.bank,
                    "iban_tail": row.iban_tail,
                },
            )
        ],
        now=now,
    )
