"""A file of an offer's media kit as a message."""

from __future__ import annotations

from html import escape

from bot.i18n import Translator
from bot.screens.base import Document, Screen, home, keyboard


def file(t: Translator, name: str, data: bytes) -> Screen:
    """One file with its name."""
    return Screen(escape(name), keyboard(home(t)), document=Document(name, data))
