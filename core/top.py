"""The top list: creators by confirmed orders of a month, those who agreed to be seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.ids import PersonId
from core.orders import ALMATY
from core.people import Category

SHOWN: Final = 10
MONTHS_BACK: Final = 1  # how far back the list can be turned, and is counted anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One creator in the list; equal numbers share a place."""

    place: int
    creator: PersonId
    name: str
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """The list of a category and month, and the reader's own standing.

    `own_place` counts those who are seen and the reader; None without a confirmed order.
    """

    month: str
    category: Category
    places: tuple[Place, ...]
    own_place: int | None
    own_orders: int
    seen: bool


def month_before(now: datetime, back: int) -> str:
    """The month (of Almaty) so many before the present one, as "2026-11"."""
    local = now.astimezone(ALMATY)
    years, month = divmod(local.month - 1 - back, 12)
    return f"{local.year + years:04}-{month + 1:02}"
