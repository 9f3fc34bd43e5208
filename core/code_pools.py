"""Pools: ready codes that a brand uploads for an offer, each given to one creator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from core import codes
from core.errors import BadInput, FileRefused

LINES_MAX: Final = 20_000  # codes in one file, read or refused
PROBLEMS_MAX: Final = 50  # lines whose trouble is told one by one
LOW: Final = (10, 3, 0)  # free codes at which the managers are told


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCount:
    """How many codes of an offer's pool are free and given; `last` is the newest one's id."""

    free: int = 0
    given: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolProblem:
    """A line of a file that gave no code.

    `why` of: short, long, signs, repeated (in the file), damaged (by a spreadsheet), pooled (in a
    pool already), held (somebody has or had it).
    """

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFile:
    """What was read of a file: codes with their 1-based lines, and what was wrong."""

    found: dict[str, int] = field(default_factory=dict)
    problems: tuple[PoolProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolReport:
    """What an upload did; `problems` are in the order of their lines."""

    added: int
    count: PoolCount
    problems: tuple[PoolProblem, ...] = ()


def read_codes(lines: Iterable[tuple[int, str]]) -> PoolFile:
    """Codes from the lines of a file; a first line that names the column is passed over.

    Raises FileRefused("too_many_codes") as soon as there are too many lines to look at.
    """
    found: dict[str, int] = {}
    problems: list[PoolProblem] = []
    for number, (line, text) in enumerate(lines):
        if not text.strip():
            continue
        if len(found) + len(problems) >= LINES_MAX:
            raise FileRefused("too_many_codes")
        try:
            code = codes.ready(text)
        except BadInput as error:
            if not (number == 0 and _names_column(text)):
                problems.append(_problem(line, text, _damage(text) or error.detail))
            continue
        if number == 0 and _names_column(text):
            continue
        if code in found:
            problems.append(_problem(line, text, "repeated"))
        else:
            found[code] = line
    return PoolFile(found=found, problems=tuple(problems))


_COLUMN: Final = frozenset(
    {
        "CODE", "CODES", "PROMO", "PROMOCODE", "PROMOCODES", "COUPON", "COUPONS", "VOUCHER",
        "КОД", "КОДЫ", "ПРОМОКОД", "ПРОМОКОДЫ", "КУПОН", "КУПОНЫ", "КОДТАР", "ПРОМОКОДТАР",
    }
)  # fmt: skip


def _names_column(text: str) -> bool:
    return codes.normal(text).strip("№#:") in _COLUMN


def _damage(text: str) -> str:
    """A number that a spreadsheet has rounded or hidden: 1.23E+15, ####."""
    tight = text.strip().upper()
    mantissa, mark, exponent = tight.partition("E+")
    rounded = bool(mark) and exponent.isdigit() and mantissa.replace(".", "").isdigit()
    return "damaged" if rounded or tight.strip("#") == "" else ""


def _problem(line: int, text: str, why: str) -> PoolProblem:
    return PoolProblem(line=line, text=text.strip()[:60], why=why)
