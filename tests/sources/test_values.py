"""Cells: what people and systems write, and the one value it stands for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from core.orders import ALMATY
from core.sources.values import (
    Cell,
    DateStyle,
    DecimalMarks,
    LineRejected,
    Moments,
    check_currency,
    codes,
    order_id,
    phone,
    quantity,
    tiyn,
    words,
)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("16990", 16_990_00),
        ("16 990,50", 16_990_50),
        ("16\u00a0990,5 ₸", 16_990_50),
        ("1\u202f950\u2009тг.", 1_950_00),
        ("12 500 тенге", 12_500_00),
        ("12 500 теңге", 12_500_00),
        ("KZT 1,234.50", 1_234_50),
        ("1.234.567,89", 1_234_567_89),
        ("1,234,567", 1_234_567_00),
        ("1'234'567", 1_234_567_00),
        ("1390.000000", 1_390_00),
        ("0,005", 1),
        ("895.0", 895_00),
        ("0", 0),
        (".5", 50),
        ("-1 000", -1_000_00),
        ("−1 000", -1_000_00),
        ("1 000-", -1_000_00),
        ("(1 000)", -1_000_00),
        ("１２３", 123_00),
        (16990.0, 16_990_00),
        (0.1 + 0.2, 30),
        (1234.565, 1_234_57),
        (7, 7_00),
    ],
)
def test_amounts_are_read_to_the_tiyn(cell: Cell, amount: int) -> None:
    assert tiyn(cell) == amount


@pytest.mark.parametrize(
    "cell",
    ["", " ", "бесплатно", "1,23.45", "1.2.3", "12,34,567", "1e5", "1,6E+06", "--5",
     "1 000 000 000 000 000", "=SUM(A1:A9)", True, float("nan"), float("inf"), 1e300,
     date(2025, 1, 1), "9" * 70],
)  # fmt: skip
def test_what_is_no_amount_is_rejected(cell: Cell) -> None:
    with pytest.raises(LineRejected, match="amount_invalid"):
        tiyn(cell)


@pytest.mark.parametrize("cell", ["100 ₽", "100 руб.", "$5", "12,50 USD", "EUR 7", "100 сом"])
def test_another_currency_is_never_taken_for_tenge(cell: str) -> None:
    with pytest.raises(LineRejected, match="currency_other"):
        tiyn(cell)


@pytest.mark.parametrize(
    ("others", "amount"),
    [
        ([], 1_234_00),
        (["12,50", "7,5"], 1_23),
        (["12.50"], 1_234_00),
        (["1,234,567"], 1_234_00),
        (["1.234,50"], 1_23),
        (["1,234.50"], 1_234_00),
    ],
)
def test_the_column_says_what_a_comma_before_three_digits_is(
    others: list[str], amount: int
) -> None:
    marks = DecimalMarks()
    for other in [*others, "1,234"]:
        marks.watch(other)

    assert tiyn("1,234", marks.decided) == amount


def _written(minor: int, thousands: str, decimal: str, suffix: str) -> str:
    whole, cents = divmod(minor, 100)
    return f"{whole:,}".replace(",", thousands) + f"{decimal}{cents:02d}{suffix}"


@given(
    st.integers(0, 10**12),
    st.sampled_from(["", " ", "\u00a0", "\u202f", "\u2009", "'"]),
    st.sampled_from([",", "."]),
    st.sampled_from(["", " ₸", " тг", "KZT"]),
)
def test_an_amount_survives_any_way_of_writing_it(
    minor: int, thousands: str, decimal: str, suffix: str
) -> None:
    assert tiyn(_written(minor, thousands, decimal, suffix)) == minor


@given(st.integers(-(10**11), 10**11))
def test_a_number_of_a_workbook_loses_nothing(minor: int) -> None:
    assert tiyn(float(Money(minor).decimal)) == minor


@given(st.text(max_size=80) | st.floats() | st.integers() | st.booleans())
def test_any_cell_is_an_amount_or_a_rejection(cell: Cell) -> None:
    try:
        result = str(tiyn(cell))
    except LineRejected as rejected:
        result = rejected.reason

    assert result.lstrip("-").isdecimal() or result in ("amount_invalid", "currency_other")


def test_currencies_other_than_tenge_are_rejected() -> None:
    for ours in ("", "KZT", "kzt", "₸", "тг.", "тенге"):
        check_currency(ours)
    for other in ("RUB", "USD", "сом", "?"):
        with pytest.raises(LineRejected, match="currency_other"):
            check_currency(other)


# --- moments -------------------------------------------------------------------------------------


# Almaty is UTC+5 since March 2024.
@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("21.03.2025 14:05", "2025-03-21T09:05:00"),
        ("21.03.2025 14:05:09", "2025-03-21T09:05:09"),
        ("21.03.2025, 14:05", "2025-03-21T09:05:00"),
        ("21/03/2025 4:05", "2025-03-20T23:05:00"),
        ("21-03-2025 14:05:00", "2025-03-21T09:05:00"),
        ("3/4/2025 2:05 PM", "2025-04-03T09:05:00"),
        ("2025-03-21 14:05", "2025-03-21T09:05:00"),
        ("2025-03-21T14:05:00.123", "2025-03-21T09:05:00"),
        ("2025-03-21T14:05:00Z", "2025-03-21T14:05:00"),
        ("2025-03-21T14:05:00+05:00", "2025-03-21T09:05:00"),
        ("2022-01-11 04:32:31 -0500", "2022-01-11T09:32:31"),
        ("2025-03-21 14:05:00 UTC", "2025-03-21T14:05:00"),
        ("21 марта 2025 г., 14:05", "2025-03-21T09:05:00"),
        ("21 мая 2025 14:05", "2025-05-21T09:05:00"),
        ("Mar 21, 2025 14:05", "2025-03-21T09:05:00"),
        ("21 наурыз 2025 14:05", "2025-03-21T09:05:00"),
        ("2025 жылғы 21 наурыз 14:05", "2025-03-21T09:05:00"),
        ("1742547900000", "2025-03-21T09:05:00"),
        ("45737.5868055556", "2025-03-21T09:05:00"),
        (45737.58680555556, "2025-03-21T09:05:00"),
        (datetime(2025, 3, 21, 14, 5), "2025-03-21T09:05:00"),  # noqa: DTZ001
        ("'21.03.2025\u00a014:05 ", "2025-03-21T09:05:00"),
    ],
)
def test_moments_are_read_as_the_merchants_write_them(cell: Cell, moment: str) -> None:
    read = Moments(ALMATY).read(cell)

    assert read == (datetime.fromisoformat(moment).replace(tzinfo=UTC), False)


@pytest.mark.parametrize(
    "cell",
    ["21.03.2025", "21.3.25", "2025-03-21", "20250321", "21 марта 2025",
     "21 наурыз 2025", "45737", 45737.0, date(2025, 3, 21), "21.03.2025 0:00:00", "21.03.2025 г."],
)  # fmt: skip
def test_a_bare_day_is_known_as_one(cell: Cell) -> None:
    moments = Moments(ALMATY)

    assert moments.read(cell) == (datetime(2025, 3, 20, 19, tzinfo=UTC), True)
    assert moments.ordered(cell) == datetime(2025, 3, 21, 18, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    ["", "0001-01-01T00:00:00", "32.01.2025", "29.02.2025", "31.13.2025", "завтра", "1999-12-31",
     "2025-03-21T25:00:00", "12:30", 5, True, 1e300, float("nan"), "٢١.٠٣.٢٠٢٥x", "21 марта",
     "2025-03-21 10:00 +99:00"],
)  # fmt: skip
def test_what_is_no_date_is_none(cell: Cell) -> None:
    moments = Moments(ALMATY)

    assert moments.read(cell) is None
    with pytest.raises(LineRejected, match="date_invalid"):
        moments.ordered(cell)


def test_another_zone_moves_naive_moments_only() -> None:
    moscow = Moments(ZoneInfo("Europe/Moscow"))

    assert moscow.read("21.03.2025 14:05") == (datetime(2025, 3, 21, 11, 5, tzinfo=UTC), False)
    assert moscow.read("2025-03-21T14:05Z") == (datetime(2025, 3, 21, 14, 5, tzinfo=UTC), False)


def test_a_column_with_the_25th_in_second_place_is_american() -> None:
    style = DateStyle()
    for cell in ("3/4/2025", "12/25/2025"):
        style.watch(cell)

    read = Moments(ALMATY, month_first=style.month_first).read("3/4/2025")

    assert read == (datetime(2025, 3, 3, 19, tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("other", "timed"),
    [("21.03.2025 00:00:00", False), ("21.03.2025 0:00", False), ("21.03.2025 10:00", True),
     ("21.03.2025 00:10", True), ("21.03.2025 00:00:01", True), (45737.0, False), (45737.5, True),
     (datetime(2025, 1, 1), False), (datetime(2025, 1, 1, 1), True)],  # noqa: DTZ001
)  # fmt: skip
def test_midnight_is_a_time_only_where_others_have_one(other: Cell, timed: bool) -> None:
    style = DateStyle()
    style.watch(other)

    assert style.timed is timed


@given(
    st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"]),
    st.sampled_from([" %H:%M:%S", "T%H:%M:%S", ", %H:%M:%S"]),
)
def test_a_moment_survives_any_way_of_writing_it(at: datetime, day: str, time: str) -> None:
    at = at.replace(microsecond=0, tzinfo=ALMATY).astimezone(UTC).astimezone(ALMATY)

    read = Moments(ALMATY, midnight_is_day=False).read(at.strftime(day + time))

    assert read is not None
    # An hour that the clocks went through twice cannot be told from its repetition.
    assert abs(read[0] - at) in (timedelta(), timedelta(hours=1))


@given(st.text(max_size=40) | st.floats() | st.integers() | st.booleans() | st.times())
def test_any_cell_is_a_moment_or_none(cell: Cell) -> None:
    read = Moments(ALMATY).read(cell)

    assert read is None or 1999 <= read[0].year <= 2100


# --- order numbers, codes, phones ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("712155089", "712155089"),
        (712155089.0, "712155089"),
        (712155089, "712155089"),
        ("712155089.0", "712155089"),
        (" № 712155089 ", "712155089"),
        ("#1001", "1001"),
        ("'00123", "00123"),
        ('="00123"', "00123"),
        ("712\u00a0155\u00a0089", "712155089"),
        ("46190278-0123-1", "46190278-0123-1"),
        ("OUR\nDLV  AST", "OUR DLV AST"),
        ("500000", "500000"),
    ],
)
def test_order_numbers_have_one_form(cell: Cell, number: str) -> None:
    assert order_id(cell) == number


@pytest.mark.parametrize(
    "cell",
    ["6.61808E+12", "9,23001e+11", "6618080000000", 6.618080000000001e18, 1e15, "=HYPERLINK(1)",
     "@x", "x" * 65, True, date(2025, 1, 1), float("nan"), "12\ufffd4"],
)  # fmt: skip
def test_spoilt_order_numbers_are_seen(cell: Cell) -> None:
    with pytest.raises(LineRejected, match="id_damaged"):
        order_id(cell)


@pytest.mark.parametrize("cell", ["", "  ", "-", "—", "нет", "#N/A", "№", "'", "null", "NaN"])
def test_a_blank_is_no_order_number(cell: str) -> None:
    with pytest.raises(LineRejected, match="order_missing"):
        order_id(cell)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("AIGERIM10", ("AIGERIM10",)),
        ("SECRET50 + pau20 + SHIP10", ("SECRET50", "pau20", "SHIP10")),
        ("A1, B2;C3|D4/E5", ("A1", "B2", "C3", "D4", "E5")),
        ("code:aigerim10|amount:500", ("aigerim10",)),
        ("Custom discount", ("Custom discount",)),
        ("A1 + A1", ("A1",)),
        ("", ()),
        ("-", ()),
        ("нет", ()),
        ("0", ()),
        (10.0, ("10",)),
        ("x" * 70, ()),
    ],
)
def test_promo_codes_of_a_cell(cell: Cell, found: tuple[str, ...]) -> None:
    assert codes(cell) == found


def test_ids_of_a_cell_are_split() -> None:
    assert words("a-1, b-2\nc-3") == ("a-1", "b-2", "c-3")
    assert words("") == words("-") == ()


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("7021234567", "+77021234567"),
        ("87021234567", "+77021234567"),
        ("77021234567", "+77021234567"),
        (77021234567.0, "+77021234567"),
        ("8 702 123-45-67", "+77021234567"),
        ("+7 (702) 123 45 67", "+77021234567"),
        ("'+7 702 123 45 67", "+77021234567"),
        ("007 702 123 45 67", "+77021234567"),
        ("+46 70 123 45 67", "+46701234567"),
        ("+998 90 123 45 67", "+998901234567"),
        ("скрыт; 87021234567", "+77021234567"),
        ("702123456", None),
        ("+7 702 123", None),
        ("5551234567", None),
        ("(555) 555-0183", None),
        ("880212345678901", None),
        ("", None),
        ("нет", None),
    ],
)
def test_phones_become_e164_or_nothing(cell: Cell, number: str | None) -> None:
    assert phone(cell) == number


@pytest.mark.parametrize(
    ("cell", "count"),
    [("3", 3), (2.0, 2), ("2,0", 2), ("4 шт", 4), ("", 1), ("0", 1), ("-1", 1), ("много", 1),
     ("9" * 30, 1), (float("nan"), 1), (float("inf"), 1)],
)  # fmt: skip
def test_quantities_are_counts(cell: Cell, count: int) -> None:
    assert quantity(cell) == count
