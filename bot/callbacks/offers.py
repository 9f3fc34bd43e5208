"""Buttons of the catalogue of offers."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.catalogue import Order
from core.orders import Place
from core.people import Category


class Catalogue(CallbackData, prefix="cat"):
    """Open offers; a filter that is None lets everything pass, no order is the one that suits.

    The page begins beyond the offer `start`; a negative one ends before that offer, 0 is the top.
    `found` narrows to the words that the person typed last.
    """

    category: Category | None = None
    place: Place | None = None
    start: int = 0
    order: Order | None = None
    found: bool = False


class Filter(StrEnum):
    """What of the catalogue is chosen."""

    CATEGORY = "c"
    PLACE = "p"
    ORDER = "o"


class NarrowCatalogue(CallbackData, prefix="caf"):
    """Choose a category, a place or an order; all else stays as it is."""

    by: Filter
    category: Category | None = None
    place: Place | None = None
    order: Order | None = None
    found: bool = False


class SearchOffers(CallbackData, prefix="cas"):
    """Look for offers by words; the filters stay as they are."""

    category: Category | None = None
    place: Place | None = None


class SavedOffers(CallbackData, prefix="cak"):
    """The offers that the person has saved, the last first; the page starts below `after`."""

    after: int = 0


class View(StrEnum):
    """The list from which a card was opened."""

    OPEN = "o"
    FOUND = "f"
    SAVED = "s"


class OfferCard(CallbackData, prefix="ofc"):
    """One offer as a creator sees it; the rest is the page of the list that back leads to.

    With `keep` the offer is saved before, or saved no longer.
    """

    offer: int
    category: Category | None = None
    place: Place | None = None
    start: int = 0
    order: Order | None = None
    view: View = View.OPEN
    keep: bool | None = None


class TakeOffer(CallbackData, prefix="oft"):
    """Take the offer that is on the screen."""

    offer: int
