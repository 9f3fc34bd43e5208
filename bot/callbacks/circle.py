"""Buttons of what creators have with each other: invitations and the top list."""

from aiogram.filters.callback_data import CallbackData

from core.people import Category


class Invite(CallbackData, prefix="ivt"):
    """The creator's link for other creators."""


class TopList(CallbackData, prefix="top"):
    """Creators by confirmed orders in a category; `back` months before the present one."""

    category: Category | None = None
    back: int = 0


class TopConsent(CallbackData, prefix="tpc"):
    """Be seen in the list or not; without `sure` the words are shown first."""

    seen: bool
    sure: bool = False
