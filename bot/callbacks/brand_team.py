"""Buttons of the people who act for a brand."""

from aiogram.filters.callback_data import CallbackData

from core.people import BrandRole


class Team(CallbackData, prefix="btm"):
    """The people of a brand."""

    brand: int


class InviteManager(CallbackData, prefix="bti"):
    """Make a link that gives a role at the brand."""

    brand: int
    role: BrandRole


class RemoveManager(CallbackData, prefix="btr"):
    """Let a person act for the brand no longer, `sure` after a confirmation."""

    brand: int
    person: int
    sure: bool = False


class ManagerRole(CallbackData, prefix="btc"):
    """Give a person of the brand another role, `sure` after a confirmation."""

    brand: int
    person: int
    role: BrandRole
    sure: bool = False


class LeaveBrand(CallbackData, prefix="btl"):
    """Act for the brand no longer, `sure` after a confirmation."""

    brand: int
    sure: bool = False
