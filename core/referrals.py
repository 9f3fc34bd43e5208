"""Creators who invite creators: who came by whom, and what the inviter has of it.

The reward is a part of the platform's fee on what the invited creator earns: the brand and the
invited one pay nothing for it. What a link promised when it was followed stays promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.commissions import Commission, CommissionState
from core.ids import OrderId, PersonId
from core.ledger import OPERATOR, Account, Entry, Transfer, TransferKind
from core.money import Money
from core.orders import ALMATY
from core.records import record

CODE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralProgram:
    """What the operator gives: basis points of the platform's fee, 0 for nothing, and how long.

    It counts for orders of the month in which the link was followed and of `months` after it.
    """

    bps: int = 0
    months: int = 6


@record(frozen=True, slots=True, kw_only=True)
class Referral:
    """Who invited a creator, on which conditions, and whether that still brings something.

    `earning` is False where the inviter is not active or both are paid to the same account.
    """

    invited: PersonId
    inviter: PersonId
    bps: int
    until_month: str
    earning: bool = True


@record(frozen=True, slots=True, kw_only=True)
class Reward:
    """What an inviter has of one order now."""

    order: OrderId
    inviter: PersonId
    invited: PersonId
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """How an inviter's link works, in numbers only: nobody is named."""

    code: str
    came: int
    active: int
    earned: Money


def last_month(now: datetime, months: int) -> str:
    """The month (of Almaty) so many after the present one: "2026-11" and 6 give "2027-05"."""
    local = now.astimezone(ALMATY)
    years, month = divmod(local.month - 1 + months, 12)
    return f"{local.year + years:04}-{month + 1:02}"


def due(commission: Commission, referral: Referral | None, known: Reward | None) -> Reward | None:
    """What the inviter has of a commission now; None where that is nothing and never was.

    A reward that was given once follows its commission, whatever has become of the inviter since.
    """
    if known is not None and known.invited != commission.creator:
        known = None  # another creator is credited by now
    if referral is None:
        return None
    worth = Money(0, commission.fee.currency)
    available = commission.state is CommissionState.AVAILABLE
    if available and commission.month <= referral.until_month and (known or referral.earning):
        worth = commission.fee.share(referral.bps)
    if known is None and not worth:
        return None
    return Reward(
        order=commission.order,
        inviter=referral.inviter,
        invited=commission.creator,
        amount=worth,
    )


def settle(
    known: Reward | None, new: Reward | None, *, order: OrderId, version: int, at: datetime
) -> Transfer | None:
    """The transfer between two states of a reward; its key counts the commission's versions."""
    moves: dict[PersonId, int] = {}
    if known is not None:
        moves[known.inviter] = -known.amount.minor
    if new is not None:
        moves[new.inviter] = moves.get(new.inviter, 0) + new.amount.minor
    entries = [
        Entry(Account.CREATOR_AVAILABLE, inviter, minor)
        for inviter, minor in sorted(moves.items())
        if minor
    ]
    if not entries:
        return None
    total = sum(entry.minor for entry in entries)
    if total:
        entries.append(Entry(Account.PLATFORM_FEE, OPERATOR, -total))
    back = all(entry.minor < 0 for entry in entries if entry.account is Account.CREATOR_AVAILABLE)
    return Transfer(
        key=f"referral:{order}:{version}",
        kind=TransferKind.REFERRAL_BACK if back else TransferKind.REFERRAL,
        at=at,
        entries=tuple(entries),
    )
