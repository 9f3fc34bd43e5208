"""Buttons of the import of order files."""

from aiogram.filters.callback_data import CallbackData


class Import(CallbackData, prefix="imp"):
    """Ask for a file of orders; `brand` 0 takes the only one or asks which."""

    brand: int = 0


class RunCard(CallbackData, prefix="run"):
    """One reading of a file or a source, with its counts and rejected lines."""

    run: int
