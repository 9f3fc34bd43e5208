"""Buttons of a brand's money."""

from aiogram.filters.callback_data import CallbackData


class Funds(CallbackData, prefix="bfu"):
    """A brand's funds (0 asks which brand)."""

    brand: int = 0


class FundsMovements(CallbackData, prefix="bfm"):
    """What moved on a brand's funds."""

    brand: int
    after: int = 0
