"""What an attributed order earns, by which rule, and where that money stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from core.ids import BrandId, CommissionId, EnrolmentId, OrderId, PersonId, TermsId
from core.money import BPS, Money
from core.orders import OrderStatus
from core.pricing import MAX_PERCENT_BPS, Price, Rule
from core.records import record

__all__ = [
    "LOST",
    "MAX_PERCENT_BPS",
    "OPEN",
    "Commission",
    "CommissionState",
    "Earning",
    "Rule",
    "advance",
    "cost",
    "fee_on",
    "percent",
]


class CommissionState(StrEnum):
    """PENDING waits for the merchant, IN_HOLD for time, AVAILABLE can be paid out.

    VOID earned nothing or lost it before it was available; CLAWED_BACK lost it afterwards.
    """

    PENDING = "pending"
    IN_HOLD = "in_hold"
    AVAILABLE = "available"
    VOID = "void"
    CLAWED_BACK = "clawed_back"


OPEN: Final = frozenset({CommissionState.PENDING, CommissionState.IN_HOLD})
LOST: Final = frozenset({CommissionState.VOID, CommissionState.CLAWED_BACK})


@record(frozen=True, slots=True, kw_only=True)
class Commission:
    """The money of one order. `version` counts its ledger transfers and makes their keys unique."""

    id: CommissionId | None
    order: OrderId
    enrolment: EnrolmentId
    creator: PersonId
    brand: BrandId
    state: CommissionState
    amount: Money
    fee: Money
    month: str  # "2026-11", Almaty, by the order's date: what monthly caps count
    hold_until: datetime | None = None
    funded: bool = True
    version: int = 0
    terms: TermsId | None = None  # the version that priced it
    price: Price | None = None  # its reasons; None where they were not kept


@record(frozen=True, slots=True, kw_only=True)
class Earning:
    """What an order is worth to a creator now, as pricing sees it."""

    enrolment: EnrolmentId
    creator: PersonId
    brand: BrandId
    amount: Money
    fee: Money
    month: str
    terms: TermsId | None = None
    price: Price | None = None


def fee_on(commission: Money, fee_bps: int) -> Money:
    """The platform's fee on top of a commission."""
    return commission.share(fee_bps)


def advance(
    known: Commission | None,
    order: OrderId,
    status: OrderStatus,
    earning: Earning | None,
    *,
    hold_days: int,
    approved_at: datetime,
) -> Commission | None:
    """Where an order's commission stands after news of the order: the one decision on its money.

    None where nothing is earned and nothing was. The ledger gets the difference between `known`
    and the result. A commission that has become available stays available when the order is merely
    reported pending again, and is clawed back only when the order is rejected or returned or when
    nobody is credited for it any more.
    """
    if status in (OrderStatus.REJECTED, OrderStatus.RETURNED) or earning is None:
        if known is None or known.state in LOST:
            return known
        lost = (
            CommissionState.CLAWED_BACK
            if known.state is CommissionState.AVAILABLE
            else CommissionState.VOID
        )
        zero = Money(0, known.amount.currency)
        return replace(known, state=lost, amount=zero, fee=zero, hold_until=None)

    state, hold_until = CommissionState.PENDING, None
    same_creator = known is not None and known.enrolment == earning.enrolment
    if known and same_creator and known.state is CommissionState.AVAILABLE:
        state = CommissionState.AVAILABLE
    elif status is OrderStatus.APPROVED:
        state, hold_until = CommissionState.IN_HOLD, approved_at + timedelta(days=hold_days)
        if known and same_creator and known.state is CommissionState.IN_HOLD and known.hold_until:
            # A second report of the approval does not restart the hold.
            hold_until = min(hold_until, known.hold_until)
    return Commission(
        id=known.id if known else None,
        order=order,
        enrolment=earning.enrolment,
        creator=earning.creator,
        brand=earning.brand,
        state=state,
        amount=earning.amount,
        fee=earning.fee,
        month=earning.month,
        hold_until=hold_until,
        funded=known.funded if known else True,
        version=known.version if known else 0,
        terms=earning.terms,
        price=earning.price,
    )


def cost(commission: Commission) -> Money:
    """What the commission costs the brand: the creator's part and the platform's."""
    return commission.amount + commission.fee


def percent(bps: int) -> str:
    """Basis points as a plain decimal for a file: 1050 -> "10.5"."""
    return f"{bps / BPS * 100:g}"
