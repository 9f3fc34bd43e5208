"""Buttons of one's own profile, language and payout details."""

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData


class Origin(StrEnum):
    """Where somebody came from to the payout details."""

    WALLET = "w"
    SETTINGS = "s"


class Language(CallbackData, prefix="lng"):
    """Choose a language; an empty `locale` asks which.

    `then` is the payload of the link with which a newcomer started: up to 50 of A-Z a-z 0-9 _ -.
    """

    locale: str = ""
    then: str = ""


class Help(CallbackData, prefix="hlp"):
    """What the bot is for and what it can do."""


class Settings(CallbackData, prefix="set"):
    """Profile, language and payout details in one place."""


class Profile(CallbackData, prefix="pro"):
    """The profile of a creator, with what is still missing."""


class PayoutDetails(CallbackData, prefix="pyd"):
    """Legal status, IIN and IBAN; `origin` says where back leads."""

    origin: Origin = Origin.WALLET
