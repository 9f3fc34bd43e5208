"""Buttons of a brand's orders."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from bot.callbacks.orders import AT_MAX
from core.periods import Period


class BrandOrderFilter(StrEnum):
    """Which of a brand's orders are listed."""

    ALL = "a"
    PENDING = "p"
    APPROVED = "v"
    LOST = "l"
    NOBODYS = "n"  # nobody is credited


class Pick(StrEnum):
    """Of what the orders are listed."""

    ANY = "a"
    OFFER = "o"
    CREATOR = "c"


class BrandOrders(CallbackData, prefix="bor"):
    """Orders of a brand (0 asks which); the page starts below the order.

    `id` is that of the offer or creator, as `pick` says.
    """

    brand: int = 0
    only: BrandOrderFilter = BrandOrderFilter.ALL
    period: Period = Period.ALL
    pick: Pick = Pick.ANY
    id: int = 0
    at: int = Field(default=0, ge=0, le=AT_MAX)
    after: int = 0


class BrandOrderPick(CallbackData, prefix="bop"):
    """Choose the offer or creator whose orders are listed; keeps what else is chosen."""

    brand: int
    pick: Pick
    only: BrandOrderFilter = BrandOrderFilter.ALL
    period: Period = Period.ALL
    page: int = Field(default=0, ge=0)
