"""How long a brand's money lasts, and when its owners are warned."""

from __future__ import annotations

from datetime import date, timedelta

from core.fund_forecasts import FAR, look_ahead, warn_of
from core.money import tenge

TODAY = date(2026, 11, 21)


def costs(days: int, each: int = 100_00, *, until: int = 1) -> dict[date, int]:
    """So many days in a row with the same cost, the last one `until` days ago."""
    return {TODAY - timedelta(days=until + number): each for number in range(days)}


def test_money_lasts_as_many_days_as_it_covers_at_the_pace_of_the_last_two_weeks() -> None:
    seen = look_ahead({**costs(14), TODAY - timedelta(days=20): 9_000_00}, 1_000_00, TODAY)

    assert seen is not None
    assert (seen.first, seen.last) == (TODAY - timedelta(days=14), TODAY - timedelta(days=1))
    assert (seen.a_day, seen.left_days) == (tenge(100), 10)
    assert seen.runs_out == TODAY + timedelta(days=10)


def test_rare_sales_are_seen_over_a_month_and_too_few_say_nothing() -> None:
    weekly = {TODAY - timedelta(days=1 + 7 * number): 300_00 for number in range(5)}
    seen = look_ahead(weekly, 1_000_00, TODAY)

    assert seen is not None
    assert (seen.last - seen.first).days == 28
    assert seen.a_day.minor == 1_500_00 // 29
    assert look_ahead(costs(4), 1_000_00, TODAY) is None
    assert look_ahead({}, 1_000_00, TODAY) is None
    assert look_ahead(costs(14, until=40), 1_000_00, TODAY) is None


def test_days_that_no_file_has_told_of_yet_are_counted_as_sold() -> None:
    late = look_ahead(costs(14, until=5), 1_000_00, TODAY)

    assert late is not None
    assert late.left_days == 6  # ten days, of which four are over
    gone = look_ahead(costs(14), -5_00, TODAY)
    assert gone is not None
    assert (gone.left_days, gone.runs_out) == (0, TODAY)
    rich = look_ahead(costs(14), 10_000_000_00, TODAY)
    assert rich is not None
    assert (rich.left_days, rich.runs_out) == (FAR + 1, None)


def test_each_threshold_is_warned_of_once_until_clearly_more_is_left() -> None:
    warned = None
    steps = []
    for left in (30, 8, 7, 8, 6, 3, 2, 1, 0, 5, 9, None, 10, 7):
        after = warn_of(left, warned)
        if after is not None and after != warned:
            steps.append((left, after))
        warned = after

    assert steps == [(7, 7), (2, 2), (7, 7)]
