"""Buttons of the first steps: what this is, who one is, the consent."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class FirstStep(StrEnum):
    """Which of the first screens."""

    WELCOME = "w"
    CREATOR = "c"  # on to whatever is missing
    BRAND = "b"
    CONSENT = "t"
    DISAGREE = "d"


class Onboarding(CallbackData, prefix="onb"):
    """One of the first screens; `offer` is what the person wants to take, and comes back to."""

    step: FirstStep = FirstStep.WELCOME
    offer: int = 0


class GiveConsent(CallbackData, prefix="cns"):
    """Agree to the text that was shown: its version and language."""

    version: str
    locale: str
