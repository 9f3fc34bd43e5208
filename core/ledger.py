"""Double entry: balanced, keyed, append-only transfers; a balance is the sum of its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from core.commissions import OPEN, Commission, CommissionState
from core.ids import BrandId, PersonId
from core.money import Money
from core.records import record


class Account(StrEnum):
    """The chart of accounts; the owner is a brand, a creator, or 0 for the operator's own.

    A positive balance of a brand or creator account is what the operator owes them; BANK is
    negative by what the operator holds.
    """

    BANK = "bank"
    BRAND_FUNDS = "brand_funds"
    CREATOR_PENDING = "creator_pending"
    CREATOR_AVAILABLE = "creator_available"
    CREATOR_RESERVED = "creator_reserved"
    PLATFORM_FEE = "platform_fee"
    TAX_WITHHELD = "tax_withheld"


class TransferKind(StrEnum):
    """Why money moved."""

    TOP_UP = "top_up"
    ACCRUE = "accrue"
    ADJUST = "adjust"
    RELEASE = "release"
    VOID = "void"
    CLAWBACK = "clawback"
    PAYOUT_REQUESTED = "payout_requested"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_RETURNED = "payout_returned"
    REFERRAL = "referral"
    REFERRAL_BACK = "referral_back"


OPERATOR: Final = 0  # owner of the accounts that belong to nobody else


class Entry(NamedTuple):
    """One leg of a transfer: the account, its owner and a signed amount in tiyn."""

    account: Account
    owner: int
    minor: int


@record(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A balanced movement. `key` is unique: the same fact posted twice moves money once."""

    key: str
    kind: TransferKind
    at: datetime
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        if sum(entry.minor for entry in self.entries) != 0:
            raise ValueError(f"transfer {self.key} does not balance")


def _position(commission: Commission | None) -> dict[tuple[Account, int], int]:
    """Where a commission's money lies: nothing, or with the creator and the platform."""
    if commission is None or not (commission.amount or commission.fee):
        return {}
    held = Account.CREATOR_PENDING if commission.state in OPEN else Account.CREATOR_AVAILABLE
    total = commission.amount.minor + commission.fee.minor
    return {
        (Account.BRAND_FUNDS, commission.brand): -total,
        (held, commission.creator): commission.amount.minor,
        (Account.PLATFORM_FEE, OPERATOR): commission.fee.minor,
    }


def _kind(old: Commission | None, new: Commission) -> TransferKind:
    if old is None or not (old.amount or old.fee):
        return TransferKind.ACCRUE
    if new.state is CommissionState.VOID:
        return TransferKind.VOID
    if new.state is CommissionState.CLAWED_BACK:
        return TransferKind.CLAWBACK
    if new.state is CommissionState.AVAILABLE and old.state in OPEN:
        return TransferKind.RELEASE
    return TransferKind.ADJUST


def settle(old: Commission | None, new: Commission, at: datetime) -> Transfer | None:
    """The transfer that takes the ledger from the old commission to the new, if one is needed.

    `new.order` must be known; the key counts the commission's versions, so a repeated decision
    posts nothing.
    """
    before, after = _position(old), _position(new)
    entries = tuple(
        Entry(account, owner, difference)
        for account, owner in sorted(before.keys() | after.keys())
        if (difference := after.get((account, owner), 0) - before.get((account, owner), 0))
    )
    if not entries:
        return None
    return Transfer(
        key=f"order:{new.order}:{new.version}", kind=_kind(old, new), at=at, entries=entries
    )


def top_up(brand: BrandId, amount: Money, key: str, at: datetime) -> Transfer:
    """Money of a brand that reached the operator's bank account."""
    return Transfer(
        key=f"top_up:{key}",
        kind=TransferKind.TOP_UP,
        at=at,
        entries=(
            Entry(Account.BANK, OPERATOR, -amount.minor),
            Entry(Account.BRAND_FUNDS, brand, amount.minor),
        ),
    )


def between(
    kind: TransferKind,
    key: str,
    creator: PersonId,
    source: Account,
    target: tuple[Account, int],
    amount: Money,
    at: datetime,
) -> Transfer:
    """Move an amount from one of a creator's accounts to another account."""
    return Transfer(
        key=key,
        kind=kind,
        at=at,
        entries=(Entry(source, creator, -amount.minor), Entry(*target, amount.minor)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReport:
    """What the invariant check found; `sound` when every list is empty and the sum is zero."""

    transfers: int
    entries: int
    total_minor: int
    unbalanced: tuple[str, ...] = ()
    orphans: int = 0
    wrong_balances: tuple[str, ...] = ()
    wrong_commissions: int = 0  # accounts of creators that their commissions do not explain
    wrong_payouts: int = 0  # accounts of creators that their payouts do not explain
    wrong_results: int = 0  # sums by day that their orders and clicks do not explain
    wrong_funds: int = 0  # brands whose funds are not top-ups less commissions; fees and rewards

    @property
    def sound(self) -> bool:
        """Whether the books are right."""
        return not (
            self.total_minor
            or self.unbalanced
            or self.orphans
            or self.wrong_balances
            or self.wrong_commissions
            or self.wrong_payouts
            or self.wrong_funds
            or self.wrong_results
        )
