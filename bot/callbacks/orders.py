"""Buttons of orders, as creators and as brands see them."""

from enum import StrEnum
from typing import Final

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from core.periods import Period

AT_MAX: Final = 4_102_444_800_000_000  # microseconds: the year 2100


class OrderFilter(StrEnum):
    """Which of a creator's orders are listed."""

    ALL = "a"
    PENDING = "p"
    IN_HOLD = "h"
    AVAILABLE = "v"
    LOST = "l"


class Orders(CallbackData, prefix="ord"):
    """A creator's orders; the page starts below the order (`at` in microseconds of the epoch).

    `offer` is the enrolment, 0 for all.
    """

    only: OrderFilter = OrderFilter.ALL
    period: Period = Period.ALL
    offer: int = 0
    at: int = Field(default=0, ge=0, le=AT_MAX)
    after: int = 0


class OrderOffers(CallbackData, prefix="oro"):
    """The offers of which a creator's orders can be shown; keeps what else is chosen."""

    only: OrderFilter = OrderFilter.ALL
    period: Period = Period.ALL
    page: int = Field(default=0, ge=0)


class OrderCard(CallbackData, prefix="orc"):
    """One order; `brand` says that a manager looks at it."""

    order: int
    brand: int = 0
