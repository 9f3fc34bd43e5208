"""An inviter has exactly the promised part of the fee, through whatever becomes of an order."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.commissions import Commission, CommissionState
from core.ids import BrandId, EnrolmentId, OrderId, PersonId
from core.ledger import OPERATOR, Account
from core.money import Money
from core.referrals import Referral, due, last_month, settle

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
INVITERS = {PersonId(1): PersonId(11), PersonId(2): PersonId(12), PersonId(3): None}
commissions = st.builds(
    Commission,
    id=st.none(),
    order=st.just(OrderId(5)),
    enrolment=st.just(EnrolmentId(1)),
    creator=st.sampled_from(sorted(INVITERS)),
    brand=st.just(BrandId(1)),
    state=st.sampled_from(CommissionState),
    amount=st.integers(0, 10_000_00).map(Money),
    fee=st.integers(0, 10_000_00).map(Money),
    month=st.sampled_from(["2026-10", "2026-11", "2027-05", "2027-06"]),
)


def invitation(creator: PersonId, *, bps: int, earning: bool) -> Referral | None:
    inviter = INVITERS[creator]
    if inviter is None:
        return None
    return Referral(
        invited=creator, inviter=inviter, bps=bps, until_month="2027-05", earning=earning
    )


@given(st.lists(st.tuples(commissions, st.booleans()), max_size=12), st.integers(0, 10_000))
def test_what_was_posted_is_what_stands(history: list[tuple[Commission, bool]], bps: int) -> None:
    known = None
    balances: dict[tuple[Account, int], int] = {}
    for version, (commission, earning) in enumerate(history, 1):
        new = due(commission, invitation(commission.creator, bps=bps, earning=earning), known)
        posted = settle(known, new, order=commission.order, version=version, at=NOW)
        for entry in posted.entries if posted else ():
            place = (entry.account, entry.owner)
            balances[place] = balances.get(place, 0) + entry.minor
        known = new
        if new is not None and commission.state is CommissionState.AVAILABLE:
            assert new.amount <= commission.fee
        elif new is not None:
            assert not new.amount

    stands = known.amount.minor if known else 0
    assert balances.pop((Account.PLATFORM_FEE, OPERATOR), 0) == -stands
    left = {owner: minor for (_, owner), minor in balances.items() if minor}
    assert left == ({known.inviter: stands} if known and stands else {})


def test_a_promise_ends_with_its_last_month() -> None:
    assert last_month(NOW, 6) == "2027-05"
    assert last_month(datetime(2026, 12, 31, 20, tzinfo=UTC), 1) == "2027-02"  # 2027 in Almaty
