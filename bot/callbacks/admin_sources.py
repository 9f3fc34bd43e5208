"""Buttons of the staff's view of sources and runs."""

from aiogram.filters.callback_data import CallbackData


class AdminSources(CallbackData, prefix="asl"):
    """Every source with its state."""

    after: int = 0


class AdminSource(CallbackData, prefix="asc"):
    """One source with its latest runs."""

    source: int
