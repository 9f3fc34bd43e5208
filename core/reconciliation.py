"""Reconciliation of one order: what a merchant's report changes, decided from facts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core import attribution, commissions, evidence
from core.attribution import Credit
from core.codes import CodeOwnership
from core.commissions import Commission, Earning
from core.evidence import ClickTouch, NearMiss, SkuReservation
from core.ids import BrandId, EnrolmentId, OrderId, PersonId
from core.money import Money
from core.offers import Terms
from core.orders import ALMATY, Freshness, NormalisedOrder, OrderStatus, freshness

PAID_CURRENCY = "KZT"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """What we hold of an order: the standing report's place in time, its evidence and its money."""

    id: OrderId
    freshness: Freshness
    status: OrderStatus
    approved_at: datetime | None
    enrolment: EnrolmentId | None
    promo_codes: tuple[str, ...]
    click_ids: tuple[str, ...]
    commission: Commission | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentFacts:
    """What pricing needs of an enrolment: whose it is and the terms frozen at its acceptance."""

    id: EnrolmentId
    creator: PersonId
    brand: BrandId
    terms: Terms
    fee_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a batch of orders is decided on, read in a few queries.

    `ownerships` by a code's normal form, `folded` by its folded form, `earned` (tiyn) by enrolment
    and month for enrolments with a monthly cap.
    """

    ownerships: Mapping[str, Sequence[CodeOwnership]]
    folded: Mapping[str, Sequence[CodeOwnership]]
    reservations: Mapping[str, Sequence[SkuReservation]]
    clicks: Mapping[str, ClickTouch]
    enrolments: Mapping[EnrolmentId, EnrolmentFacts]
    earned: Mapping[tuple[EnrolmentId, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The new state of one order; `commission` is None where nobody earns or ever did."""

    order: NormalisedOrder
    freshness: Freshness
    known: KnownOrder | None
    approved_at: datetime | None
    credit: Credit | None
    enrolment: EnrolmentId | None
    creator: PersonId | None
    commission: Commission | None
    near_misses: tuple[NearMiss, ...]


def newest(orders: Sequence[NormalisedOrder], seen_at: datetime) -> dict[str, NormalisedOrder]:
    """One report per order: a feed that names an order twice means the later news."""
    best: dict[str, NormalisedOrder] = {}
    for order in orders:
        held = best.get(order.external_id)
        if held is None or freshness(order, seen_at) > freshness(held, seen_at):
            best[order.external_id] = order
    return best


def with_kept_evidence(order: NormalisedOrder, known: KnownOrder | None) -> NormalisedOrder:
    """A report without codes or click ids does not erase those that another feed gave."""
    if known is None:
        return order
    return replace(
        order,
        promo_codes=order.promo_codes or known.promo_codes,
        click_ids=order.click_ids or known.click_ids,
    )


def month_of(at: datetime) -> str:
    """The calendar month in Almaty: what monthly caps and ladders count by."""
    return at.astimezone(ALMATY).strftime("%Y-%m")


def decide(
    order: NormalisedOrder, fresh: Freshness, known: KnownOrder | None, facts: Facts
) -> Decision:
    """Attribute, price and place one order's money.

    A commission that somebody already has is only moved by evidence, never by its absence.
    """
    candidates = [
        candidate
        for candidate in (
            *evidence.by_code(order, facts.ownerships),
            *evidence.by_sku(order, facts.reservations),
            *evidence.by_click(
                order,
                facts.clicks,
                {key: e.terms.window_days for key, e in facts.enrolments.items()},
            ),
        )
        if candidate.enrolment in facts.enrolments
    ]
    credit = None
    if candidates:
        first = min(candidates, key=lambda candidate: candidate.grade)
        policy = facts.enrolments[first.enrolment].terms.credit_policy
        credit = attribution.decide(candidates, policy)
    misses = () if credit else tuple(evidence.near_misses(order, facts.ownerships, facts.folded))

    credited = credit.enrolment if credit else (known.enrolment if known else None)
    enrolment = facts.enrolments.get(credited) if credited is not None else None
    approved_at = known.approved_at if known else None
    if order.status is OrderStatus.APPROVED and approved_at is None:
        approved_at = fresh.at
    commission = commissions.advance(
        known.commission if known else None,
        known.id if known else OrderId(0),
        order.status,
        earning(order, enrolment, known, facts) if enrolment else None,
        hold_days=enrolment.terms.hold_days if enrolment else 0,
        approved_at=approved_at or fresh.at,
    )
    return Decision(
        order=order,
        freshness=fresh,
        known=known,
        approved_at=approved_at,
        credit=credit,
        enrolment=enrolment.id if enrolment else None,
        creator=enrolment.creator if enrolment else None,
        commission=commission,
        near_misses=misses,
    )


def earning(
    order: NormalisedOrder, enrolment: EnrolmentFacts, known: KnownOrder | None, facts: Facts
) -> Earning | None:
    """What the order is worth under the enrolment's terms; None in a currency that is not paid."""
    if order.net.currency != PAID_CURRENCY:
        return None
    month = month_of(order.ordered_at)
    earned = facts.earned.get((enrolment.id, month), 0)
    if known and known.commission and known.commission.enrolment == enrolment.id:
        earned -= known.commission.amount.minor
    terms = enrolment.terms
    amount = terms.rule.price(
        order.net - order.refunded,
        min_order_minor=terms.min_order_minor,
        earned_this_month=Money(max(0, earned)),
    )
    return Earning(
        enrolment=enrolment.id,
        creator=enrolment.creator,
        brand=enrolment.brand,
        amount=amount,
        fee=commissions.fee_on(amount, enrolment.fee_bps),
        month=month,
    )


def fundable(cost_minor: int, funds_minor: int, credit_limit_minor: int) -> bool:
    """Whether the brand's funds, after paying the cost, stay within its credit limit (all tiyn)."""
    return funds_minor - cost_minor >= -credit_limit_minor
