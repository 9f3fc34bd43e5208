"""Buttons of a buyer: the phone and what is kept of them.

`lang` is the language that the screen was in: a buyer need not have chosen one. `slug` is the link
that they came by.
"""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Offered(CallbackData, prefix="byo"):
    """What a creator's link leads to, looked at again."""

    slug: str = ""
    lang: str = ""


class PhoneStep(StrEnum):
    """What is pressed on the way to a shared phone."""

    WHY = "w"
    AGREE = "a"


class SharePhone(CallbackData, prefix="byp"):
    """Share the phone; AGREE is to the consent of this version, in the language of the screen."""

    step: PhoneStep = PhoneStep.WHY
    version: str = ""
    slug: str = ""
    lang: str = ""


class DataStep(StrEnum):
    """What is done with what is kept; the YES ones follow a confirmation."""

    SHOW = "s"
    CONSENT = "c"
    WITHDRAW = "w"
    WITHDRAW_YES = "wy"
    FORGET = "f"
    FORGET_YES = "fy"


class MyData(CallbackData, prefix="byd"):
    """What is kept of oneself."""

    step: DataStep = DataStep.SHOW
    slug: str = ""
    lang: str = ""
