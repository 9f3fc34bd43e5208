"""Buttons of the catalogue of offers."""

from aiogram.filters.callback_data import CallbackData


class Catalogue(CallbackData, prefix="cat"):
    """Open offers, newest first; empty filters let everything pass.

    The page starts below the offer `after`, or ends above the offer `before`.
    """

    category: str = ""
    place: str = ""
    after: int = 0
    before: int = 0


class OfferCard(CallbackData, prefix="ofc"):
    """One offer as a creator sees it."""

    offer: int
