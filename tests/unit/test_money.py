"""Money is exact: parts sum to the whole, and two currencies never meet."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from operator import add, ge, gt, le, lt, sub
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import BPS, ZERO, Money, tenge

amounts = st.integers(-(10**14), 10**14).map(Money)
shares = st.integers(0, BPS)


@given(amounts, shares)
def test_a_split_loses_nothing_and_each_part_lies_within_the_whole(amount: Money, bps: int) -> None:
    part, rest = amount.split(bps)

    assert part + rest == amount
    assert amount.share(bps) == part
    low, high = sorted([ZERO, amount])
    assert low <= part <= high
    assert low <= rest <= high


@given(amounts, shares)
def test_a_share_is_the_nearest_to_the_exact_one_with_halves_away_from_nothing(
    amount: Money, bps: int
) -> None:
    exact = Decimal(amount.minor) * bps / BPS

    off = amount.share(bps).minor - exact

    assert abs(off) <= Decimal("0.5")
    if abs(off) == Decimal("0.5"):
        assert (off > 0) == (amount.minor > 0)


@given(amounts, shares)
def test_a_debt_is_split_as_the_same_amount_owed_the_other_way(amount: Money, bps: int) -> None:
    assert (-amount).share(bps) == -amount.share(bps)


@given(amounts, shares, shares)
def test_a_larger_rate_never_gives_less(amount: Money, one: int, other: int) -> None:
    small, large = sorted([one, other])

    given_small, given_large = amount.share(small), amount.share(large)

    assert (given_small <= given_large) if amount >= ZERO else (given_small >= given_large)


@given(amounts, amounts, amounts)
def test_amounts_add_up_like_numbers(one: Money, other: Money, third: Money) -> None:
    assert (one + other) + third == one + (other + third)
    assert one + other == other + one
    assert one - other == one + -other
    assert bool(one) == (one != ZERO)
    assert (one < other, one <= other) == (other > one, other >= one)
    assert [amount.minor for amount in sorted([one, other, third])] == sorted(
        amount.minor for amount in (one, other, third)
    )


@pytest.mark.parametrize("do", [add, sub, lt, le, gt, ge])
def test_two_currencies_neither_add_up_nor_compare(do: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(ValueError, match="KZT and USD"):
        do(tenge(1), Money(1, "USD"))


def test_equal_numbers_of_two_currencies_are_not_equal() -> None:
    assert Money(1) != Money(1, "USD")


@given(amounts)
def test_a_file_gets_the_amount_to_the_tiyn(amount: Money) -> None:
    assert amount.decimal * 100 == amount.minor
    assert tenge(129_750).decimal == Decimal(129_750)
