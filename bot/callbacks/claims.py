"""Buttons of a buyer who says what they bought, and of a brand's cash registers."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData


class Bought(CallbackData, prefix="cl"):
    """Say what was bought, by an enrolment whose link was followed; 0 asks which.

    `lang` is the language of the screen: a buyer need not have chosen one.
    """

    enrolment: int = 0
    lang: str = ""


class MyClaims(CallbackData, prefix="clm"):
    """What one has said, newest first; `after` is the id that the page starts below."""

    after: int = 0


class Registers(CallbackData, prefix="frg"):
    """The cash registers of a brand."""

    brand: int


class AddRegisters(CallbackData, prefix="fra"):
    """Ask for numbers of registers."""

    brand: int


class RemoveRegister(CallbackData, prefix="frr"):
    """Take a register away; `number` without the zeros that it begins with."""

    brand: int
    number: int
    sure: bool = False
