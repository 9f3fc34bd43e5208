"""What managers type of rates, ladders and numbers of followers, read into plain values."""

from __future__ import annotations

import re
from typing import Any, Final

from core import typed
from core.errors import BadInput
from core.pricing import KEY_MAX, MAX_PERCENT_BPS, RATES_MAX, RUNGS_MAX

# "Headphones – 5 %", "SKU-17: 7,5", "Кофе машиналары 3%"
_RATE: Final = re.compile(r"(?P<name>.+?)[\s:=–—-]+(?P<rate>[0-9][0-9.,]*)\s*%?")
# "10 – 12 %", "30 orders: 15 %", "50 заказов = 2 000 ₸"
_RUNG: Final = re.compile(r"(?P<orders>[0-9]{1,5})[^\d:=–—-]*[:=–—-]+\s*(?P<worth>[0-9].*)")


def percent(text: str, field: str, *, most: int, least: int = 0) -> int:
    """Basis points within a range; raises BadInput(field)."""
    bps = typed.percent(text, field)
    if not least <= bps <= most:
        raise BadInput(field, text[:100])
    return bps


def worth(text: str, field: str, *, fixed: bool) -> int:
    """Tiyn of a fixed sum or basis points of a percentage, above zero; raises BadInput."""
    if fixed:
        return typed.tenge_amount(text).minor
    return percent(text, field, most=MAX_PERCENT_BPS, least=1)


def rates(text: str) -> list[list[Any]]:
    """Names with basis points, one on each line; raises BadInput("rates").

    >>> rates("Headphones – 5 %")
    [['Headphones', 500]]
    """
    found: list[list[Any]] = []
    for line in _lines(text):
        match = _RATE.fullmatch(line)
        if match is None or len(match["name"]) > KEY_MAX:
            raise BadInput("rates", line[:100])
        found.append([match["name"], percent(match["rate"], "rates", most=MAX_PERCENT_BPS)])
    if not 0 < len(found) <= RATES_MAX:
        raise BadInput("rates", text[:100])
    return found


def ladder(text: str, *, fixed: bool) -> list[list[int]]:
    """Numbers of orders with what each next one brings; raises BadInput("ladder").

    >>> ladder("10 – 12 %", fixed=False)
    [[10, 1200]]
    """
    found: list[list[int]] = []
    for line in _lines(text):
        match = _RUNG.fullmatch(line)
        if match is None:
            raise BadInput("ladder", line[:100])
        try:
            found.append([int(match["orders"]), worth(match["worth"], "ladder", fixed=fixed)])
        except BadInput:
            raise BadInput("ladder", line[:100]) from None
    if not 0 < len(found) <= RUNGS_MAX:
        raise BadInput("ladder", text[:100])
    return sorted(found)


def followers(text: str) -> int:
    """A number of followers, "5 000" or "5k"; raises BadInput("followers")."""
    try:
        return typed.tenge_amount(text).minor // 100
    except BadInput:
        raise BadInput("followers", text[:100]) from None


def _lines(text: str) -> list[str]:
    parts = (part.strip() for part in re.split(r"[\n;]", text))
    return [part for part in parts if part]
