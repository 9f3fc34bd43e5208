"""Buttons of a creator's wallet and payouts."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class WalletAction(StrEnum):
    """What is pressed in the wallet."""

    SHOW = "s"
    WITHDRAW = "w"
    ALL = "a"
    MOVEMENTS = "m"
    PAYOUTS = "p"


class Wallet(CallbackData, prefix="wal"):
    """The wallet; `after` is the id that a list starts below."""

    action: WalletAction = WalletAction.SHOW
    after: int = 0


class WithdrawConfirm(CallbackData, prefix="wcf"):
    """Withdraw exactly what the screen says: `amount` in tiyn, `tail` of the account."""

    amount: int
    tail: str
