"""Buttons with which staff pay creators."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class PayoutQueue(CallbackData, prefix="apq"):
    """Payouts that wait, oldest first."""

    after: int = 0


class PayoutAction(StrEnum):
    """What is pressed on a payout; each decision is asked about before it is made."""

    SHOW = "s"
    IBAN = "i"
    ASK_APPROVE = "b"
    APPROVE = "a"
    ASK_PAID = "q"
    PAID = "p"
    ASK_FAIL = "g"
    FAIL = "f"
    ASK_REFUSE = "t"
    REFUSE = "r"


class PayoutCard(CallbackData, prefix="apc"):
    """One payout and what is done with it.

    `form` is the message in which the reason was typed that the screen shows.
    """

    payout: int
    action: PayoutAction = PayoutAction.SHOW
    form: int = 0
