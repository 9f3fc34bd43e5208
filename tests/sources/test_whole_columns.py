"""What is read of many cells at once, or remembered, is what would be read of each by itself."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sources.remembered import Remembered
from core.sources.values import (
    Cell,
    DateStyle,
    DecimalMarks,
    LineRejected,
    Moments,
    order_id,
    phone,
    plain_ids,
    tiyn,
)

numbers = st.one_of(
    st.from_regex(r"#?[0-9]{1,14}", fullmatch=True),
    st.from_regex(r"#?[A-Za-z0-9_-]{1,12}", fullmatch=True),
    st.sampled_from(["", "#", "##12", "Итого", "total", "nan", "№ 12", "6,6E+12", "12.0", "1\n2"]),
    st.sampled_from([12, 12.0, True]),
)


def _id(cell: Cell) -> str | None:
    try:
        return order_id(cell)
    except LineRejected:
        return None


@settings(max_examples=300, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=5))
def test_numbers_that_are_plain_are_what_each_of_them_is(cells: list[Cell]) -> None:
    found = plain_ids(cells)

    assert found is None or found == [_id(cell) for cell in cells]


def test_most_columns_of_numbers_are_plain() -> None:
    for column in (["712155089", "1"], ["#1001", "#1002"], ["KZ-2025-01", "A1"], ["WB_77x", "8"]):
        assert plain_ids(column) == [column_id.lstrip("#") for column_id in column]
    for column in (["1", ""], ["1", "total"], ["#1", "2"], ["600000000000"], ["1", " 2"], ["1\n2"]):
        assert plain_ids(column) is None


amounts = st.one_of(
    st.from_regex(r"[0-9]{1,4}([.,][0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["1,234,567", "1.234,50", "12,50 ₸", "-5.25", "", "\n12,50", 7, 7.5]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(amounts, min_size=1, max_size=4), max_size=4))
def test_a_column_of_amounts_votes_as_its_cells_do(blocks: list[list[Cell]]) -> None:
    one, other = DecimalMarks(), DecimalMarks()
    for block in blocks:
        one.watch_all(block)
        for cell in block:
            other.watch(cell)

    assert one.decided == other.decided


days = st.sampled_from(
    [
        *("21.03.2025", "2025-03-21", "12/25/2025", "31.02.2025", "01.03.2024", "29.02.2024"),
        *(" 1.3.2024 ", "5 мар 2025", "05.03.25  ", "20250321", "1999-12-31"),
    ]
)
times = st.sampled_from(["", " 00:00", " 0:00:00", " 14:05", "T14:05", ", 14:05", " 24:00"])
rests = st.sampled_from(["", ":30", ":60", "Z", ":30 +0500", ":30+05:00", " +1700", " PM"])
moments = st.one_of(st.builds("{}{}{}".format, days, times, rests), st.sampled_from(["", "скоро"]))


@settings(max_examples=200, deadline=None)
@given(st.lists(moments, min_size=1, max_size=30), st.booleans(), st.booleans())
def test_a_moment_put_together_of_known_parts_is_the_moment_itself(
    cells: list[Cell], month_first: bool, midnight_is_day: bool
) -> None:
    zone = ZoneInfo("Asia/Almaty")  # its offset changed on 1 March 2024

    def fresh() -> Moments:
        return Moments(zone, month_first=month_first, midnight_is_day=midnight_is_day)

    known = fresh()
    expected = [fresh().read(cell) for cell in cells]

    assert [known.read(cell) for cell in cells] == expected
    assert known.are_moments(cells) == [moment is not None for moment in expected]
    assert fresh().are_moments(cells) == [moment is not None for moment in expected]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(moments, min_size=1, max_size=4), max_size=4))
def test_a_column_of_dates_has_the_style_of_its_cells(blocks: list[list[Cell]]) -> None:
    one, other = DateStyle(), DateStyle()
    for block in blocks:
        one.watch_all(block)
        for cell in block:
            other.watch(cell)

    assert (one.timed, one.month_first) == (other.timed, other.month_first)


def test_phones_in_their_usual_dress() -> None:
    for written in (
        "+7 (702) 123-45-67",
        "87021234567",
        "8 702 123 45 67",
        "7021234567",
        "(702)1234567",
    ):
        assert phone(written) == "+77021234567"
    for foreign in ("+7 702 123 45 6", "+8 702 123 45 67", "702 123", "-", "+"):
        assert phone(foreign) in (None, "+87021234567")


def test_what_cells_mean_is_remembered_but_not_mistaken() -> None:
    asked: list[Cell] = []

    def read(cell: Cell) -> int:
        asked.append(cell)
        return tiyn(cell)

    known = Remembered(read)

    assert [known["5"], known["5"], known[1], known[2.5], known[2.5]] == [500, 500, 100, 250, 250]
    assert asked == ["5", 1, 2.5]
    damaged: tuple[Cell, ...] = ("много", "много", True)
    for cell in damaged:
        with pytest.raises(LineRejected):
            known[cell]
