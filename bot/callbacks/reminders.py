"""Buttons of the reminders that a file of orders is due."""

from aiogram.filters.callback_data import CallbackData

from core.reminders import Rhythm


class FileRhythms(CallbackData, prefix="frl"):
    """Sources of a brand that are fed by files (0 takes the only brand or asks which)."""

    brand: int = 0


class FileRhythm(CallbackData, prefix="frh"):
    """How often a file is expected; with `usual` as the last ones came, with a rhythm that."""

    source: int
    rhythm: Rhythm | None = None
    usual: bool = False
