"""Buttons of the catalogue of offers."""

from __future__ import annotations

from enum import StrEnum

from aiogram.filters.callback_data import CallbackData

from core.orders import Place
from core.people import Category


class Catalogue(CallbackData, prefix="cat"):
    """Open offers, newest first; a filter that is None lets everything pass.

    The page begins below the offer `start`; a negative one ends above that offer, 0 is the top.
    """

    category: Category | None = None
    place: Place | None = None
    start: int = 0


class Filter(StrEnum):
    """By what the catalogue is narrowed."""

    CATEGORY = "c"
    PLACE = "p"


class NarrowCatalogue(CallbackData, prefix="caf"):
    """Choose a category or a place; the other filter stays as it is."""

    by: Filter
    category: Category | None = None
    place: Place | None = None


class OfferCard(CallbackData, prefix="ofc"):
    """One offer as a creator sees it; the rest is the page of the catalogue that back leads to."""

    offer: int
    category: Category | None = None
    place: Place | None = None
    start: int = 0


class TakeOffer(CallbackData, prefix="oft"):
    """Take the offer that is on the screen."""

    offer: int
