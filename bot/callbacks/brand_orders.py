"""Buttons of a brand's orders."""

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from bot.callbacks.orders import AT_MAX


class BrandOrders(CallbackData, prefix="bor"):
    """Orders of a brand (0 asks which); the page starts below the order."""

    brand: int = 0
    at: int = Field(default=0, ge=0, le=AT_MAX)
    after: int = 0


class NearMisses(CallbackData, prefix="bnm"):
    """Orders whose evidence almost fits somebody."""

    brand: int
    after: int = 0
