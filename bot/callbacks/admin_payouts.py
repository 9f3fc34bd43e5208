"""Buttons with which staff pay creators."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class PayoutQueue(CallbackData, prefix="apq"):
    """Payouts that wait, oldest first."""

    after: int = 0


class PayoutAction(StrEnum):
    """What is pressed on a payout."""

    SHOW = "s"
    IBAN = "i"
    APPROVE = "a"
    PAID = "p"
    ASK_PAID = "q"
    FAIL = "f"
    REFUSE = "r"


class PayoutCard(CallbackData, prefix="apc"):
    """One payout and what is done with it."""

    payout: int
    action: PayoutAction = PayoutAction.SHOW
