"""Buttons of the questions about a creator."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Field(StrEnum):
    """A question about a creator, in the order in which a newcomer meets them."""

    NAME = "n"
    CITY = "c"
    CATEGORIES = "k"
    CHANNEL = "h"
    LANGUAGES = "l"


class Ask(CallbackData, prefix="ask"):
    """Open a question."""

    field: Field


class Pick(CallbackData, prefix="pck"):
    """Answer a question by a button: a city's number, a category, a platform, a language.

    For the name, an empty value takes the one from Telegram; for lists a value is put in or out.
    """

    field: Field
    value: str = ""


class Skip(CallbackData, prefix="skp"):
    """Leave a question for later and go on to the next that is open."""

    field: Field


class Picked(CallbackData, prefix="pkd"):
    """Keep the choice of a list."""

    field: Field


class PersonalData(CallbackData, prefix="psd"):
    """The consent that was given; `withdraw` asks, `sure` ends it."""

    withdraw: bool = False
    sure: bool = False
