"""Numbers and dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import typed
from core.errors import BadInput
from core.money import Money, tenge

NBSP = "\u00a0"
TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "bps"),
    [
        ("10", 1000),
        ("10%", 1000),
        (" 10 % ", 1000),
        ("10,5 %", 1050),
        ("10.5%", 1050),
        (f"10,5{NBSP}%", 1050),
        ("7 процентов", 700),
        ("7 пайыз", 700),
        ("0", 0),
        ("0,25%", 25),
        ("100", 10_000),
    ],
)
def test_percent_is_read_as_people_write_it(text: str, bps: int) -> None:
    assert typed.percent(text) == bps


@pytest.mark.parametrize("text", ["", "%", "ten", "-5", "101", "10,555", "10%%", "1e3", "10 000 ₸"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        typed.percent(text, "discount")

    assert refusal.value.field == "discount"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1500", tenge(1_500)),
        ("1 500 ₸", tenge(1_500)),
        (f"1{NBSP}500{NBSP}₸", tenge(1_500)),
        ("₸1500", tenge(1_500)),
        ("1500тг", tenge(1_500)),
        ("1500 тг.", tenge(1_500)),
        ("1 500 тенге", tenge(1_500)),
        ("1.500", tenge(1_500)),
        ("1,500", tenge(1_500)),
        ("1,500.50", Money(150_050)),
        ("1 500,50", Money(150_050)),
        ("1'500", tenge(1_500)),
        ("5 тыс", tenge(5_000)),
        ("5 тыс.", tenge(5_000)),
        ("2,5к", tenge(2_500)),
        ("5 мың теңге", tenge(5_000)),
        ("1 млн", tenge(1_000_000)),
        ("0,01", Money(1)),
    ],
)
def test_amount_is_read_as_people_write_it(text: str, amount: Money) -> None:
    assert typed.tenge_amount(text) == amount


@pytest.mark.parametrize(
    "text", ["", "0", "₸", "-100", "1,5,5", "0,001", "много", "10%", "1500 $", "99999999999999"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        typed.tenge_amount(text)


@given(st.integers(min_value=1, max_value=typed.AMOUNT_MAX))
def test_an_amount_that_we_print_is_read_back(minor: int) -> None:
    major, tiyn = divmod(minor, 100)
    printed = f"{major:,}".replace(",", NBSP) + (f",{tiyn:02}" if tiyn else "") + f"{NBSP}₸"

    assert typed.tenge_amount(printed) == Money(minor)


@given(st.text(max_size=30))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (
        typed.percent,
        typed.tenge_amount,
        lambda raw: typed.day(raw, today=TODAY),
        lambda raw: typed.whole(raw, "days", least=0, most=10),
    ):
        try:
            read(text)
        except BadInput:
            continue


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("21.11.2026", date(2026, 11, 21)),
        ("1.12.26", date(2026, 12, 1)),
        ("01/12/2026", date(2026, 12, 1)),
        ("2026-12-01", date(2026, 12, 1)),
        ("1.12", date(2026, 12, 1)),
        ("21.11", date(2026, 11, 21)),
        ("20.11", date(2027, 11, 20)),
        ("29.02", date(2028, 2, 29)),
        ("1.12.2026 г.", date(2026, 12, 1)),
    ],
)
def test_day_is_read_as_people_write_it(text: str, expected: date) -> None:
    assert typed.day(text, today=TODAY) == expected


@pytest.mark.parametrize("text", ["", "31.02.2026", "32.01", "завтра", "1.13", "2026", "1.1.1"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        typed.day(text, today=TODAY)


def test_a_day_lasts_from_midnight_to_midnight_in_almaty() -> None:
    day = date(2026, 11, 21)

    assert (typed.day_end(day) - typed.day_start(day)).total_seconds() == 24 * 3600
    assert typed.day_start(day).utcoffset() is not None


@pytest.mark.parametrize(("text", "days"), [("30", 30), (" 14 ", 14), ("30 күн", 30), ("7 дн.", 7)])
def test_whole_number_may_carry_its_unit(text: str, days: int) -> None:
    assert typed.whole(text, "hold_days", least=0, most=60) == days


@pytest.mark.parametrize("text", ["61", "-1", "1,5", "", "день"])
def test_whole_number_outside_its_range_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        typed.whole(text, "hold_days", least=0, most=60)
