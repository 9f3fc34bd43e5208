"""The life of a payout: every step that it may take, and no other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from core.ids import PayoutId, PersonId
from core.money import tenge
from core.payouts import NEXT, OPEN, Payout, PayoutState

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
ALLOWED = {
    (PayoutState.REQUESTED, PayoutState.APPROVED),
    (PayoutState.REQUESTED, PayoutState.REFUSED),
    (PayoutState.APPROVED, PayoutState.PAID),
    (PayoutState.APPROVED, PayoutState.FAILED),
    (PayoutState.APPROVED, PayoutState.REFUSED),
}


@pytest.mark.parametrize(("state", "to"), list(product(PayoutState, PayoutState)))
def test_a_payout_takes_only_the_steps_of_its_life(state: PayoutState, to: PayoutState) -> None:
    payout = Payout(
        id=PayoutId(1),
        number="ABCD2345",
        creator=PersonId(1),
        amount=tenge(5_000),
        state=state,
        requested_at=NOON,
    )
    later = NOON + timedelta(hours=1)

    if (state, to) not in ALLOWED:
        with pytest.raises(ValueError, match="payout 1"):
            payout.move(to, now=later)
        return
    moved = payout.move(to, now=later, reason="why")
    assert (moved.state, moved.decided_at, moved.reason) == (to, later, "why")
    assert (moved.amount, moved.number) == (payout.amount, payout.number)


def test_what_is_not_open_is_over() -> None:
    assert {state for state in PayoutState if NEXT[state]} == OPEN
