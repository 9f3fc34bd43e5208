"""Orders as rows of their table: what reconciliation has decided of them, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from core.orders import Freshness, OrderItem
from core.preparation import Digest, Prepared, pack, signs_of
from core.reconciliation import Decision, nobodys
from core.results import day_of, reward_state
from core.sources.base import Reading
from db.bulk import ready_rows
from db.models import orders

# What is decided of an order, in the order of `decided`.
_DECIDED: Final = (
    "status", "status_raw", "at_risk", "ordered_at", "approved_at", "gross_minor", "net_minor",
    "refunded_minor", "currency", "promo_codes", "phone_digest", "items", "click_ids", "raw_hash",
    "fresh_day", "fresh_rank", "fresh_at", "enrolment_id", "creator_id", "day", "reward_state",
    "first", "losers", "grade", "evidence_kind", "evidence_value", "borrowed",
)  # fmt: skip
CHANGED: Final = ("id", "source_id", "run_id", *_DECIDED)
DECIDED_AGAIN: Final = ("id", *_DECIDED)
# The rest is empty in what nobody is credited for, or the same in every row.
_REPORTED: Final = _DECIDED.index("enrolment_id")
NOBODYS: Final = ("external_id", *_DECIDED[:_REPORTED])
CREDITED: Final = ("id", *_DECIDED[_REPORTED:])
NOBODYS_SAME: Final = {"losers": "[]"}


@dataclass(frozen=True, slots=True)
class OrderRows:
    """Gets orders ready for one kind of database; it can be sent to another process."""

    dialect: str

    def prepare(self, reading: Reading, seen_at: datetime, digest: Digest) -> Prepared:
        """List what the orders point to, and make the rows that nobody's orders become."""
        found = reading.orders
        digests = [None if order.phone is None else digest(order.phone) for order in found]
        rows = []
        for order, phone_digest in zip(found, digests, strict=True):
            own = _reported(nobodys(order, seen_at), phone_digest)
            rows.append((order.external_id, *own))
        return Prepared(
            ids=[order.external_id for order in found],
            rows=ready_rows(self.dialect, orders, NOBODYS, rows),
            signs=signs_of(found, digests),
            packed=[pack(order) for order in found],
            rejected=reading.rejected,
        )


def decided(decision: Decision, phone_digest: bytes | None) -> tuple[Any, ...]:
    """The columns of `_DECIDED`; the digest is that of the decided report's phone, if it has one.

    A feed that knows less does not erase the phone or the evidence that another gave.
    """
    if decision.known is not None:
        phone_digest = phone_digest or decision.known.phone_digest
    return (*_reported(decision, phone_digest), *credited(decision))


def _reported(decision: Decision, phone_digest: bytes | None) -> tuple[Any, ...]:
    order, fresh = decision.order, decision.freshness
    return (
        order.status,
        order.status_raw[:200],
        order.at_risk,
        order.ordered_at,
        decision.approved_at,
        order.gross.minor,
        order.net.minor,
        order.refunded.minor,
        order.net.currency,
        list(order.promo_codes),
        phone_digest,
        [_item(item) for item in order.items],
        list(order.click_ids),
        order.raw_hash,
        fresh.day,
        fresh.rank,
        fresh.at,
    )


def credited(decision: Decision) -> tuple[Any, ...]:
    """The columns of `CREDITED` behind the id: what an order has that somebody looked at."""
    credit = decision.credit
    evidence: tuple[Any, Any, Any] = decision.evidence or (None, None, None)
    somebodys = decision.enrolment is not None
    return (
        decision.enrolment,
        decision.creator,
        day_of(decision.order.ordered_at) if somebodys else None,
        reward_state(decision.commission) if somebodys else None,
        decision.first,
        [[loser.enrolment, loser.grade, loser.kind] for loser in credit.losers] if credit else [],
        *evidence,
        {name: told_at(at) for name, at in decision.borrowed.items()} or None,
    )


def told_at(at: Freshness) -> list[Any]:
    """A place in time as it is stored with a field that another report told."""
    return [at.day.isoformat(), at.rank, at.refunded_minor, at.at.isoformat(), at.raw_hash]


def read_told_at(stored: list[Any]) -> Freshness:
    """The place in time again."""
    day, rank, refunded, at, raw_hash = stored
    return Freshness(date.fromisoformat(day), rank, refunded, datetime.fromisoformat(at), raw_hash)


def _item(item: OrderItem) -> dict[str, Any]:
    return {
        "sku": item.sku,
        "quantity": item.quantity,
        "amount": None if item.amount is None else item.amount.minor,
        "category": item.category,
    }
