"""Buttons of a creator who applies for an offer, asks for another code, or leaves."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Apply(CallbackData, prefix="apl"):
    """Apply for an offer that its brand gives by approval; `send` without a note."""

    offer: int
    send: bool = False


class WithdrawApplication(CallbackData, prefix="apw"):
    """Take an application back, `sure` after a confirmation."""

    enrolment: int
    sure: bool = False


class LeaveOffer(CallbackData, prefix="lvo"):
    """Leave an offer, `sure` after everything that happens has been said."""

    enrolment: int
    sure: bool = False


class WishStep(StrEnum):
    """What is pressed around a wish for a code."""

    ASK = "a"
    SEND = "s"
    WITHDRAW = "w"


class CodeWish(CallbackData, prefix="cwi"):
    """A wish for another code."""

    enrolment: int
    step: WishStep = WishStep.ASK
