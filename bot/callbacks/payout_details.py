"""Buttons of what a payout needs: legal status, IIN, account."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from bot.callbacks.people import Origin


class Detail(StrEnum):
    """One of the details."""

    STATUS = "s"
    IIN = "i"
    IBAN = "b"


class AskDetail(CallbackData, prefix="pya"):
    """Open the question about a detail."""

    detail: Detail
    origin: Origin = Origin.WALLET


class PickStatus(CallbackData, prefix="pys"):
    """Choose a legal status, by its value."""

    status: str
    origin: Origin = Origin.WALLET


class ConfirmIban(CallbackData, prefix="pyi"):
    """The account on the screen is right."""

    origin: Origin = Origin.WALLET
