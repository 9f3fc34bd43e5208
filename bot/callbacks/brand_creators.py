"""Buttons of the creators who promote a brand's offer."""

from aiogram.filters.callback_data import CallbackData


class BrandCreators(CallbackData, prefix="bcs"):
    """Everybody who promotes a brand, newest first; 0 asks which, the page starts below `after`."""

    brand: int = 0
    after: int = 0


class OfferCreators(CallbackData, prefix="bcl"):
    """Who took an offer, newest first; the page starts below the enrolment `after`."""

    offer: int
    after: int = 0


class CreatorInOffer(CallbackData, prefix="bcc"):
    """One creator of an offer: code, results, what can be done."""

    enrolment: int
