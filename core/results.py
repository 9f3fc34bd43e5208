"""Daily results: what credited orders come to, kept beside them so that no report adds them up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.commissions import OPEN, Commission, CommissionState
from core.ids import EnrolmentId
from core.money import Money
from core.orders import ALMATY, NormalisedOrder

KEPT_CURRENCY: Final = "KZT"  # sums of two currencies mean nothing: others count, but as no money


def day_of(at: datetime) -> date:
    """The calendar day in Almaty."""
    return at.astimezone(ALMATY).date()


def reward_state(commission: Commission | None) -> CommissionState:
    """Where a credited order stands; one that was lost before it earned has no commission."""
    return CommissionState.VOID if commission is None else commission.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one credited order counts for; amounts in tiyn.

    `net_minor` is what the buyer paid less refunds. `unfunded_minor` is the part of the open
    commission that waits for the brand's money, `release` the day on which its hold ends.
    """

    enrolment: EnrolmentId
    day: date
    state: CommissionState
    net_minor: int
    amount_minor: int = 0
    fee_minor: int = 0
    unfunded_minor: int = 0
    release: date | None = None


@dataclass(slots=True)
class Tally:
    """Orders and tiyn that are added to a row of results."""

    orders: int = 0
    net_minor: int = 0
    amount_minor: int = 0
    fee_minor: int = 0
    unfunded_minor: int = 0

    def add(self, counted: Counted, sign: int) -> None:
        """Count an order in (1) or out (-1)."""
        self.orders += sign
        self.net_minor += sign * counted.net_minor
        self.amount_minor += sign * counted.amount_minor
        self.fee_minor += sign * counted.fee_minor
        self.unfunded_minor += sign * counted.unfunded_minor

    def __bool__(self) -> bool:
        return bool(
            self.orders
            or self.net_minor
            or self.amount_minor
            or self.fee_minor
            or self.unfunded_minor
        )


ResultKey = tuple[EnrolmentId, date, CommissionState]
HoldKey = tuple[EnrolmentId, date]
Change = tuple[Counted | None, Counted | None]
"""What an order counted for before, and what it counts for now."""


def count(
    order: NormalisedOrder, enrolment: EnrolmentId | None, commission: Commission | None
) -> Counted | None:
    """What an order counts for; None where nobody is credited."""
    if enrolment is None:
        return None
    in_tenge = order.net.currency == KEPT_CURRENCY
    amount = commission.amount if commission else Money(0)
    open_unfunded = commission and not commission.funded and commission.state in OPEN
    return Counted(
        enrolment=enrolment,
        day=day_of(order.ordered_at),
        state=reward_state(commission),
        net_minor=(order.net - order.refunded).minor if in_tenge else 0,
        amount_minor=amount.minor,
        fee_minor=commission.fee.minor if commission else 0,
        unfunded_minor=amount.minor if open_unfunded else 0,
        release=day_of(commission.hold_until)
        if commission and commission.hold_until and commission.state is CommissionState.IN_HOLD
        else None,
    )


def moved(changes: Iterable[Change]) -> tuple[dict[ResultKey, Tally], dict[HoldKey, Tally]]:
    """The rows of results and of holds that a batch changes, with what is to be added to each."""
    results: defaultdict[ResultKey, Tally] = defaultdict(Tally)
    holds: defaultdict[HoldKey, Tally] = defaultdict(Tally)
    for before, after in changes:
        if before == after:
            continue
        for counted, sign in ((before, -1), (after, 1)):
            if counted is None:
                continue
            results[counted.enrolment, counted.day, counted.state].add(counted, sign)
            if counted.release is not None:
                holds[counted.enrolment, counted.release].add(counted, sign)
    return (
        {key: tally for key, tally in results.items() if tally},
        {key: tally for key, tally in holds.items() if tally},
    )
