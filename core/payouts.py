"""Payouts: a creator's request for money, from the request to the bank's answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from core.errors import BelowMinimumPayout, InsufficientBalance, PayoutDetailsMissing
from core.ids import PayoutId, PersonId
from core.money import Money, tenge
from core.people import Creator

MINIMUM: Final = tenge(5_000)


class PayoutState(StrEnum):
    """REQUESTED by the creator, APPROVED by staff, then PAID or FAILED; REFUSED with a reason."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    FAILED = "failed"
    REFUSED = "refused"


NEXT: Final[dict[PayoutState, frozenset[PayoutState]]] = {
    PayoutState.REQUESTED: frozenset({PayoutState.APPROVED, PayoutState.REFUSED}),
    PayoutState.APPROVED: frozenset({PayoutState.PAID, PayoutState.FAILED, PayoutState.REFUSED}),
    PayoutState.PAID: frozenset(),
    PayoutState.FAILED: frozenset(),
    PayoutState.REFUSED: frozenset(),
}
OPEN: Final = frozenset({PayoutState.REQUESTED, PayoutState.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """One request; `number` is what people and the bank see, `reason` why it was not paid."""

    id: PayoutId | None
    number: str
    creator: PersonId
    amount: Money
    state: PayoutState
    requested_at: datetime
    decided_at: datetime | None = None
    reason: str = ""

    def move(self, to: PayoutState, *, now: datetime, reason: str = "") -> Payout:
        """Go to another state; ValueError where the life of a payout does not allow it."""
        if to not in NEXT[self.state]:
            raise ValueError(f"payout {self.id}: {self.state} -> {to}")
        return replace(self, state=to, decided_at=now, reason=reason)


def demand_details(creator: Creator) -> None:
    """Raise PayoutDetailsMissing unless tax status, IIN and account are known."""
    gaps = {
        "legal_status": creator.legal_status is None,
        "iin": not creator.has_iin,
        "iban": not creator.iban_tail,
    }
    if missing := tuple(field for field, absent in gaps.items() if absent):
        raise PayoutDetailsMissing(missing)


def demand_payable(creator: Creator, amount: Money, *, available: Money) -> None:
    """Raise BelowMinimumPayout, InsufficientBalance or PayoutDetailsMissing unless payable."""
    if amount < MINIMUM:
        raise BelowMinimumPayout(available, MINIMUM)
    if amount > available:
        raise InsufficientBalance(available)
    demand_details(creator)  # last: nobody is asked for an IIN before there is money to send


def request(
    creator: Creator, amount: Money, *, available: Money, number: str, now: datetime
) -> Payout:
    """Turn an available balance into a payout request; refuses as `demand_payable` does."""
    demand_payable(creator, amount, available=available)
    return Payout(
        id=None,
        number=number,
        creator=creator.id,
        amount=amount,
        state=PayoutState.REQUESTED,
        requested_at=now,
    )
