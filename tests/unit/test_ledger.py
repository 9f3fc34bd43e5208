"""Transfers balance and take the books exactly from one state of a commission to the next."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.commissions import OPEN, Commission, CommissionState
from core.ids import BrandId, CommissionId, EnrolmentId, OrderId, PersonId
from core.ledger import (
    OPERATOR,
    Account,
    Entry,
    Transfer,
    TransferKind,
    between,
    settle,
    top_up,
)
from core.money import Money

NOON = datetime(2026, 11, 21, 7, tzinfo=UTC)
Position = Counter[tuple[Account, int]]

LOST = (CommissionState.VOID, CommissionState.CLAWED_BACK)
minors = st.one_of(st.just(0), st.integers(0, 10**12))


@st.composite
def commissions(draw: st.DrawFn) -> Commission:
    """Any state of the commission of one order of one brand, credited to any of three creators."""
    state = draw(st.sampled_from(CommissionState))
    creator = draw(st.integers(1, 3))
    return Commission(
        id=CommissionId(1),
        order=OrderId(7),
        enrolment=EnrolmentId(creator),
        creator=PersonId(creator),
        brand=BrandId(1),
        state=state,
        amount=Money(0 if state in LOST else draw(minors)),
        fee=Money(0 if state in LOST else draw(minors)),
        month="2026-11",
        version=draw(st.integers(1, 5)),
    )


maybe = st.one_of(st.none(), commissions())


def position(commission: Commission | None) -> Position:
    """Where a commission's money has to lie."""
    lies: Position = Counter()
    if commission is not None:
        held = Account.CREATOR_PENDING if commission.state in OPEN else Account.CREATOR_AVAILABLE
        lies[held, commission.creator] += commission.amount.minor
        lies[Account.PLATFORM_FEE, OPERATOR] += commission.fee.minor
        lies[Account.BRAND_FUNDS, commission.brand] -= (
            commission.amount.minor + commission.fee.minor
        )
    return lies


def moved(transfer: Transfer | None) -> Position:
    """What a transfer adds to each account."""
    adds: Position = Counter()
    for entry in transfer.entries if transfer else ():
        adds[entry.account, entry.owner] += entry.minor
    return adds


def standing(lies: Position) -> dict[tuple[Account, int], int]:
    """The accounts that hold something or owe something."""
    return {account: minor for account, minor in lies.items() if minor}


def added(*all_lies: Position) -> Position:
    """The sum of positions, debts too."""
    total: Position = Counter()
    for lies in all_lies:
        total.update(lies)
    return total


@given(maybe, commissions())
def test_a_transfer_balances_and_leads_from_the_old_position_to_the_new(
    old: Commission | None, new: Commission
) -> None:
    transfer = settle(old, new, NOON)

    assert sum(moved(transfer).values()) == 0
    assert standing(added(position(old), moved(transfer))) == standing(position(new))


@given(maybe, commissions())
def test_a_transfer_has_no_empty_legs_and_two_on_no_account(
    old: Commission | None, new: Commission
) -> None:
    transfer = settle(old, new, NOON)

    if transfer is None:
        assert standing(position(old)) == standing(position(new))
        return
    assert all(entry.minor for entry in transfer.entries)
    legs = [(entry.account, entry.owner) for entry in transfer.entries]
    assert len(set(legs)) == len(legs) >= 2
    assert transfer.key == f"order:7:{new.version}"


@given(commissions())
def test_what_has_not_changed_moves_nothing(commission: Commission) -> None:
    assert settle(commission, commission, NOON) is None


@given(commissions(), commissions())
def test_there_and_back_again_leaves_no_trace(one: Commission, other: Commission) -> None:
    there, back = settle(one, other, NOON), settle(other, one, NOON)

    assert standing(added(moved(there), moved(back))) == {}


@given(st.lists(commissions(), max_size=8))
def test_a_whole_life_ends_where_its_last_state_says(life: list[Commission]) -> None:
    books: Position = Counter()
    old: Commission | None = None
    for new in life:
        books.update(moved(settle(old, new, NOON)))
        old = new

    assert standing(books) == standing(position(old))


@given(commissions(), commissions())
def test_a_transfer_is_named_for_what_happened(old: Commission, new: Commission) -> None:
    assume(old.amount or old.fee)
    transfer = settle(old, new, NOON)
    assume(transfer is not None)
    assert transfer

    if new.state is CommissionState.VOID:
        assert transfer.kind is TransferKind.VOID
    elif new.state is CommissionState.CLAWED_BACK:
        assert transfer.kind is TransferKind.CLAWBACK
    elif new.state is CommissionState.AVAILABLE and old.state in OPEN:
        assert transfer.kind is TransferKind.RELEASE
    else:
        assert transfer.kind is TransferKind.ADJUST


def test_what_does_not_balance_is_no_transfer() -> None:
    with pytest.raises(ValueError, match="does not balance"):
        Transfer(
            key="x",
            kind=TransferKind.ADJUST,
            at=NOON,
            entries=(Entry(Account.BANK, OPERATOR, -100), Entry(Account.BRAND_FUNDS, 1, 99)),
        )


@given(st.integers(1, 10**14))
def test_top_ups_and_payouts_balance(minor: int) -> None:
    booked = top_up(BrandId(1), Money(minor), "1045", NOON)
    paid = between(
        TransferKind.PAYOUT_PAID,
        "payout:1:paid",
        PersonId(2),
        Account.CREATOR_RESERVED,
        (Account.BANK, OPERATOR),
        Money(minor),
        NOON,
    )

    assert moved(booked) == {(Account.BANK, 0): -minor, (Account.BRAND_FUNDS, 1): minor}
    assert moved(paid) == {(Account.CREATOR_RESERVED, 2): -minor, (Account.BANK, 0): minor}
    assert standing(added(moved(booked), moved(paid))).keys() == {
        (Account.BRAND_FUNDS, 1),
        (Account.CREATOR_RESERVED, 2),
    }
