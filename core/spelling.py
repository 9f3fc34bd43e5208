"""Words by their sound, so that one spelling of a name finds the others.

`core.naming` makes Kazakh letters and their Russian look-alikes one. Here Cyrillic and Latin
become one as well: a brand is «Qyran» on its package and "қыран" or "киран" in a creator's memory.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core import naming

SOUND_MAX: Final = 24  # letters of a word that are compared
NEEDLES_MAX: Final = 5  # words of a question that count; the rest is ignored
SHORTEST: Final = 2  # letters: one would find everything

_LATIN: Final = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z",
        "и": "i", "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch",
        "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia",
        # Latin letters that stand for the same sounds
        "j": "zh", "q": "k", "w": "v", "x": "ks", "y": "i",
    }
)  # fmt: skip
_HARD_C: Final = re.compile(r"c(?!h)")  # cosmetics, косметика
_KH: Final = re.compile(r"k+h")  # Halyk, Khalyk
_TWICE: Final = re.compile(r"([a-z])\1+")  # a letter written twice is heard once


def sound(word: str) -> str:
    """A word in Latin letters as it is heard; empty where nothing can be heard.

    >>> sound("Көкше"), sound("ұялы"), sound("Qyran"), sound("Қыран")
    ('kokshe', 'uiali', 'kiran', 'kiran')
    """
    parts = unicodedata.normalize("NFKD", naming.fold(word))
    plain = "".join(char for char in parts if not unicodedata.combining(char)).casefold()
    latin = _KH.sub("h", _HARD_C.sub("k", plain.translate(_LATIN)))
    return _TWICE.sub(r"\1", latin)[:SOUND_MAX]


def sounds(*texts: str) -> tuple[str, ...]:
    """The sounds of all words of the texts, each once, in their order."""
    found = (
        sound(part) for text in texts for word in naming.words(text) for part in word.split("_")
    )
    return tuple(dict.fromkeys(word for word in found if word))


def needles(question: str) -> tuple[str, ...]:
    """Beginnings of words by which a question is looked up; all of them must be found.

    Kazakh and Russian change the ends of words ("крем", "кремдер", "кремы"), so a longer word is
    asked for without its last letters.

    >>> needles("Кремы для кожи")
    ('krem', 'dlia', 'kozh')
    """
    words = [word for word in sounds(question) if len(word) >= SHORTEST]
    return tuple(dict.fromkeys(_stem(word) for word in words[:NEEDLES_MAX]))


def _stem(word: str) -> str:
    if any(char.isdigit() for char in word) or len(word) < 5:
        return word
    return word[: -1 if len(word) < 7 else -2]
