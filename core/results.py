"""Daily results: what credited orders come to, kept beside them so that no report adds them up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core.commissions import Commission, CommissionState
from core.ids import EnrolmentId, OrderId
from core.orders import ALMATY
from core.records import record


def day_of(at: datetime) -> date:
    """The calendar day in Almaty."""
    return at.astimezone(ALMATY).date()


def reward_state(commission: Commission | None) -> CommissionState:
    """Where a credited order stands; one that was lost before it earned has no commission."""
    return CommissionState.VOID if commission is None else commission.state


@record(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one credited order counts for; amounts in tiyn.

    `net_minor` is what the buyer paid less refunds. While the commission is open, `proof_minor` is
    its amount if its terms ask for a proof, `unfunded_minor` if the brand's money is missing, and
    `release` is the day on which its hold ends. `kind` is that of the evidence (core.evidence) and
    `handle` what it is known by: the promo code, the SKU, or the id of the link that was clicked.
    """

    enrolment: EnrolmentId
    day: date
    state: CommissionState
    net_minor: int
    kind: str = ""
    handle: str = ""
    amount_minor: int = 0
    fee_minor: int = 0
    proof_minor: int = 0
    unfunded_minor: int = 0
    release: date | None = None

    @property
    def blocked_minor(self) -> int:
        """What a release may have to wait for more than its day."""
        return max(self.proof_minor, self.unfunded_minor)


@dataclass(slots=True)
class Tally:
    """Orders and tiyn that are added to a row of results."""

    orders: int = 0
    net_minor: int = 0
    amount_minor: int = 0
    fee_minor: int = 0
    proof_minor: int = 0
    unfunded_minor: int = 0
    blocked_minor: int = 0

    def add(self, counted: Counted, sign: int) -> None:
        """Count an order in (1) or out (-1)."""
        self.orders += sign
        self.net_minor += sign * counted.net_minor
        self.amount_minor += sign * counted.amount_minor
        self.fee_minor += sign * counted.fee_minor
        self.proof_minor += sign * counted.proof_minor
        self.unfunded_minor += sign * counted.unfunded_minor
        self.blocked_minor += sign * counted.blocked_minor

    def __bool__(self) -> bool:
        return bool(
            self.orders
            or self.net_minor
            or self.amount_minor
            or self.fee_minor
            or self.proof_minor
            or self.unfunded_minor
            or self.blocked_minor
        )


ResultKey = tuple[EnrolmentId, date, CommissionState]
MonthKey = tuple[EnrolmentId, date, CommissionState]  # the month by its first day
HoldKey = tuple[EnrolmentId, date]
HandleKey = tuple[EnrolmentId, str, str, date, CommissionState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """The rows of each table of sums that change, with what is to be added to each."""

    results: Mapping[ResultKey, Tally]
    months: Mapping[MonthKey, Tally]
    handles: Mapping[HandleKey, Tally]
    holds: Mapping[HoldKey, Tally]


def moved(before: Mapping[OrderId, Counted], after: Mapping[OrderId, Counted]) -> Moves:
    """What changes when orders count for other than before."""
    results: defaultdict[ResultKey, Tally] = defaultdict(Tally)
    months: defaultdict[MonthKey, Tally] = defaultdict(Tally)
    handles: defaultdict[HandleKey, Tally] = defaultdict(Tally)
    holds: defaultdict[HoldKey, Tally] = defaultdict(Tally)
    for counts, others, sign in ((before, after, -1), (after, before, 1)):
        for order, counted in counts.items():
            if others.get(order) == counted:
                continue
            day, state = counted.day, counted.state
            results[counted.enrolment, day, state].add(counted, sign)
            months[counted.enrolment, day.replace(day=1), state].add(counted, sign)
            handle = counted.enrolment, counted.kind, counted.handle, day, state
            handles[handle].add(counted, sign)
            if counted.release is not None:
                holds[counted.enrolment, counted.release].add(counted, sign)
    return Moves(
        results={key: tally for key, tally in results.items() if tally},
        months={key: tally for key, tally in months.items() if tally},
        handles={key: tally for key, tally in handles.items() if tally},
        holds={key: tally for key, tally in holds.items() if tally},
    )
