"""Creators invite creators: the link, who comes by it, and the inviter's reward."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from core import referrals
from core.commissions import Commission
from core.errors import ProfileIncomplete
from core.ids import PersonId, public_code
from core.ledger import Transfer
from core.money import Money
from core.notifications import NoteKind, Notification
from core.people import Actor, CreatorState
from core.ports import Clock, UnitOfWork, UnitOfWorkFactory
from core.referrals import CODE_LENGTH, Invited, Referral, ReferralProgram, Reward

_CODE: Final = re.compile(rf"[a-z0-9]{{{CODE_LENGTH}}}")  # x7k2m9qp


async def my_referrals(new_uow: UnitOfWorkFactory, *, actor: Actor) -> Invited:
    """The link of an active creator, made at the first look, and what came of it."""
    async with new_uow() as uow:
        await demand_profile(uow, actor)
        actor.demand_creator()
        code = await uow.referrals.code_of(actor.id, public_code(CODE_LENGTH))
        found = await uow.referrals.numbers(actor.id, code)
        await uow.commit()
    return found


async def demand_profile(uow: UnitOfWork, actor: Actor) -> None:
    """Raise ProfileIncomplete for somebody who is no creator yet or has not filled in enough."""
    if actor.creator is None:
        raise ProfileIncomplete(("consent",))
    if actor.creator is CreatorState.NEW:
        raise ProfileIncomplete((await uow.creators.get(actor.id)).missing() or ("consent",))


async def follow_invitation(
    new_uow: UnitOfWorkFactory, clock: Clock, *, actor: Actor, code: str, program: ReferralProgram
) -> bool:
    """Keep that the actor came by an inviter's link; False where that counts for nothing.

    It counts for somebody who has no creator's profile yet, and only the first link does. An
    inviter has a profile before the link is followed and the invited one after it: so nobody can
    invite themselves, and there are no rings.
    """
    if actor.creator is not None or not _CODE.fullmatch(code):
        return False
    async with new_uow() as uow:
        inviter = await uow.referrals.owner_of(code)
        if inviter is None or inviter == actor.id:
            return False
        now = clock()
        kept = await uow.referrals.add(
            Referral(
                invited=actor.id,
                inviter=inviter,
                bps=program.bps,
                until_month=referrals.last_month(now, program.months),
            ),
            now=now,
        )
        await uow.commit()
    return kept


async def reward_inviters(
    uow: UnitOfWork, changed: Sequence[Commission], now: datetime
) -> list[Transfer]:
    """What inviters gain or lose by changed commissions, within the caller's transaction.

    The caller posts the transfers together with those of the commissions: accounts are then locked
    in one order. Inviters who gain are told once.
    """
    invited = await uow.referrals.of([commission.creator for commission in changed])
    told = [commission.order for commission in changed if commission.id is not None]
    known = await uow.referrals.rewards(told)  # a new one has brought nobody anything yet
    transfers: list[Transfer] = []
    saved: list[Reward] = []
    gains: defaultdict[PersonId, list[tuple[Commission, int]]] = defaultdict(list)
    for commission in changed:
        before = known.get(commission.order)
        after = referrals.due(commission, invited.get(commission.creator), before)
        transfer = referrals.settle(
            before, after, order=commission.order, version=commission.version, at=now
        )
        if transfer is None:
            continue
        transfers.append(transfer)
        if after is None:
            assert before is not None
            saved.append(replace(before, amount=Money(0, before.amount.currency)))
            continue
        saved.append(after)
        gain = after.amount.minor
        if before is not None and before.inviter == after.inviter:
            gain -= before.amount.minor
        if gain > 0:
            gains[after.inviter].append((commission, gain))
    await uow.referrals.save_rewards(saved)
    await uow.outbox.add(
        [
            Notification(
                person=inviter,
                kind=NoteKind.REFERRAL_EARNED,
                key=f"referral:{own[-1][0].order}:{own[-1][0].version}",
                facts={"count": len(own), "amount_minor": sum(gain for _, gain in own)},
            )
            for inviter, own in gains.items()
        ],
        now=now,
    )
    return transfers
