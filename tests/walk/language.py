"""What does not belong into a text that a person reads: raw keys, and words of another language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from core.people import Locale
from scripts import seed

# What a template, a key or a Python value looks like when nobody has worded it.
RAW: Final = re.compile(
    r"\{\w*\}|%\(|\bNone\b(?! has)|\b[a-z]{2,}_[a-z_]+\b|\b[A-Z]\w+\(|</?[a-z]+>|&[a-z]+;"
)
LATIN: Final = re.compile(r"[A-Za-z]{3,}")
CYRILLIC: Final = re.compile(r"[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]{2,}")
# Addresses, handles, commands, e-mail: they are no words of a language,
# nor is a parameter's usual name.
ADDRESS: Final = re.compile(
    r"click_id|https?://\S+|\S+@\S+|@\w+|/\w+|\b[\w-]+(?:\.[\w-]+)+(?:/\S*)?"
)
CODE: Final = re.compile(r"\b(?=\w*[A-Z])[A-Z0-9_-]{2,}\b")  # promo codes, abbreviations, articles

# Proper names and terms that are written so in all three languages.
_PLACES = "Kaspi Bank Wildberries Ozon Halyk Market Shopify Excel Pay SQLite"
_PLATFORMS = "Instagram TikTok YouTube Telegram Threads VK les"  # `les`: the Latin part of Üles
_LANGUAGES = "Қазақша Русский English"  # each calls itself by its own name
_FILES = "zip"
_LABEL = "Жарнама Реклама"  # the law's words, in the language of the post
NAMES: Final = frozenset(" ".join((_PLACES, _PLATFORMS, _LANGUAGES, _FILES, _LABEL)).split())


def raw(words: str) -> str | None:
    """The first thing that looks like a key, a placeholder or markup."""
    found = RAW.search(ADDRESS.sub(" ", words))
    return found[0] if found else None


class Ear:
    """Hears words of another language; what people of the market have written is theirs."""

    def __init__(self, *written: str) -> None:
        texts = [text for row in (*seed.BRANDS, *seed.OFFERS) for text in _strings(row)]
        self._written = {
            word.casefold()
            for text in (*texts, *seed.NAMES, *seed.CITIES, *written)
            for word in re.findall(r"\w+", text)
        }

    def strange(self, words: str, locale: Locale) -> list[str]:
        """Latin words in a Kazakh or Russian text, Cyrillic ones in an English text."""
        text = CODE.sub(" ", ADDRESS.sub(" ", words))
        found = (CYRILLIC if locale is Locale.EN else LATIN).findall(text)
        return sorted(
            {word for word in found if word not in NAMES and word.casefold() not in self._written}
        )


def _strings(row: Iterable[object]) -> list[str]:
    found: list[str] = []
    for value in row:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, tuple):
            found.extend(_strings(value))
    return found
