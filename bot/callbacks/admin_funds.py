"""Buttons with which staff book brands' money."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class TopUpAction(StrEnum):
    """What is pressed while money is booked."""

    BEGIN = "b"
    CONFIRM = "y"


class TopUp(CallbackData, prefix="atu"):
    """Book money of a brand; `form` is the message that completed what the screen shows."""

    brand: int
    action: TopUpAction = TopUpAction.BEGIN
    form: int = 0
