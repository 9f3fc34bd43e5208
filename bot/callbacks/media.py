"""The button to an offer's material for posts."""

from aiogram.filters.callback_data import CallbackData


class MediaKit(CallbackData, prefix="mkt"):
    """Send the files of an offer's media kit."""

    offer: int
