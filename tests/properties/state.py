"""Everything that must not hang on the order of deliveries, read from the tables themselves."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from core.commissions import LOST
from core.ids import BrandId
from db.models import (
    balances,
    commissions,
    enrolments,
    handle_results,
    holds,
    month_results,
    near_misses,
    offers,
    orders,
    referral_rewards,
    results,
)

State = dict[str, list[tuple[Any, ...]]]

# Not the ids and runs, which count deliveries.
ORDER: Final = (
    "place", "external_id", "status", "status_raw", "at_risk", "ordered_at", "approved_at",
    "gross_minor", "net_minor", "refunded_minor", "currency", "promo_codes", "phone_digest",
    "items", "click_ids", "raw_hash", "fresh_day", "fresh_rank", "enrolment_id",
    "creator_id", "grade", "evidence_kind", "evidence_value", "losers", "day", "reward_state",
    "first",
)  # fmt: skip
# One that was lost is like one that never was: an order may be heard of when it is cancelled.
COMMISSION: Final = (
    "enrolment_id", "creator_id", "terms_id", "state", "amount_minor", "fee_minor", "month",
    "hold_until", "funded", "price",
)  # fmt: skip
SUMS: Final = (results, month_results, handle_results, holds)


async def state_of(engine: AsyncEngine, brand: BrandId) -> State:
    """Orders, commissions, rewards, sums and balances of a brand and of everybody in its offers."""
    async with engine.connect() as connection:
        found = {
            name: sorted((tuple(row) for row in await connection.execute(query)), key=repr)
            for name, query in _queries(brand).items()
        }
    # Also what an earlier report had is kept for people to look at, if it came first.
    found["near misses"] = [row for row in found["near misses"] if row[2] in row[4]]
    return found


@cache
def _queries(brand: BrandId) -> dict[str, sa.Select[Any]]:
    own = sa.select(enrolments.c.id).where(enrolments.c.brand_id == brand)
    people = sa.select(enrolments.c.creator_id).where(enrolments.c.brand_id == brand)
    inviters = sa.select(referral_rewards.c.inviter_id).where(
        referral_rewards.c.invited_id.in_(people)
    )
    of_order = (orders.c.place, orders.c.external_id)
    queries: dict[str, sa.Select[Any]] = {
        "orders": sa.select(*(orders.c[name] for name in ORDER)).where(orders.c.brand_id == brand),
        "commissions": sa.select(*of_order, *(commissions.c[name] for name in COMMISSION))
        .select_from(orders.join(commissions))
        .where(orders.c.brand_id == brand, commissions.c.state.not_in(sorted(LOST))),
        "near misses": sa.select(
            *of_order, near_misses.c.raw, near_misses.c.reason, orders.c.promo_codes
        )
        .select_from(orders.join(near_misses))
        .where(orders.c.brand_id == brand, orders.c.enrolment_id.is_(None)),
        "rewards": sa.select(*of_order, referral_rewards.c.inviter_id, referral_rewards.c.minor)
        .select_from(orders.join(referral_rewards))
        .where(orders.c.brand_id == brand, referral_rewards.c.minor != 0),
        "offers": sa.select(offers.c.id, offers.c.spent_minor).where(offers.c.brand_id == brand),
        "balances": sa.select(balances).where(
            balances.c.minor != 0,
            sa.or_(
                sa.and_(balances.c.account == "brand_funds", balances.c.owner == brand),
                sa.and_(
                    balances.c.account.startswith("creator"),
                    balances.c.owner.in_(sa.union(people, inviters)),
                ),
            ),
        ),
    }
    for table in SUMS:
        queries[table.name] = sa.select(table).where(table.c.enrolment_id.in_(own))
    return queries


def differences(left: State, right: State) -> list[str]:
    """What one state has and the other has not, for whoever reads a failed test."""
    return [
        f"{sign} {name}: {row}"
        for name in left
        for sign, rows, others in (("-", left[name], right[name]), ("+", right[name], left[name]))
        for row in rows
        if row not in others
    ]
