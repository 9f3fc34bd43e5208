"""Buttons of the market's figures."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class MarketView(StrEnum):
    """What is drawn."""

    SALES = "s"
    QUALITY = "q"
    PAYMENTS = "p"


class Market(CallbackData, prefix="mrw"):
    """The market's figures of twelve weeks."""

    view: MarketView = MarketView.SALES
