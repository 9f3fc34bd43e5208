"""Buttons of the review of evidence that almost fits."""

from __future__ import annotations

from aiogram.filters.callback_data import CallbackData

from core.near_misses import Answer


class NearMisses(CallbackData, prefix="bnm"):
    """Orders whose evidence almost fits somebody."""

    brand: int
    after: int = 0


class NearMissCard(CallbackData, prefix="bnc"):
    """One of them, side by side with what it almost fits to."""

    miss: int


class NearMissAnswer(CallbackData, prefix="bna"):
    """Whose the order is."""

    miss: int
    answer: Answer
