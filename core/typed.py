"""Numbers and dates as people type them on a phone: "10,5 %", "1 500 ₸", "1.12"."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from core.errors import BadInput
from core.money import Money
from core.orders import ALMATY

AMOUNT_MAX: Final = 1_000_000_000_00  # tiyn: a billion tenge is a slip of the thumb

_UNITS: Final = (
    (re.compile(r"(?:млн|миллион\w*|million)\.?$"), Decimal(1_000_000)),
    (re.compile(r"(?:тыс|тысяч\w*|мың|к|k)\.?$"), Decimal(1_000)),  # "5 тыс.", "5к"
)


def number(text: str) -> Decimal:
    """A number with spaces, commas or points as people write them; ValueError where it is none.

    A separator before exactly three last digits groups thousands unless the whole part is zero:
    nobody types three decimals of a tenge.

    >>> number("1 500,50"), number("1.500"), number("10,5")
    (Decimal('1500.50'), Decimal('1500'), Decimal('10.5'))
    """
    plain = re.sub(r"[\s_'’]", "", text)
    if not re.fullmatch(r"[0-9]+(?:[.,][0-9]+)*", plain):
        raise ValueError(text)
    separators = re.findall(r"[.,]", plain)
    if not separators:
        return Decimal(plain)
    whole, _, last = plain.rpartition(separators[-1])
    groups = re.split(r"[.,]", whole)
    if len(set(separators)) == 1 and len(last) == 3 and groups[0].strip("0"):
        groups.append(last)
        last = ""
    if len(separators) > 1 and any(len(group) != 3 for group in groups[1:]):
        raise ValueError(text)
    if len(separators) > 1 and last and len(set(separators)) == 1:
        raise ValueError(text)  # "1.500.50": which is it
    return Decimal("".join(groups) + (f".{last}" if last else ""))


def percent(text: str, field: str = "percent") -> int:
    """Basis points from "10", "10%" or "10,5 %"; raises BadInput(field).

    At most two decimals, from 0 to 100 %.
    """
    plain = text.strip().casefold()
    for word in ("%", "процентов", "процента", "процент", "пайыз", "percent"):
        plain = plain.removesuffix(word).strip()
    try:
        bps = number(plain) * 100
    except (ValueError, InvalidOperation):
        raise BadInput(field, text[:100]) from None
    if bps != int(bps) or not 0 <= bps <= 10_000:
        raise BadInput(field, text[:100])
    return int(bps)


def tenge_amount(text: str, field: str = "amount") -> Money:
    """An amount above zero from "1500", "1 500 ₸", "1500 тг", "5 тыс"; raises BadInput(field)."""
    plain = text.strip().casefold()
    for word in ("₸", "тенге", "теңге", "тнг", "тг", "kzt", "tenge", "tg"):
        plain = plain.removesuffix(word).removesuffix(f"{word}.").strip()
    plain = plain.removeprefix("₸").strip()
    factor = Decimal(1)
    for unit, worth in _UNITS:
        shorter = unit.sub("", plain).strip()
        if shorter != plain:
            plain, factor = shorter, worth
            break
    try:
        minor = number(plain) * factor * 100
    except (ValueError, InvalidOperation):
        raise BadInput(field, text[:100]) from None
    if minor != int(minor) or not 0 < minor <= AMOUNT_MAX:
        raise BadInput(field, text[:100])
    return Money(int(minor))


def whole(text: str, field: str, *, least: int, most: int) -> int:
    """A whole number in a range, "30" or "30 күн"; raises BadInput(field)."""
    found = re.fullmatch(r"\s*([0-9]{1,6})\s*[^\W\d]*\.?\s*", text)
    value = int(found[1]) if found else -1
    if not least <= value <= most:
        raise BadInput(field, text[:100])
    return value


def day(text: str, *, today: date, field: str = "date") -> date:
    """A date from "21.11.2026", "21.11.26", "21.11" or "2026-11-21"; raises BadInput(field).

    Without a year it is the next such day, today included.
    """
    plain = re.sub(r"\s", "", text).rstrip(".г")
    try:
        if found := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.fullmatch(r"(\d{1,2})[./\-](\d{1,2})[./\-](\d{2}|\d{4})", plain):
            year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
            return date(year, int(found[2]), int(found[1]))
        if found := re.fullmatch(r"(\d{1,2})[./\-](\d{1,2})", plain):
            for year in range(today.year, today.year + 9):  # 29.02 comes only in leap years
                try:
                    candidate = date(year, int(found[2]), int(found[1]))
                except ValueError:
                    if (int(found[2]), int(found[1])) != (2, 29):
                        raise
                    continue
                if candidate >= today:
                    return candidate
    except ValueError:
        pass
    raise BadInput(field, text[:100])


# Between two dates; a date may hold a hyphen.
_BETWEEN: Final = re.compile(r"\s+[-–—]\s*|\s*[–—]\s*|\s+")


def days(text: str, *, today: date, field: str = "dates") -> list[date]:
    """One date or two, the first and the last; raises BadInput(field).

    A date without a year is the one of that name that is nearest to today.
    """
    parts = [part for part in _BETWEEN.split(text.strip()) if part]
    if not 1 <= len(parts) <= 2:
        raise BadInput(field, text[:100])
    found: list[date] = []
    for part in parts:
        one = day(part, today=today, field=field)
        short = re.fullmatch(r"\d{1,2}[./\-]\d{1,2}\.?", part)
        if short and one - today > timedelta(days=182) and (one.month, one.day) != (2, 29):
            one = one.replace(year=one.year - 1)
        found.append(one)
    return found


def day_start(day: date) -> datetime:
    """Midnight in Almaty with which the day begins."""
    return datetime.combine(day, time(), ALMATY)


def day_end(day: date) -> datetime:
    """Midnight in Almaty with which the day is over."""
    return datetime.combine(day + timedelta(days=1), time(), ALMATY)
