"""Buttons of a creator's wallet, payouts, results and statements."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.periods import Period


class WalletAction(StrEnum):
    """What is pressed in the wallet."""

    SHOW = "s"
    WITHDRAW = "w"
    ALL = "a"
    MOVEMENTS = "m"
    PAYOUTS = "p"
    FORECAST = "f"


class Wallet(CallbackData, prefix="wal"):
    """The wallet; `after` is the id that a list starts below."""

    action: WalletAction = WalletAction.SHOW
    after: int = 0


class WithdrawConfirm(CallbackData, prefix="wcf"):
    """Withdraw exactly what the screen says: `amount` in tiyn, `tail` of the account."""

    amount: int
    tail: str


class MyPayout(CallbackData, prefix="wpc"):
    """One of the creator's payouts; `receipt` asks for a copy to keep."""

    payout: int
    receipt: bool = False


class Results(CallbackData, prefix="res"):
    """A creator's results of a period."""

    period: Period = Period.DAYS


class FileKind(StrEnum):
    """How a statement is written."""

    XLSX = "x"
    CSV = "c"


class StatementOf(CallbackData, prefix="stm"):
    """A statement of a month (yyyymm) or of all time (0); `make` sends it."""

    kind: FileKind = FileKind.XLSX
    month: int = 0
    make: bool = False
